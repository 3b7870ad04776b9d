// Package disk records what a process asked of the files in a folder, call by call, and makes of it the folder that a kill, or a power
// cut, would have left at any of those calls. It refuses to guess: what is not recorded stays as it was when the recording began.
//
// The record is strace's, so the program under test is the shipped one and knows nothing of it.
package disk

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Kind is what a call does.
type Kind int

// The kinds. Said and Heard are bytes to and from a socket: they change no file, and tell when something was asked and answered.
const (
	Write Kind = iota
	Truncate
	Remove
	Sync
	Said
	Heard
)

// Call is one call, in the order of the record.
type Call struct {
	Kind Kind
	File string // within the folder
	Off  int64  // of Write, -1 at the end of the file; of Truncate, the new size
	Data []byte
	From int // of Sync: the place in the record where it began. What was written before that is on the disk when it ends
}

// OnDisk reports whether the call is one that a crash may fall before or after.
func (c *Call) OnDisk() bool { return c.Kind <= Sync }

// file is one file: as the system sees it, and as the disk has it.
type file struct {
	cached, kept []byte
	there, lasts bool // it exists, in either
	pending      []pending
}

type pending struct {
	at   int // place in the record
	call *Call
}

// Folder is a folder while a record is played. Its memory is that of the files which the record changes.
type Folder struct {
	base    string
	files   map[string]*file
	at      int
	NoSyncs bool // the control: a disk that says it has kept what it has not
}

// Open begins with base as it stands; base itself is never changed.
func Open(base string) *Folder { return &Folder{base: base, files: map[string]*file{}} }

func (f *Folder) file(name string) (*file, error) {
	if known := f.files[name]; known != nil {
		return known, nil
	}
	content, err := os.ReadFile(filepath.Join(f.base, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	there := err == nil
	made := &file{cached: content, kept: bytes.Clone(content), there: there, lasts: there}
	f.files[name] = made
	return made, nil
}

// Play carries out the next call of the record.
func (f *Folder) Play(c *Call) error {
	at := f.at
	f.at++
	if !c.OnDisk() {
		return nil
	}
	x, err := f.file(c.File)
	if err != nil {
		return err
	}
	if c.Kind != Sync {
		x.cached, x.there = done(x.cached, x.there, c, len(c.Data))
		x.pending = append(x.pending, pending{at, c})
		return nil
	}
	if f.NoSyncs {
		return nil
	}
	x.pending = slices.DeleteFunc(x.pending, func(p pending) bool {
		if p.at >= c.From {
			return false
		}
		x.kept, x.lasts = done(x.kept, x.lasts, p.call, len(p.call.Data))
		return true
	})
	return nil
}

// done is content after a call, of whose data the first n bytes arrive.
func done(content []byte, there bool, c *Call, n int) ([]byte, bool) {
	switch c.Kind {
	case Write:
		off := c.Off
		if off < 0 {
			off = int64(len(content))
		}
		if end := int(off) + n; end > len(content) {
			content = append(content, make([]byte, end-len(content))...)
		}
		copy(content[off:], c.Data[:n])
		return content, true
	case Truncate:
		if int(c.Off) <= len(content) {
			return content[:c.Off], there
		}
		return append(content, make([]byte, int(c.Off)-len(content))...), there
	case Remove:
		return nil, false
	}
	return content, there
}

// Killed writes into dir what a kill leaves now: all that the system was told, of which the disk need not know.
func (f *Folder) Killed(dir string) error {
	return f.leave(dir, func(x *file) ([]byte, bool) { return x.cached, x.there })
}

const sector = 512

// Cut writes into dir what a power cut may leave now: what was synced, and of everything since then what chance decides, whole, in part
// up to a sector, or not at all.
func (f *Folder) Cut(dir string, chance *rand.Rand) error {
	share := chance.Float64() // of the calls that reach the disk
	return f.leave(dir, func(x *file) ([]byte, bool) {
		content, there := bytes.Clone(x.kept), x.lasts
		for _, p := range x.pending {
			if chance.Float64() >= share {
				continue
			}
			n := len(p.call.Data)
			if n > sector && chance.IntN(4) == 0 {
				n = sector * chance.IntN(n/sector)
			}
			content, there = done(content, there, p.call, n)
		}
		return content, there
	})
}

func (f *Folder) leave(dir string, as func(*file) ([]byte, bool)) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(f.base)); err != nil {
		return err
	}
	for name, x := range f.files {
		path := filepath.Join(dir, name)
		content, there := as(x)
		if !there {
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
			return err
		}
	}
	return nil
}
