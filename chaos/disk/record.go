package disk

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// recorded are the calls that can change a file, those that make it durable, and those by which something is asked and answered.
const recorded = "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,read"

// Tracer is the command line that records program into a file, and the error when this machine has no strace.
func Tracer(to string, program ...string) ([]string, error) {
	tracer, err := exec.LookPath("strace")
	if err != nil {
		return nil, err
	}
	return append([]string{tracer, "-f", "-qq", "-xx", "-y", "-s", "16777216", "-e", recorded, "-e", "signal=none", "-o", to}, program...), nil
}

// Read reads a record of strace and returns the calls on files of folder and on sockets, in their order. A line that was cut off at the
// end, where the process was killed, is left out: nobody was told that it was done.
func Read(r io.Reader, folder string) ([]Call, error) {
	var all []Call
	open := map[string]*begun{} // by thread
	lines := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		thread, text, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok {
			return nil, fmt.Errorf("disk: a line of strace that is none: %.80q", line)
		}
		text = strings.TrimLeft(text, " ")
		if _, rest, resumed := strings.Cut(text, " resumed>"); resumed && strings.HasPrefix(text, "<... ") {
			if b := open[thread]; b != nil {
				delete(open, thread)
				b.end(rest, &all)
			}
			continue
		}
		name, args, ok := strings.Cut(text, "(")
		if !ok {
			continue // it ended, or was signalled
		}
		b := &begun{name: name, at: len(all), folder: folder}
		if part, cut := strings.CutSuffix(args, " <unfinished ...>"); cut {
			b.args, open[thread] = part, b
			b.begin(&all)
			continue
		}
		b.args = args
		b.begin(&all)
		b.end("", &all)
	}
}

// begun is a call that has begun. What it writes counts from there on, what it makes durable from its end.
type begun struct {
	name, args, folder string
	at                 int
}

func (b *begun) begin(all *[]Call) {
	switch b.name {
	case "pwrite64", "write":
		data, rest, ok := quoted(b.args)
		if !ok {
			return
		}
		name, socket := b.file()
		switch {
		case socket:
			*all = append(*all, Call{Kind: Said, Data: data})
		case name != "":
			c := Call{Kind: Write, File: name, Off: -1, Data: data}
			if numbers := strings.FieldsFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); b.name == "pwrite64" && len(numbers) > 1 {
				c.Off, _ = strconv.ParseInt(numbers[1], 10, 64) // digits alone
			}
			*all = append(*all, c)
		}
	case "ftruncate":
		if name, _ := b.file(); name != "" {
			_, size, _ := strings.Cut(b.args, ">, ")
			n, _ := strconv.ParseInt(strings.FieldsFunc(size+" ", func(r rune) bool { return r < '0' || r > '9' })[0], 10, 64) // digits alone
			*all = append(*all, Call{Kind: Truncate, File: name, Off: n})
		}
	case "unlink", "unlinkat":
		if path, _, ok := quoted(b.args); ok {
			if name := b.within(string(path)); name != "" {
				*all = append(*all, Call{Kind: Remove, File: name})
			}
		}
	}
}

// end takes in how a call ended; rest is what strace says of it then.
func (b *begun) end(rest string, all *[]Call) {
	switch b.name {
	case "fsync", "fdatasync":
		if name, _ := b.file(); name != "" && strings.HasSuffix(b.args+rest, "= 0") {
			*all = append(*all, Call{Kind: Sync, File: name, From: b.at})
		}
	case "read":
		if _, socket := b.file(); socket {
			if data, _, ok := quoted(b.args + rest); ok && len(data) > 0 {
				*all = append(*all, Call{Kind: Heard, Data: data})
			}
		}
	}
}

// file is the file that the call is about, within the folder, or "": 7<\x2f\x74…>, …
func (b *begun) file() (name string, socket bool) {
	_, rest, ok := strings.Cut(b.args, "<")
	path, _, closed := strings.Cut(rest, ">")
	if !ok || !closed {
		return "", false
	}
	plain, err := unhex(path)
	if err != nil {
		return "", false
	}
	if bytes.HasPrefix(plain, []byte("socket:")) {
		return "", true
	}
	return b.within(string(plain)), false
}

func (b *begun) within(path string) string {
	name, err := filepath.Rel(b.folder, path)
	if err != nil || strings.HasPrefix(name, "..") || name == "." {
		return ""
	}
	return name
}

// quoted is the first text among the arguments, and what follows it.
func quoted(args string) (data []byte, rest string, ok bool) {
	_, text, begun := strings.Cut(args, `"`)
	text, rest, ended := strings.Cut(text, `"`)
	if !begun || !ended {
		return nil, "", false
	}
	data, err := unhex(text)
	return data, rest, err == nil
}

func unhex(text string) ([]byte, error) { return hex.DecodeString(strings.ReplaceAll(text, `\x`, "")) }
