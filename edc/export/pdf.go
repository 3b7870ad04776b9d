package export

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/edc/paper"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/trial"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// A casebook on paper is for inspectors and for the investigator's own file (21 CFR 11.10(b), ICH E6(R3)): what was entered, what
// was asked about it, who signed what, and every entry of its trail, in Chinese and English side by side.

// copies writes a certified copy: each casebook of the cut as PDF, and an index with the SHA-256 of each and of
// the files that stand at its forms, which say their form where a casebook says how many it has. It does not ask
// whether the study is locked.
func copies(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) error {
	index := [][]string{{"file", "sha256", "bytes", "subject", "site", "forms", "signatures", "entries", "until"}}
	put := func(name string, content []byte) error {
		f, err := create(name)
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		return errors.Join(err, f.Close())
	}
	err := c.Each(ctx, func(b *Casebook) error {
		var out bytes.Buffer
		if err := c.Print(ctx, &out, b); err != nil {
			return err
		}
		sum := sha256.Sum256(out.Bytes())
		name := web.Cell(string(b.ID)) + ".pdf"
		index = append(index, []string{name, hex.EncodeToString(sum[:]), fmt.Sprint(out.Len()), web.Cell(string(b.ID)), web.Cell(string(b.Site)), fmt.Sprint(len(b.Forms)),
			fmt.Sprint(len(b.Signatures)), fmt.Sprint(len(b.Entries)), c.Until.Format(timeOnPaper)})
		files, err := record.AttachmentsIn(b.Entries)
		if err != nil {
			return err
		}
		for _, at := range files {
			for _, f := range at.Files {
				index = append(index, []string{web.Cell(f.Name), f.Hash, fmt.Sprint(f.Size), web.Cell(string(b.ID)), web.Cell(string(b.Site)), web.Cell(at.Ref), "", "", c.Until.Format(timeOnPaper)})
			}
		}
		return put(name, out.Bytes())
	})
	if err != nil {
		return err
	}
	var list bytes.Buffer
	w := csv.NewWriter(&list)
	if err := w.WriteAll(index); err != nil {
		return err
	}
	return put("index.csv", list.Bytes())
}

const timeOnPaper = "2006-01-02 15:04:05 UTC"

// One returns the casebook of one subject of the cut, or NotFound patient.unknown where the cut has none.
func (c *Cut) One(ctx context.Context, id casebook.SubjectID) (b *Casebook, err error) {
	var found patient.Subject
	err = c.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = patient.Find(ctx, tx, c.Trial.ID, id)
		return err
	})
	if err == nil {
		b, err = c.casebook(ctx, found)
	}
	if err == nil && len(b.Entries) == 0 {
		err = patient.Unknown(id)
	}
	return b, err
}

// printing is one casebook on its way to paper.
type printing struct {
	*paper.Paper
	c *Cut
	b *Casebook
	v *trial.Version

	files  []record.Attachments
	proofs map[string]*ledger.Proof // by signature
}

// Print writes a casebook of the cut as PDF. The same cut gives the same bytes.
func (c *Cut) Print(ctx context.Context, out io.Writer, b *Casebook) error {
	p, err := paper.New()
	if err != nil {
		return err
	}
	files, err := record.AttachmentsIn(b.Entries)
	if err != nil {
		return err
	}
	proofs, err := c.proofs(ctx, b)
	if err != nil {
		return err
	}
	d := &printing{p, c, b, c.versions[len(c.versions)-1], files, proofs}
	d.SetCreationDate(c.Until)
	d.SetModificationDate(c.Until)
	d.SetTitle(fmt.Sprintf("%s %s", c.Trial.ID, b.ID), true)
	d.AliasNbPages("{nb}")
	d.SetHeaderFunc(d.head)
	d.SetFooterFunc(d.foot)
	d.AddPage()
	d.cover()
	for _, f := range d.inOrder() {
		d.form(f)
	}
	d.asked()
	if err := d.signed(); err != nil {
		return err
	}
	d.trail()
	return d.Output(out)
}

// say is a sentence of the server in both languages.
func say(code string, args ...any) string { return bilingual(i18n.Texts(code, args...)) }

// bilingual is a text in Chinese and English, once where they are the same.
func bilingual(t map[string]string) string {
	zh, en := t["zh-CN"], t["en"]
	switch {
	case zh == "" || zh == en:
		if en == "" {
			return t[""]
		}
		return en
	case en == "":
		return zh
	}
	return zh + " / " + en
}

func (d *printing) head() {
	d.Style(8)
	d.SetTextColor(95, 100, 108)
	d.Text(paper.Margin, 10, fmt.Sprintf("%s  %s  %s", d.c.Trial.ID, d.b.ID, say("export.pdf.title")))
	mark := d.c.Until.Format(timeOnPaper)
	d.Text(paper.PageWidth-paper.Margin-d.GetStringWidth(mark), 10, mark)
	d.SetDrawColor(205, 210, 216)
	d.Line(paper.Margin, 12, paper.PageWidth-paper.Margin, 12)
	d.Style(9)
	d.Y = paper.Margin
}

func (d *printing) foot() {
	d.Style(7)
	d.SetTextColor(95, 100, 108)
	d.Text(paper.Margin, 289, say("export.pdf.foot", d.c.Size))
	d.SetXY(paper.Margin, 286)
	d.CellFormat(paper.Width, 4, fmt.Sprintf("%d / {nb}", d.PageNo()), "", 0, "R", false, 0, "")
}

// room begins another page unless h mm are left on this one.
func (d *printing) room(h float64) {
	if d.Y+h > paper.End {
		d.AddPage()
	}
}

func (d *printing) heading(text string) {
	d.room(22)
	d.Y += 5
	d.Style(12)
	for _, line := range d.Wrap(text, paper.Width) {
		d.Strong(paper.Margin, d.Y, line)
		d.Y += d.LineHeight()
	}
	d.Y += 2
	d.Style(9)
}

// inOrder are the forms, also those that are inactive, in the order of the schedule.
func (d *printing) inOrder() []*record.Form {
	place := map[string]int{}
	for _, e := range d.v.Index.Schedule() {
		ev := d.v.Index.Event(e.OID)
		if ev == nil {
			continue
		}
		for _, f := range odm.Ordered(ev.Forms) {
			place[e.OID+"/"+f.OID] = len(place) + 1
		}
	}
	at := func(f *record.Form) int { return cmp.Or(place[f.Event+"/"+f.Form], len(place)+1) }
	forms := slices.Concat(d.b.Forms, d.b.Inactive)
	slices.SortStableFunc(forms, func(x, y *record.Form) int {
		return cmp.Or(cmp.Compare(at(x), at(y)), strings.Compare(x.EventRepeat, y.EventRepeat), compareNumbers(x.FormRepeat, y.FormRepeat))
	})
	return forms
}

// compareNumbers orders repeat keys: shorter numbers first.
func compareNumbers(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// asAsked sorts values as their form asks for them: group by group, row by row.
func (d *printing) asAsked(form string, items []record.Kept) []record.Kept {
	at, group := map[[2]string]int{}, map[string]int{}
	for i, fi := range d.v.Index.FormItems(form) {
		at[[2]string{fi.Group.OID, fi.Item.OID}] = i
		if _, known := group[fi.Group.OID]; !known {
			group[fi.Group.OID] = i
		}
	}
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(x, y record.Kept) int {
		return cmp.Or(cmp.Compare(group[x.Group], group[y.Group]), compareNumbers(x.Repeat, y.Repeat),
			cmp.Compare(at[[2]string{x.Group, x.Item}], at[[2]string{y.Group, y.Item}]))
	})
	return items
}

// row writes columns side by side, each within its share of the width, on a page that has room for them.
func (d *printing) row(shares []float64, cells ...string) {
	var lines [][]string
	most := 1
	for i, c := range cells {
		l := d.Wrap(c, shares[i]*paper.Width-3)
		lines, most = append(lines, l), max(most, len(l))
	}
	for from := 0; from < most; { // what is higher than a page goes on on the next
		d.room(d.LineHeight() + 2)
		fit := max(1, int((paper.End-d.Y-2)/d.LineHeight()))
		x := paper.Margin
		for i := range cells {
			if from < len(lines[i]) {
				d.Lines(x, d.Y, lines[i][from:min(len(lines[i]), from+fit)])
			}
			x += shares[i] * paper.Width
		}
		d.Y += float64(min(fit, most-from))*d.LineHeight() + 1.2
		from += fit
	}
	d.SetDrawColor(230, 233, 237)
	d.Line(paper.Margin, d.Y-0.5, paper.PageWidth-paper.Margin, d.Y-0.5)
	d.Y += 0.8
}

func (d *printing) cover() {
	d.Y = 30
	d.Style(20)
	d.Strong(paper.Margin, d.Y, string(d.b.ID))
	d.Y += 14
	d.Style(10)
	half := []float64{0.3, 0.7}
	site := string(d.b.Site)
	for _, s := range d.c.sites {
		if s.ID == d.b.Site {
			site += "  " + bilingual(s.Name)
		}
	}
	d.row(half, say("export.pdf.study"), fmt.Sprintf("%s  %s", d.c.Trial.ID, d.c.Trial.Name))
	d.row(half, say("export.pdf.site"), site)
	d.row(half, say("export.pdf.status"), string(d.b.Status))
	if d.b.Rescreens != "" {
		d.row(half, say("export.pdf.rescreens"), string(d.b.Rescreens))
	}
	d.row(half, say("export.pdf.until"), d.c.Until.Format(timeOnPaper))
	d.row(half, say("export.pdf.holds"), say("export.pdf.count", len(d.b.Forms), len(d.b.Queries), len(d.b.Signatures), len(d.b.Entries)))
	d.Style(9)
}

var formShares = []float64{0.42, 0.28, 0.3}

func (d *printing) form(f *record.Form) {
	d.v = d.c.version(f.Definition)
	d.heading(d.title(f.Key))
	for _, k := range d.asAsked(f.Key.Form, f.Items) {
		d.row(formShares, d.question(k.Group, k.Repeat, k.Item), d.value(k.Value), d.who(k.By)+"  "+k.At.UTC().Format(timeOnPaper))
	}
	for _, a := range f.Asides {
		d.row([]float64{1}, say("export.pdf.inactive", d.who(a.By), a.At.UTC().Format(timeOnPaper), a.Reason))
		for _, v := range a.Values {
			d.row(formShares, d.question(v.Group, v.Repeat, v.Item), "[ "+d.value(v)+" ]", "")
		}
	}
	for _, at := range d.files {
		if at.Ref == f.Ref() {
			d.attached(at.Files)
		}
	}
}

// attached lists the files that stand at a form, by the hash that its signatures are over.
func (d *printing) attached(files []record.Attached) {
	for _, a := range files {
		of, name, note := say("export.pdf.file"), a.Name, a.Note
		if a.Item != "" {
			of += "  " + d.question(a.Group, a.Repeat, a.Item)
		}
		if a.Off != nil {
			name, note = "[ "+name+" ]", say("export.pdf.inactive", d.who(a.Off.By), a.Off.At.UTC().Format(timeOnPaper), a.Off.Reason)
		}
		d.row(formShares, of, fmt.Sprintf("%s  %d B  SHA-256 %s", name, a.Size, a.Hash), strings.TrimSpace(d.who(a.By)+"  "+a.At.UTC().Format(timeOnPaper)+"\n"+note))
	}
}

// title names a form within its visit.
func (d *printing) title(k record.Key) string {
	visit, form := k.Event, k.Form
	if e := d.v.Index.Event(k.Event); e != nil {
		visit = named(e.Description, e.Name)
	}
	if k.EventRepeat != "1" {
		visit += " #" + k.EventRepeat
	}
	if f := d.v.Index.Form(k.Form); f != nil {
		form = named(f.Description, f.Name)
	}
	if k.FormRepeat != "1" {
		form += " #" + k.FormRepeat
	}
	return visit + "  ·  " + form
}

func named(t odm.Text, name string) string {
	if s := bilingual(t); s != "" {
		return s
	}
	return name
}

func (d *printing) question(group, repeat, item string) string {
	text := item
	if it := d.v.Index.Item(item); it != nil {
		text = named(it.Question, it.Name)
	}
	if repeat != "1" {
		text = "#" + repeat + "  " + text
	}
	return text
}

// value is what was entered, with the text of a code, or why there is nothing.
func (d *printing) value(v record.Value) string {
	if v.Blank != "" {
		return map[string]string{"not_done": say("export.pdf.blank.not_done"), "unknown": say("export.pdf.blank.unknown"),
			"refused": say("export.pdf.blank.refused"), "not_applicable": say("export.pdf.blank.not_applicable")}[v.Blank]
	}
	it := d.v.Index.Item(v.Item)
	if it == nil || it.CodeList == "" {
		return v.Value
	}
	if list := d.v.Index.CodeList(it.CodeList); list != nil {
		for _, c := range list.Items {
			if c.Code == v.Value && len(c.Decode) > 0 {
				return v.Value + "  " + bilingual(c.Decode)
			}
		}
	}
	return v.Value
}

func (d *printing) who(id casebook.UserID) string {
	if a, known := d.c.people[id]; known {
		return a.Name
	}
	return string(id)
}

func (d *printing) asked() {
	if len(d.b.Queries) == 0 {
		return
	}
	d.heading(say("export.pdf.queries"))
	for _, q := range d.b.Queries {
		d.row([]float64{0.34, 0.14, 0.52}, d.title(q.Key)+"  ·  "+d.question(q.Group, q.Repeat, q.Item), string(q.State), bilingual(q.Text)+"  ["+q.Value+"]  "+q.OpenedAt.UTC().Format(timeOnPaper))
		for _, turn := range q.Thread {
			d.row([]float64{0.34, 0.14, 0.52}, "", string(turn.State), d.who(turn.By)+": "+turn.Text)
		}
	}
}

// meanings are what a signature says.
var meanings = map[string]func() string{
	"approval": func() string { return say("edc.sign.approval") }, "review": func() string { return say("edc.sign.review") },
	"authorship": func() string { return say("edc.sign.authorship") },
}

// proofs are that each signature stands in the ledger as the cut has it: whoever trusts a checkpoint needs no more than the paper.
func (c *Cut) proofs(ctx context.Context, b *Casebook) (map[string]*ledger.Proof, error) {
	proofs := map[string]*ledger.Proof{}
	return proofs, c.db.View(ctx, func(tx *store.Tx) error {
		for _, e := range b.Entries {
			if e.What != record.Signed {
				continue
			}
			var m record.Manifest
			if err := json.Unmarshal([]byte(e.New), &m); err != nil {
				return err
			}
			p, err := ledger.Prove(ctx, tx, c.Trial.ID, e.Index, c.Size)
			if err != nil {
				return err
			}
			proofs[m.ID] = p
		}
		return nil
	})
}

// codeSide is the side of a proof's code, in mm: 133 dots, those of a million entries, are then large enough for a telephone.
const codeSide = 54.0

func (d *printing) signed() error {
	if len(d.b.Signatures) == 0 {
		return nil
	}
	d.heading(say("export.pdf.signatures"))
	for _, s := range d.b.Signatures {
		stands := say("export.pdf.holds_still")
		if !s.VoidAt.IsZero() {
			stands = say("export.pdf.void", s.VoidAt.UTC().Format(timeOnPaper), s.VoidRef)
		}
		at := s.At.UTC().Format(timeOnPaper)
		if zone, err := time.LoadLocation(s.Zone); err == nil {
			at = s.At.In(zone).Format("2006-01-02 15:04:05") + " " + s.Zone
		}
		text := strings.Join([]string{s.Name + "  " + s.Role, meanings[s.Meaning](), at + "  " + stands, strings.TrimSpace(s.Path + "  SHA-256 " + s.Content)}, "\n")
		d.room(codeSide + 2)
		top, x, bottom := d.Y, paper.Margin, d.Y
		if p := d.proofs[s.ID]; p != nil {
			code, err := p.Text()
			if err != nil {
				return err
			}
			if len(code) <= paper.MostQR {
				if err := d.QR(x, top, codeSide, string(code)); err != nil {
					return err
				}
				x, bottom = x+codeSide+4, top+codeSide
				text += "\n" + say("export.pdf.proof", p.Entry.Index, p.Size) + "\nRFC 6962  " + p.Root.String()
			}
		}
		d.Y = max(bottom, d.Lines(x, top+2, d.Wrap(text, paper.PageWidth-paper.Margin-x))) + 2
		d.SetDrawColor(230, 233, 237)
		d.Line(paper.Margin, d.Y-1, paper.PageWidth-paper.Margin, d.Y-1)
	}
	return nil
}

func (d *printing) trail() {
	d.heading(say("export.pdf.trail"))
	d.Style(7)
	shares := []float64{0.2, 0.2, 0.6}
	for i := range d.b.Entries {
		e := &d.b.Entries[i]
		when, who := fmt.Sprintf("%d  %s", e.Index, e.At.UTC().Format(timeOnPaper)), d.who(e.Actor)+"  "+e.Role
		changes, err := record.ChangesOf(*e)
		if e.What != record.Saved || err != nil {
			what := e.What + "  " + e.Ref + "  " + e.Old + " → " + e.New
			d.row(shares, when, who, why(what, e.Reason))
			continue
		}
		k, _ := record.ParseRef(e.Study, e.Subject, e.Ref)
		lines := []string{d.title(k)}
		for _, h := range changes {
			lines = append(lines, d.question(h.New.Group, h.New.Repeat, h.New.Item)+": "+d.value(h.Old)+" → "+d.value(h.New))
		}
		d.row(shares, when, who, why(strings.Join(lines, "\n"), e.Reason))
	}
}

func why(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + "\n" + say("export.pdf.reason", reason)
}
