package definition

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"casebook/edc/paper"
	"casebook/odm"
	"casebook/record"
)

// Print is how the forms of a version are put on paper.
type Print struct {
	Study     string // its name
	Purpose   string // "" for production; else it stands across every page: what is printed is no real study's
	Lang      string // en or zh-CN
	Annotated bool   // beside each item its OID, type, codes and rules
	Form      string // the OID of the only form; "" for all
	Number    int    // of the version, 0 before it is published
	At        time.Time
}

var crfWords = map[string]map[string]string{
	"en": {"blank": "Case report form", "annotated": "Annotated case report form", "version": "Version", "hash": "Content hash", "visits": "Visits and their forms", "form": "Form",
		"subject": "Subject", "site": "Site", "visit": "Visit", "done": "Completed by, date", "repeats": "repeats: copy as often as needed", "computed": "computed", "yes": "Yes", "no": "No",
		"year": "YYYY - MM - DD", "time": "hh : mm", "codes": "one of", "idle": "does not run", "hidden": "hidden while", "demanded": "mandatory while", "gives": "computed by", "page": "page %d",
		"TRAINING": "TRAINING", "UAT": "UAT"},
	"zh-CN": {"blank": "病例报告表", "annotated": "注释病例报告表", "version": "版本", "hash": "内容散列", "visits": "访视与表单", "form": "表单",
		"subject": "受试者", "site": "中心", "visit": "访视", "done": "填写人，日期", "repeats": "可重复：按需复印", "computed": "自动计算", "yes": "是", "no": "否",
		"year": "年 - 月 - 日", "time": "时 : 分", "codes": "选项", "idle": "不执行", "hidden": "隐藏条件", "demanded": "必填条件", "gives": "计算", "page": "第 %d 页", "TRAINING": "培训", "UAT": "验收测试"},
}

// crf draws the forms of one version.
type crf struct {
	*paper.Paper
	Print
	v     *odm.Version
	index *odm.Index
	words map[string]string
	rules map[string][]Rule // by what they stand at
}

// CRF writes the forms of a version as PDF, blank or annotated, each form once. Equal versions give equal bytes.
func CRF(w io.Writer, v *odm.Version, how Print) error {
	p, err := paper.New()
	if err != nil {
		return err
	}
	words := crfWords[how.Lang]
	if words == nil {
		words = crfWords["en"]
	}
	d := &crf{Paper: p, Print: how, v: v, index: v.Index(), words: words, rules: map[string][]Rule{}}
	if how.Annotated {
		for _, r := range Rules(v, texts) {
			for _, s := range r.Stands {
				at := s.In + "/" + s.OID
				d.rules[at] = append(d.rules[at], r)
			}
		}
	}
	d.SetCreationDate(how.At)
	d.SetModificationDate(how.At)
	d.SetTitle(how.Study+" "+d.title(), true)
	d.SetHeaderFunc(d.head)
	d.SetFooterFunc(d.foot)
	if how.Form == "" {
		d.cover()
	}
	for i := range v.Forms {
		if f := &v.Forms[i]; how.Form == "" || how.Form == f.OID {
			d.form(f)
		}
	}
	return d.Output(w)
}

func (d *crf) title() string {
	if d.Annotated {
		return d.words["annotated"]
	}
	return d.words["blank"]
}

// head stands at the top of every page; what is not for real patients says so across the page.
func (d *crf) head() {
	d.Style(8)
	d.SetTextColor(95, 100, 108)
	d.Text(paper.Margin, 10, d.Study+"  "+d.title())
	mark := fmt.Sprintf("%s %s", d.words["version"], cmp.Or(map[bool]string{true: fmt.Sprint(d.Number)}[d.Number > 0], d.v.OID))
	if d.Purpose != "" {
		mark = cmp.Or(d.words[d.Purpose], d.Purpose) + "  " + mark
	}
	d.Text(paper.PageWidth-paper.Margin-d.GetStringWidth(mark), 10, mark)
	d.SetDrawColor(205, 210, 216)
	d.Line(paper.Margin, 12, paper.PageWidth-paper.Margin, 12)
	if d.Purpose != "" {
		d.Style(64)
		d.SetTextColor(243, 226, 196)
		word := cmp.Or(d.words[d.Purpose], d.Purpose)
		d.TransformBegin()
		d.TransformRotate(52, paper.PageWidth/2, 150)
		d.Text(paper.PageWidth/2-d.GetStringWidth(word)/2, 160, word)
		d.TransformEnd()
	}
	d.Style(9)
	d.Y = paper.Margin
}

func (d *crf) foot() {
	d.Style(7)
	d.SetTextColor(95, 100, 108)
	d.Text(paper.Margin, 289, d.v.OID+"  "+d.v.Hash()[:16])
	page := fmt.Sprintf(d.words["page"], d.PageNo())
	d.Text(paper.PageWidth-paper.Margin-d.GetStringWidth(page), 289, page)
}

// room begins another page unless h mm are left on this one.
func (d *crf) room(h float64) {
	if d.Y+h > paper.End {
		size := d.Size
		d.AddPage()
		d.Style(size)
	}
}

// cover says what this is, and which forms are filled in at which visit.
func (d *crf) cover() {
	d.AddPage()
	d.Y = 40
	d.Style(22)
	d.Strong(paper.Margin, d.Y, d.title())
	d.Y += 14
	d.Style(11)
	for _, line := range []string{d.Study, fmt.Sprintf("%s: %s (%s)", d.words["version"], d.v.Name, d.v.OID), d.words["hash"] + ": " + d.v.Hash(), d.At.UTC().Format("2006-01-02 15:04 UTC"), d.words[d.Purpose]} {
		if line != "" {
			d.Paragraph(line)
			d.Y += 1
		}
	}
	d.Y += 6
	d.Style(12)
	d.Strong(paper.Margin, d.Y, d.words["visits"])
	d.Y += 8
	for _, r := range d.index.Schedule() {
		e := d.index.Event(r.OID)
		if e == nil {
			continue
		}
		var names []string
		for _, f := range odm.Ordered(e.Forms) {
			if def := d.index.Form(f.OID); def != nil {
				names = append(names, d.name(def.Description, def.Name))
			}
		}
		d.Style(9)
		lines := d.Wrap(strings.Join(names, " · "), paper.Width-52)
		d.room(float64(len(lines))*d.LineHeight() + 3)
		d.Strong(paper.Margin, d.Y, d.name(e.Description, e.Name))
		d.Y = d.Lines(paper.Margin+52, d.Y, lines) + 2
	}
}

func (d *crf) name(text odm.Text, name string) string { return cmp.Or(text.In(d.Lang), name) }

func (d *crf) form(f *odm.Form) {
	d.AddPage()
	name := d.name(f.Description, f.Name)
	d.Bookmark(name, 0, 0)
	d.Style(15)
	d.Strong(paper.Margin, d.Y, name)
	if d.Annotated {
		d.note(paper.Margin+d.GetStringWidth(name)+5, d.Y+1.5, "["+f.OID+"]")
	}
	d.Y += 10
	d.Style(8)
	x := paper.Margin
	for _, what := range []string{"subject", "site", "visit", "done"} {
		w := paper.Width / 4
		d.Text(x, d.Y+3, d.words[what])
		from := x + d.GetStringWidth(d.words[what]) + 2
		d.rule(from, d.Y+4, x+w-4)
		x += w
	}
	d.Y += 9
	if d.Annotated {
		d.standing("", f.OID)
		for i := range d.v.Events {
			d.standing(d.v.Events[i].OID, f.OID)
		}
	}
	group := ""
	for _, fi := range d.index.FormItems(f.OID) {
		if fi.Group.OID != group {
			group = fi.Group.OID
			d.group(f, fi)
		}
		d.item(fi)
	}
}

func (d *crf) rule(from, y, to float64) {
	d.SetDrawColor(120, 126, 134)
	d.Line(from, y, to, y)
}

// note writes an annotation, in blue.
func (d *crf) note(x, y float64, text string) {
	size := d.Size
	d.Style(7)
	d.SetTextColor(36, 72, 160)
	d.Lines(x, y, []string{text})
	d.Style(size)
}

// standing writes the conditions that stand at a thing, over the whole paper.Width.
func (d *crf) standing(in, oid string) {
	for _, line := range d.said(in, oid) {
		d.annotate(paper.Margin, paper.Width, line)
	}
}

// annotate writes a note of several lines further down.
func (d *crf) annotate(x, w float64, text string) {
	d.Style(7)
	lines := d.Wrap(text, w)
	d.room(float64(len(lines)) * d.LineHeight())
	d.SetTextColor(36, 72, 160)
	d.Y = d.Lines(x, d.Y, lines)
}

// said are the rules at a thing, each as one sentence.
func (d *crf) said(in, oid string) (lines []string) {
	for _, r := range d.rules[in+"/"+oid] {
		as := r.ID
		for _, s := range r.Stands {
			if s.In == in && s.OID == oid {
				as = map[string]string{Hides: d.words["hidden"] + " " + r.ID, Demands: d.words["demanded"] + " " + r.ID, Gives: d.words["gives"] + " " + r.ID}[s.As]
				break
			}
		}
		source := r.Source
		if source == "" && len(r.Written) > 0 {
			source = r.Written[0].Code
		}
		line := cmp.Or(as, r.ID) + ": " + strings.Join(strings.Fields(source), " ")
		if r.Source == "" {
			line += " (" + d.words["idle"] + ")"
		}
		if m := r.Message.In(d.Lang); m != "" && r.Kind == record.Checks {
			line += " — " + m
		}
		lines = append(lines, line)
	}
	return lines
}

func (d *crf) group(f *odm.Form, fi odm.FormItem) {
	d.room(24)
	d.Y += 2
	d.SetFillColor(234, 237, 242)
	d.Rect(paper.Margin, d.Y, paper.Width, 7, "F")
	d.Style(10)
	name := d.name(fi.Group.Description, fi.Group.Name)
	d.Strong(paper.Margin+2, d.Y+1.2, name)
	x := paper.Margin + 6 + d.GetStringWidth(name)
	d.Style(8)
	if fi.Group.Repeating {
		d.Lines(x, d.Y+1.8, []string{"(" + d.words["repeats"] + ")"})
		x += d.GetStringWidth(d.words["repeats"]) + 8
	}
	if d.Annotated {
		d.note(x, d.Y+2, strings.TrimSpace("["+fi.Group.OID+"] "+fi.Group.Domain))
	}
	d.Y += 9
	d.standing(f.OID, fi.Group.OID)
}
