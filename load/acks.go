package load

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// ackHead is the first line of a list of acknowledged reports: all it takes to make the same reports again.
type ackHead struct {
	Format   int              `json:"format"`
	Run      string           `json:"run"`
	Seed     uint64           `json:"seed"`
	Study    casebook.StudyID `json:"study"`
	From     time.Time        `json:"from"`
	Size     int              `json:"size"`
	Patients []string         `json:"patients"`
}

func newAckHead(o Options) ackHead {
	return ackHead{Format: 1, Run: hex.EncodeToString(o.World.Bytes(6)), Seed: o.Seed, Study: o.Study,
		From: o.World.Now().UTC().Truncate(time.Second), Size: o.Size, Patients: o.Patients}
}

// ackFile is the list while it grows: after the head a line for each report, its number and its receipt.
type ackFile struct {
	head  ackHead
	acked func() // told of each, unless it is nil

	mu    sync.Mutex
	count int64
	file  *os.File // nil: counts only
	w     *bufio.Writer
}

func createAcks(path string, head ackHead, acked func()) (*ackFile, error) {
	f := &ackFile{head: head, acked: acked, w: bufio.NewWriter(io.Discard)}
	if path == "" {
		return f, nil
	}
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	if f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return nil, err
	}
	f.w.Reset(f.file)
	_, err = f.w.Write(append(line, '\n'))
	return f, err
}

// add notes that report n was acknowledged. A failing disk is told by close.
func (f *ackFile) add(n int64, receipt string) {
	if f.acked != nil {
		f.acked()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	fmt.Fprintf(f.w, "%d %s\n", n, receipt)
}

// close makes the list durable.
func (f *ackFile) close() error {
	if f.file == nil {
		return nil
	}
	return errors.Join(f.w.Flush(), f.file.Sync(), f.file.Close())
}

// readAcks calls fn for every report of the list at path, until fn fails. A last line that was cut off while it was
// written is left out.
func readAcks(path string, begin func(ackHead) error, fn func(n int64, receipt string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReader(file)
	line, err := r.ReadBytes('\n')
	var head ackHead
	if err != nil || json.Unmarshal(line, &head) != nil || head.Format != 1 || len(head.Patients) == 0 {
		return casebook.Fail(casebook.Invalid, "load.acks_format").At("line 1")
	}
	if err := begin(head); err != nil {
		return err
	}
	for i := 2; ; i++ {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		number, receipt, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil {
			return casebook.Fail(casebook.Invalid, "load.acks_format").At("line " + strconv.Itoa(i))
		}
		if err := fn(n, receipt); err != nil {
			return err
		}
	}
}
