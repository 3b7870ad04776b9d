// Package clamdtest is a scanner for tests, as far as the protocol of ClamAV's daemon is used here. It refuses whatever does not
// follow that protocol, and only tests import it.
package clamdtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// Evil is what the scanner finds, under the name of Name.
const (
	Evil = "evil-test-file"
	Name = "Test.Evil-1"
)

// Serve runs a scanner until the test ends, and returns its address. Content with the word "large" in it is refused as too large,
// and on "silent" nothing is said until the caller leaves.
func Serve(t testing.TB) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			running.Go(func() { defer conn.Close(); answer(conn) })
		}
	})
	t.Cleanup(func() { ln.Close(); running.Wait() })
	return ln.Addr().String()
}

func answer(conn net.Conn) {
	in := bufio.NewReader(conn)
	say := func(text string) { _, _ = io.WriteString(conn, text+"\x00") }
	if command, err := in.ReadString(0); err != nil || command != "zINSTREAM\x00" {
		say("UNKNOWN COMMAND")
		return
	}
	var content bytes.Buffer
	for {
		var size uint32
		if binary.Read(in, binary.BigEndian, &size) != nil {
			return
		}
		if size == 0 {
			break
		}
		if _, err := io.CopyN(&content, in, int64(size)); err != nil {
			return
		}
	}
	switch text := content.Bytes(); {
	case bytes.Contains(text, []byte(Evil)):
		say("stream: " + Name + " FOUND")
	case bytes.Contains(text, []byte("silent")):
		_, _ = in.ReadByte()
	case bytes.Contains(text, []byte("large")):
		say("INSTREAM size limit exceeded. ERROR")
	default:
		say("stream: OK")
	}
}
