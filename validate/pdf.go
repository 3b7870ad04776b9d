package validate

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"casebook/edc/paper"
)

// A print lays a package out on paper, in one of the product's languages.
type print struct {
	*paper.Paper
	translated map[string]string // nil for English
	page       int
}

// say is a fixed sentence in the print's language, with args in their places.
func (d *print) say(sentence string, args ...any) string {
	if other, ok := d.translated[sentence]; ok {
		sentence = other
	}
	if len(args) == 0 {
		return sentence
	}
	return fmt.Sprintf(sentence, args...)
}

// pdf prints the package, in English or with the sentences of translated. hash is that of the signed data, key the name of the signing key.
func (p *Package) pdf(hash, key string, translated map[string]string) ([]byte, error) {
	sheet, err := paper.New()
	if err != nil {
		return nil, err
	}
	d := &print{Paper: sheet, translated: translated}
	d.SetCreationDate(p.At)
	d.SetModificationDate(p.At)
	d.SetTitle(d.say("Validation package"), true)
	d.turn(p)
	d.cover(p, hash, key)
	d.heading(p, d.say("1  Installation qualification"))
	d.facts(p)
	d.heading(p, d.say("2  Operational qualification: checks executed on this installation"))
	d.text(p, d.say("They ran on data of their own. The same checks against a server that agrees to everything failed %d times of %d; one that passes there would show nothing.", p.Control.Failed, p.Control.Checks))
	for _, r := range p.OQ {
		d.row(p, r.ID, string(r.Verdict), d.say(r.Shows), r.Evidence)
	}
	d.heading(p, d.say("3  Traceability matrix"))
	for _, r := range p.Matrix {
		d.row(p, r.ID, r.stands(), d.say(r.Requirement.Requirement)+" ("+r.Clause+")", d.traced(r))
	}
	d.heading(p, d.say("4  Performance qualification (template)"))
	d.text(p, d.say("To be carried out by the customer's own people, on the customer's own study, and signed."))
	for i, t := range p.PQ {
		d.row(p, fmt.Sprintf("PQ-%02d", i+1), "", d.say(t.What), d.say("Expected: %s\nObserved: ______________________________________   By, date: ____________________", d.say(t.Expect)))
	}
	d.heading(p, d.say("5  Figures of the test programme"))
	if len(p.Tiles) == 0 {
		d.text(p, d.say("No run was given."))
	}
	for _, t := range p.Tiles {
		d.row(p, t.ID, map[bool]string{true: "pass", false: "fail"}[t.Pass], t.Title+": "+t.Value, d.say("goal %s; n = %d; %s; commit %s; seed %d", t.Goal, t.N, t.At.Format("2006-01-02 15:04"), t.Commit, t.Seed))
	}
	var b bytes.Buffer
	err = d.Output(&b)
	return b.Bytes(), err
}

// turn begins a page, with its foot.
func (d *print) turn(p *Package) {
	d.AddPage()
	d.page++
	d.Style(7)
	foot := d.say("casebook %s, validation of %s    page %d", p.Commit, p.At.Format("2006-01-02 15:04 MST"), d.page)
	d.Text((paper.PageWidth-d.GetStringWidth(foot))/2, 288, foot)
	d.Y = paper.Margin
}

// room turns the page unless so much of it is left, in mm.
func (d *print) room(p *Package, mm float64) {
	if d.Y+mm > paper.End {
		d.turn(p)
	}
}

func (d *print) cover(p *Package, hash, key string) {
	d.Style(20)
	d.Strong(paper.Margin, d.Y, d.say("Validation package"))
	d.Y += 14
	verdict := d.say("Everything that was carried out passed.")
	if !p.Pass {
		verdict = d.say(`SOMETHING FAILED: see the rows marked fail or "does not hold".`)
	}
	counts := map[Verdict]int{}
	for _, r := range p.OQ {
		counts[r.Verdict]++
	}
	evidence := d.say("No results of the release's own tests were given; the matrix says so in each row.")
	if p.Evidence != nil {
		evidence = d.say("Results of the release's tests: commit %s, %s, %s.", p.Evidence.Commit, p.Evidence.At.Format("2006-01-02"), p.Evidence.Go)
	}
	d.Style(10)
	d.Paragraph(strings.Join([]string{d.say("Product: casebook, commit %s", p.Commit), d.say("Made: %s", p.At.Format("2006-01-02 15:04:05 MST")), verdict,
		d.say("Checks executed here: %d passed, %d failed, %d not run.", counts[Passed], counts[Failed], counts[NotRun]), evidence,
		d.say("SHA-256 of %s: %s", DataFile, hash), d.say("The file %s names the hash of every file and is signed by the installation's key \"%s\".", ManifestFile, key)}, "\n"))
	d.Y += 3
	d.text(p, d.say("What this is not: a statement that a study run with this installation complies with a regulation. It says what was asked of the product, what was tried, and what came out."))
	d.Y += 6
	d.Style(10)
	for _, who := range []string{"Carried out by", "Reviewed by", "Approved by"} {
		d.Y += 11
		d.Text(paper.Margin, d.Y, d.say(who))
		d.Text(paper.Margin+122, d.Y, d.say("date"))
		d.SetDrawColor(90, 95, 100)
		d.Line(paper.Margin+36, d.Y+1, paper.Margin+118, d.Y+1)
		d.Line(paper.Margin+134, d.Y+1, paper.Margin+paper.Width, d.Y+1)
	}
	d.Y += 4
}

func (d *print) heading(p *Package, text string) {
	d.room(p, 40)
	d.Y += 7
	d.Style(12)
	d.Strong(paper.Margin, d.Y, text)
	d.Y += 8
}

func (d *print) text(p *Package, text string) {
	d.Style(9)
	d.room(p, 12)
	d.Paragraph(text)
	d.Y += 1.5
}

func (d *print) facts(p *Package) {
	for _, f := range p.IQ {
		standing, more := "", ""
		if f.Expected != "" {
			standing, more = map[bool]string{true: "holds", false: "does not hold"}[f.Holds], "\n"+d.say("expected: %s", f.Expected)
		}
		d.row(p, "", standing, d.say(f.Name), f.Value+more)
	}
}

// row is one entry: its id and standing in the margin column, what it is in bold, and the rest below. One that is longer than a page goes on.
func (d *print) row(p *Package, id, standing, title, body string) {
	const first = 26.0
	d.Style(8.5)
	titles, lines := d.Wrap(title, paper.Width-first-2), d.Wrap(body, paper.Width-first-2)
	d.room(p, min(float64(len(titles)+len(lines))*d.LineHeight()+4, 60))
	d.Style(8.5)
	d.SetDrawColor(205, 210, 216)
	d.Line(paper.Margin, d.Y, paper.Margin+paper.Width, d.Y)
	d.Y++
	top, x := d.Y, paper.Margin+first
	d.Text(paper.Margin, top+d.Size*0.36, id)
	d.colour(standing)
	d.Text(paper.Margin, top+d.LineHeight()+d.Size*0.36, d.say(standing))
	d.Style(8.5)
	for _, l := range titles {
		d.Strong(x, d.Y, l)
		d.Y += d.LineHeight()
	}
	for _, l := range lines {
		if d.Y+d.LineHeight() > paper.End {
			d.turn(p)
			d.Style(8.5)
			top = d.Y
		}
		d.Y = d.Lines(x, d.Y, []string{l})
	}
	d.Y = max(d.Y, top+2*d.LineHeight()) + 1.5
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
		fmt.Fprintf(&b, "%s: %s\n", name, d.say(result))
	}
	b.WriteString(r.Concluded)
	if r.Commit != "" {
		b.WriteString("; commit " + r.Commit)
	}
	if r.Missing != "" {
		b.WriteString("\n" + d.say("Missing: %s", r.Missing))
	}
	return b.String()
}
