// Package paper draws on A4 with one font that knows Chinese: texts that are cut into lines, and where the next thing goes. It
// refuses to know what is printed: a form, a definition, a casebook.
package paper

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the font
	"io"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"
)

// The font has the characters of GB 2312 and of European languages; docs/dependencies.md says where it is from.
//
//go:embed font/NotoSansSC-GB2312.ttf.gz
var packed []byte

var font = sync.OnceValues(func() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
})

// Sizes on paper, in mm and points.
const (
	Margin    = 16.0
	PageWidth = 210.0
	End       = 297.0 - 18
	Width     = PageWidth - 2*Margin
	Leading   = 0.50 // mm of a line for each point of its text
)

// Paper is A4 with one font that knows Chinese. Where it is cut into pages is decided by whoever draws.
type Paper struct {
	*fpdf.Fpdf
	Size float64 // points
	Y    float64 // where the next thing goes
}

// New returns an empty document: bytes follow from what is drawn alone.
func New() (*Paper, error) {
	ttf, err := font()
	if err != nil {
		return nil, err
	}
	f := fpdf.New("P", "mm", "A4", "")
	f.SetMargins(Margin, Margin, Margin)
	f.SetAutoPageBreak(false, 0)
	f.SetCatalogSort(true)
	f.SetProducer("casebook", false)
	f.AddUTF8FontFromBytes("sans", "", bytes.Clone(ttf)) // it writes into what it was given
	p := &Paper{Fpdf: f}
	p.Style(9)
	return p, f.Error()
}

// Style sets the size of what is written next, and the ink to black.
func (p *Paper) Style(size float64) {
	p.Size = size
	p.SetFont("sans", "", size)
	p.SetTextColor(20, 22, 26)
}

// LineHeight is the height of a line of text, in mm.
func (p *Paper) LineHeight() float64 { return p.Size * Leading }

// hangs reports whether a line may not begin with r.
func hangs(r rune) bool {
	return strings.ContainsRune("，。；：？！、）》」』】”’,.;:?!)]}%", r)
}

// breaks reports whether a line may end between a and b.
func breaks(a, b rune) bool {
	wide := func(r rune) bool { return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 }
	return !hangs(b) && (a == ' ' || wide(a) || wide(b))
}

// Wrap cuts a text into lines of at most w mm. A word that is longer than a line is cut.
func (p *Paper) Wrap(text string, w float64) (lines []string) {
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		s := []rune(paragraph)
		from, last, at := 0, 0, 0.0
		for i := 0; i < len(s); i++ {
			at += p.GetStringWidth(string(s[i]))
			if i > from && breaks(s[i-1], s[i]) {
				last = i
			}
			if at <= w || i == from || s[i] == ' ' {
				continue
			}
			if last <= from {
				last = i
			}
			lines = append(lines, strings.TrimSpace(string(s[from:last])))
			from, at, i = last, 0, last-1
		}
		lines = append(lines, strings.TrimSpace(string(s[from:])))
	}
	return lines
}

// Lines writes lines one below the other, from x and y at the top, and returns where they end.
func (p *Paper) Lines(x, y float64, lines []string) float64 {
	for _, l := range lines {
		p.Text(x, y+p.Size*0.36, l)
		y += p.LineHeight()
	}
	return y
}

// Paragraph writes a text over the whole Width, further down.
func (p *Paper) Paragraph(text string) { p.Y = p.Lines(Margin, p.Y, p.Wrap(text, Width)) }

// Strong writes one line in bold, which the font has not: its outlines are drawn, too.
func (p *Paper) Strong(x, y float64, text string) {
	p.SetLineWidth(p.Size * 0.009)
	p.SetDrawColor(20, 22, 26)
	p.SetTextRenderingMode(2)
	p.Text(x, y+p.Size*0.36, text)
	p.SetTextRenderingMode(0)
	p.SetLineWidth(0.2)
}

// MostQR is how many bytes a QR code holds at most.
const MostQR = 2953

// QR draws at most MostQR bytes of text as a square of side mm, with the quiet zone around it. It has the least redundancy, since a
// long text makes its dots small, and paper does not reflect as a screen does.
func (p *Paper) QR(x, y, side float64, text string) error {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return err
	}
	of := fpdf.ImageOptions{ImageType: "PNG"}
	p.RegisterImageOptionsReader(text, of, bytes.NewReader(code.PNG()))
	p.ImageOptions(text, x, y, side, side, false, of, 0, "")
	return p.Error()
}
