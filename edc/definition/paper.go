package definition

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the font
	"io"
	"strings"
	"sync"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
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
	margin     = 16.0
	paperWidth = 210.0
	paperEnd   = 297.0 - 18
	width      = paperWidth - 2*margin
	leading    = 0.50 // mm of a line for each point of its text
)

// paper is A4 with one font that knows Chinese. Where it is cut into pages is decided by whoever draws.
type paper struct {
	*fpdf.Fpdf
	size float64 // points
	y    float64 // where the next thing goes
}

func newPaper() (*paper, error) {
	ttf, err := font()
	if err != nil {
		return nil, err
	}
	f := fpdf.New("P", "mm", "A4", "")
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(false, 0)
	f.SetCatalogSort(true)
	f.SetProducer("casebook", false)
	f.AddUTF8FontFromBytes("sans", "", ttf)
	p := &paper{Fpdf: f}
	p.text(9)
	return p, f.Error()
}

// text sets the size of what is written next, and the ink to black.
func (p *paper) text(size float64) {
	p.size = size
	p.SetFont("sans", "", size)
	p.SetTextColor(20, 22, 26)
}

func (p *paper) line() float64 { return p.size * leading }

// hangs reports whether a line may not begin with r.
func hangs(r rune) bool {
	return strings.ContainsRune("，。；：？！、）》」』】”’,.;:?!)]}%", r)
}

// breaks reports whether a line may end between a and b.
func breaks(a, b rune) bool {
	wide := func(r rune) bool { return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 }
	return !hangs(b) && (a == ' ' || wide(a) || wide(b))
}

// wrap cuts a text into lines of at most w mm. A word that is longer than a line is cut.
func (p *paper) wrap(text string, w float64) (lines []string) {
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

// write writes lines one below the other, from x and y at the top, and returns where they end.
func (p *paper) write(x, y float64, lines []string) float64 {
	for _, l := range lines {
		p.Text(x, y+p.size*0.36, l)
		y += p.line()
	}
	return y
}

// paragraph writes a text over the whole width, further down.
func (p *paper) paragraph(text string) { p.y = p.write(margin, p.y, p.wrap(text, width)) }

// strong writes one line in bold, which the font has not: its outlines are drawn, too.
func (p *paper) strong(x, y float64, text string) {
	p.SetLineWidth(p.size * 0.009)
	p.SetDrawColor(20, 22, 26)
	p.SetTextRenderingMode(2)
	p.Text(x, y+p.size*0.36, text)
	p.SetTextRenderingMode(0)
	p.SetLineWidth(0.2)
}
