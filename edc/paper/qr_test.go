package paper

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// What stands on the paper is read by a decoder that has nothing to do with what drew it. A code of version 5 with the least
// redundancy is one block, of which 13 codewords may be wrong (ISO/IEC 18004, table 9). Control: with one more it is not read.
func TestACodeOnPaperIsReadBack(t *testing.T) {
	t.Parallel()
	line := strings.Repeat("casebook proof HTN-24 ", 5)[:100]
	for _, text := range []string{line, strings.Repeat("受试者的记录 entry 17, ", 80), strings.Repeat("x", MostQR)} {
		if got, err := read(printed(t, text)); err != nil || got != text {
			t.Errorf("%d bytes: read %.40q, %v", len(text), got, err)
		}
	}
	if got, err := read(altered(printed(t, line), 13)); err != nil || got != line {
		t.Errorf("13 codewords altered: %q, %v", got, err)
	}
	if got, err := read(altered(printed(t, line), 14)); err == nil && got == line {
		t.Error("14 codewords altered, and it is read: the alterations are none")
	}
}

var pictures = regexp.MustCompile(`(?s)/Subtype /Image\n/Width (\d+)\n/Height (\d+)\n/ColorSpace /DeviceGray\n/BitsPerComponent (\d+)\n.*?/Length (\d+)>>\nstream\n`)

// printed is the picture of the code in a PDF, which keeps a PNG's compressed rows as they are.
func printed(t *testing.T, text string) image.Image {
	t.Helper()
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	p.AddPage()
	if err := p.QR(20, 20, 60, text); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := p.Output(&file); err != nil {
		t.Fatal(err)
	}
	m := pictures.FindSubmatchIndex(file.Bytes())
	if m == nil {
		t.Fatal("there is no picture in the file")
	}
	var n [4]int
	for i := range n {
		if n[i], err = strconv.Atoi(string(file.Bytes()[m[2*i+2]:m[2*i+3]])); err != nil {
			t.Fatal(err)
		}
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(n[0])), uint32(n[1]))
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, chunk := range []struct {
		name string
		body []byte
	}{{"IHDR", append(head, byte(n[2]), 0, 0, 0, 0)}, {"IDAT", file.Bytes()[m[1] : m[1]+n[3]]}, {"IEND", nil}} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunk.body)))
		begin := len(out)
		out = append(append(out, chunk.name...), chunk.body...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[begin:]))
	}
	picture, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func read(picture image.Image) (string, error) {
	squares, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	said, err := qrcode.NewQRCodeReader().Decode(squares, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		return "", fmt.Errorf("decode: %w", err)
	}
	return said.GetText(), nil
}

// altered turns one square around in each of the first n codewords of version 5, of 37 squares a side: seven stand above one another
// in the two columns on the right, the next seven in the two columns beside them, downwards.
func altered(picture image.Image, n int) image.Image {
	const side, quiet = 37, 4
	dot := picture.Bounds().Dx() / (side + 2*quiet)
	out := image.NewGray(picture.Bounds())
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			out.Set(x, y, picture.At(x, y))
		}
	}
	for k := range n {
		column, row := side-1, side-1-4*k
		if k >= 7 {
			column, row = side-3, 9+4*(k-7)
		}
		for y := range dot {
			for x := range dot {
				at := image.Pt((quiet+column)*dot+x, (quiet+row)*dot+y)
				out.SetGray(at.X, at.Y, color.Gray{Y: 255 - out.GrayAt(at.X, at.Y).Y})
			}
		}
	}
	return out
}
