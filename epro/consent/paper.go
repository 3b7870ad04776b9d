package consent

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"casebook"
)

// MaxScan bounds the scan of a paper, in bytes.
const MaxScan = 3 << 20

// Paper is a consent that was signed on paper, as its site records it.
type Paper struct {
	Language string `json:"language"`
	SignedOn string `json:"signedOn"` // the date that stands on the paper
	Reporter string `json:"reporter"` // self, or how whoever signed is related to the patient
	Name     string `json:"name"`     // of who signed
	Informed string `json:"informed"` // name of who spoke with them, and signed beside them
	Scan     *Scan  `json:"scan,omitempty"`
}

// Scan is a picture of the paper.
type Scan struct {
	Name string `json:"name"`
	Data []byte `json:"data"` // PDF, JPEG or PNG
}

// relations are how whoever signs can be related to the patient.
var relations = []string{"self", "parent", "partner", "carer"}

// kinds are how the files begin that a scan may be.
var kinds = [][]byte{[]byte("%PDF-"), {0xFF, 0xD8, 0xFF}, []byte("\x89PNG\r\n\x1a\n")}

// AcceptPaper reports why p is no consent to d: Unprocessable with a JSON pointer, or nil. today is the date at the site.
func (d *Document) AcceptPaper(p *Paper, today time.Time) error {
	wrong := func(code, place string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place)
	}
	named := func(name string) bool {
		return strings.TrimSpace(name) != "" && utf8.RuneCountInString(name) <= maxName
	}
	day, err := time.Parse(time.DateOnly, p.SignedOn)
	switch {
	case d.Title[p.Language] == "":
		return wrong("epro.consent.language", "/language", p.Language)
	case err != nil || p.SignedOn > today.Format(time.DateOnly) || day.Year() < 1900:
		return wrong("epro.consent.date", "/signedOn")
	case !slices.Contains(relations, p.Reporter):
		return wrong("epro.consent.reporter", "/reporter", strings.Join(relations, ", "))
	case !named(p.Name):
		return wrong("epro.consent.person", "/name", maxName)
	case !named(p.Informed):
		return wrong("epro.consent.person", "/informed", maxName)
	case p.Scan == nil:
		return nil
	case !named(p.Scan.Name) || !slices.ContainsFunc(kinds, func(k []byte) bool { return bytes.HasPrefix(p.Scan.Data, k) }):
		return wrong("epro.consent.scan", "/scan")
	case len(p.Scan.Data) > MaxScan:
		return casebook.Fail(casebook.TooLarge, "request.too_large", MaxScan).At("/scan")
	}
	return nil
}
