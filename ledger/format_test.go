package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"casebook/ledger"
)

// The worked example of docs/format/ledger.md, computed from what that page says and from nothing else.
func TestThePageOfTheFormatIsRight(t *testing.T) {
	t.Parallel()
	var body, header, data bytes.Buffer
	str := func(b *bytes.Buffer, texts ...string) {
		for _, s := range texts {
			b.WriteByte(byte(len(s))) // a varint of one byte: every text here is short
			b.WriteString(s)
		}
	}
	salt := make([]byte, 16)
	str(&body, string(salt), "", "{}", "")
	str(&header, "casebook entry 1", "S1", "E1", "", "", "bed.made", "", "", "", "", "")
	header.Write(make([]byte, 3*8))
	inner := sha256.Sum256(body.Bytes())
	header.Write(inner[:])
	digest := sha256.Sum256(header.Bytes())
	data.WriteByte(0)
	data.Write(digest[:])
	data.Write([]byte{0, 0, 0, 0, 0, 0, 0, 7})
	data.Write([]byte{0, 0, 0, 0, 0, 0, 3, 232})
	want := sha256.Sum256(data.Bytes())

	e := ledger.WithSalt(ledger.Entry{Study: "S1", ID: "E1", What: "bed.made", New: "{}", Index: 7, SealedAt: time.UnixMicro(1000)}, salt)
	if got := ledger.Leaf(&e); !bytes.Equal(got, want[:]) {
		t.Errorf("the code gives %x, the page %x", got, want)
	}
	page, err := os.ReadFile("../docs/format/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "leaf = "+hex.EncodeToString(want[:])) {
		t.Errorf("the page does not say leaf = %x", want)
	}
}
