package validate

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// A print lays a package out on paper, A4. Its font knows Latin letters only, so it speaks English.
type print struct {
	*fpdf.Fpdf
	latin func(string) string
}

const (
	margin = 18.0
	width  = 210 - 2*margin
	line   = 4.4
)

// pdf prints the package. hash is that of the signed data, key the name of the signing key.
func (p *Package) pdf(hash, key string) ([]byte, error) {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(true, margin)
	f.SetCreationDate(p.At)
	f.SetModificationDate(p.At)
	f.SetTitle("casebook validation", false)
	d := &print{f, f.UnicodeTranslatorFromDescriptor("")}
	f.SetFooterFunc(func() {
		f.SetY(-12)
		f.SetFont("Helvetica", "", 7)
		f.CellFormat(width, 5, d.latin(fmt.Sprintf("casebook %s, validation of %s    page %d", p.Commit, p.At.Format("2006-01-02 15:04 MST"), f.PageNo())), "", 0, "C", false, 0, "")
	})
	f.AddPage()
	d.cover(p, hash, key)
	d.heading("1  Installation qualification")
	d.facts(p.IQ)
	d.heading("2  Operational qualification: checks executed on this installation")
	d.text(fmt.Sprintf("They ran on data of their own. The same checks against a server that agrees to everything failed %d times of %d; one that passes there would show nothing.", p.Control.Failed, p.Control.Checks))
	for _, r := range p.OQ {
		d.row(r.ID, string(r.Verdict), r.Shows, r.Evidence)
	}
	d.heading("3  Traceability matrix")
	for _, r := range p.Matrix {
		d.row(r.ID, r.stands(), r.Requirement.Requirement+" ("+r.Clause+")", d.traced(r))
	}
	d.heading("4  Performance qualification (template)")
	d.text("To be carried out by the customer's own people, on the customer's own study, and signed.")
	for i, t := range p.PQ {
		d.row(fmt.Sprintf("PQ-%02d", i+1), "", t.What, "Expected: "+t.Expect+"\nObserved: ______________________________________   By, date: ____________________")
	}
	d.heading("5  Figures of the test programme")
	if len(p.Tiles) == 0 {
		d.text("No run was given.")
	}
	for _, t := range p.Tiles {
		d.row(t.ID, map[bool]string{true: "pass", false: "fail"}[t.Pass], t.Title+": "+t.Value, fmt.Sprintf("goal %s; n = %d; %s; commit %s; seed %d", t.Goal, t.N, t.At.Format("2006-01-02 15:04"), t.Commit, t.Seed))
	}
	var b bytes.Buffer
	err := f.Output(&b)
	return b.Bytes(), err
}

func (d *print) cover(p *Package, hash, key string) {
	d.SetFont("Helvetica", "B", 20)
	d.MultiCell(width, 9, "Validation package", "", "L", false)
	d.SetFont("Helvetica", "", 10)
	verdict := "Everything that was carried out passed."
	if !p.Pass {
		verdict = "SOMETHING FAILED: see the rows marked fail or \"does not hold\"."
	}
	counts := map[Verdict]int{}
	for _, r := range p.OQ {
		counts[r.Verdict]++
	}
	evidence := "No results of the release's own tests were given; the matrix says so in each row."
	if p.Evidence != nil {
		evidence = fmt.Sprintf("Results of the release's tests: commit %s, %s, %s.", p.Evidence.Commit, p.Evidence.At.Format("2006-01-02"), p.Evidence.Go)
	}
	d.MultiCell(width, 5.5, d.latin(strings.Join([]string{"Product: casebook, commit " + p.Commit, "Made: " + p.At.Format("2006-01-02 15:04:05 MST"), verdict,
		fmt.Sprintf("Checks executed here: %d passed, %d failed, %d not run.", counts[Passed], counts[Failed], counts[NotRun]), evidence,
		"SHA-256 of " + DataFile + ": " + hash, "The file " + ManifestFile + " names the hash of every file and is signed by the installation's key \"" + key + "\"."}, "\n")), "", "L", false)
	d.Ln(3)
	d.text("What this is not: a statement that a study run with this installation complies with a regulation. It says what was asked of the product, what was tried, and what came out.")
	d.Ln(6)
	for _, who := range []string{"Carried out by", "Reviewed by", "Approved by"} {
		d.CellFormat(40, 9, who, "", 0, "L", false, 0, "")
		d.CellFormat(80, 9, "", "B", 0, "L", false, 0, "")
		d.CellFormat(14, 9, "  date", "", 0, "L", false, 0, "")
		d.CellFormat(width-134, 9, "", "B", 1, "L", false, 0, "")
	}
}

func (d *print) heading(text string) {
	if d.GetY() > 240 {
		d.AddPage()
	}
	d.Ln(7)
	d.SetFont("Helvetica", "B", 12)
	d.MultiCell(width, 6, text, "", "L", false)
	d.Ln(1.5)
}

func (d *print) text(text string) {
	d.SetFont("Helvetica", "", 9)
	d.MultiCell(width, line, d.latin(text), "", "L", false)
	d.Ln(1)
}

func (d *print) facts(all []Fact) {
	for _, f := range all {
		standing, more := "", ""
		if f.Expected != "" {
			standing, more = map[bool]string{true: "holds", false: "does not hold"}[f.Holds], "\nexpected: "+f.Expected
		}
		d.row("", standing, f.Name, f.Value+more)
	}
}

// row is one entry: its id and standing in the margin column, what it is in bold, and the rest below.
func (d *print) row(id, standing, title, body string) {
	const first = 26.0
	d.SetFont("Helvetica", "", 8.5)
	lines := len(d.SplitText(d.latin(title), width-first-2)) + len(d.SplitText(d.latin(body), width-first-2)) + strings.Count(body, "\n")
	if d.GetY()+float64(lines)*line > 297-margin-4 && lines < 40 {
		d.AddPage()
	}
	y := d.GetY()
	d.SetDrawColor(205, 210, 216)
	d.Line(margin, y, margin+width, y)
	d.SetFont("Helvetica", "B", 8.5)
	d.SetXY(margin, y+1)
	d.CellFormat(first, line, id, "", 2, "L", false, 0, "")
	d.colour(standing)
	d.CellFormat(first, line, standing, "", 0, "L", false, 0, "")
	d.SetTextColor(0, 0, 0)
	d.SetXY(margin+first, y+1)
	d.SetLeftMargin(margin + first)
	d.SetFont("Helvetica", "B", 8.5)
	d.MultiCell(width-first, line, d.latin(title), "", "L", false)
	d.SetFont("Helvetica", "", 8.5)
	d.MultiCell(width-first, line, d.latin(body), "", "L", false)
	d.SetLeftMargin(margin)
	d.SetY(max(d.GetY(), y+1+2*line) + 1)
}

func (d *print) colour(standing string) {
	switch standing {
	case "pass", "holds", "shown":
		d.SetTextColor(20, 105, 55)
	case "fail", "does not hold", "no":
		d.SetTextColor(165, 30, 25)
	default:
		d.SetTextColor(120, 90, 10)
	}
}

// traced is a row of the matrix in words.
func (d *print) traced(r Row) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.Results)) {
		result := r.Results[name]
		if result == "" {
			result = "no result"
		}
		fmt.Fprintf(&b, "%s: %s\n", name, result)
	}
	b.WriteString(r.Concluded)
	if r.Commit != "" {
		b.WriteString("; commit " + r.Commit)
	}
	if r.Missing != "" {
		b.WriteString("\nMissing: " + r.Missing)
	}
	return b.String()
}
