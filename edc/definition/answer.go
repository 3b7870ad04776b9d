package definition

import (
	"cmp"
	"fmt"
	"strings"

	"casebook/edc/paper"
	"casebook/odm"
)

// Columns of an item on paper, in mm: the question, and where it is answered.
const (
	questionWidth = 68.0
	answerAt      = paper.Margin + questionWidth + 4
	answerWidth   = paper.Width - questionWidth - 4
	manyCodes     = 24 // more are named by their list
)

// option is one answer to tick.
type option struct{ text string }

// item draws one question with the room for its answer, and below it what is annotated.
func (d *crf) item(fi odm.FormItem) {
	it := fi.Item
	d.Style(9)
	question := cmp.Or(it.Question.In(d.Lang), it.Description.In(d.Lang), it.Name)
	if it.Prefix != "" {
		question = it.Prefix + " " + question
	}
	if fi.Ref.Mandatory {
		question += " *"
	}
	asked, w := d.Wrap(question, questionWidth), answerWidth
	if it.Note {
		asked, w = d.Wrap(question, paper.Width), 0
	}
	options := d.options(it)
	h := max(float64(len(asked))*d.LineHeight(), d.answered(it, options, w)) + 2.5
	d.room(h)
	top := d.Y
	d.Lines(paper.Margin, top+1, asked)
	if w > 0 {
		d.answer(fi, options, top+1)
	}
	d.Y = top + h
	if d.Annotated {
		d.annotate(paper.Margin+2, paper.Width-4, d.described(it))
		for _, line := range append(d.said("", it.OID), d.said(fi.Group.OID, it.OID)...) {
			d.annotate(paper.Margin+2, paper.Width-4, line)
		}
		d.Y += 1.5
	}
	d.SetDrawColor(225, 228, 233)
	d.Line(paper.Margin, d.Y, paper.Margin+paper.Width, d.Y)
	d.Y += 0.8
	d.Style(9)
}

// options are the answers that may be ticked; none where something is written.
func (d *crf) options(it *odm.Item) (all []option) {
	if list := d.index.CodeList(it.CodeList); list != nil && len(list.Items) > 0 {
		if len(list.Items) > manyCodes {
			return nil
		}
		for _, c := range list.Items {
			all = append(all, option{strings.TrimSpace(c.Prefix + " " + cmp.Or(c.Decode.In(d.Lang), c.Code))})
		}
		return all
	}
	if it.DataType == "boolean" {
		return []option{{d.words["yes"]}, {d.words["no"]}}
	}
	return nil
}

// rows lays options side by side where they fit.
func (d *crf) rows(options []option) (rows [][]option) {
	x := answerWidth
	for _, o := range options {
		w := d.GetStringWidth(o.text) + 9
		if x+w > answerWidth {
			rows, x = append(rows, nil), 0
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], o)
		x += w
	}
	return rows
}

// answered is how high the room for an answer is.
func (d *crf) answered(it *odm.Item, options []option, w float64) float64 {
	switch {
	case w == 0:
		return 0
	case len(options) > 0:
		h := 0.0
		for _, row := range d.rows(options) {
			h += float64(len(d.Wrap(row[0].text, answerWidth-6)))*d.LineHeight() + 1
		}
		return h
	case long(it):
		return 4 * 7
	}
	return 7
}

func long(it *odm.Item) bool {
	return (it.DataType == "text" || it.DataType == "string") && it.Length >= 200 && it.CodeList == ""
}

// answer draws where the answer goes.
func (d *crf) answer(fi odm.FormItem, options []option, y float64) {
	it := fi.Item
	if fi.Ref.Method != "" {
		d.SetTextColor(95, 100, 108)
		d.Lines(answerAt, y, []string{"(" + d.words["computed"] + ")"})
		return
	}
	if len(options) > 0 {
		for _, row := range d.rows(options) {
			x, lines := answerAt, d.Wrap(row[0].text, answerWidth-6)
			for _, o := range row {
				d.box(it.Multiple, x, y)
				if len(row) > 1 {
					lines = []string{o.text}
				}
				d.Lines(x+5, y, lines)
				x += d.GetStringWidth(o.text) + 9
			}
			y += float64(len(lines))*d.LineHeight() + 1
		}
		return
	}
	if long(it) {
		for i := range 4 {
			d.rule(answerAt, y+5+float64(i)*7, answerAt+answerWidth)
		}
		return
	}
	d.blank(it, y)
}

// box is what is ticked: square where several may be, round where one is.
func (d *crf) box(several bool, x, y float64) {
	d.SetDrawColor(60, 66, 74)
	if several {
		d.Rect(x, y+0.3, 3, 3, "D")
		return
	}
	d.Circle(x+1.5, y+1.8, 1.5, "D")
}

// blank is a line to write on, with the shape that is wanted and the unit.
func (d *crf) blank(it *odm.Item, y float64) {
	w, shape := answerWidth, ""
	switch t := string(it.DataType); {
	case strings.HasSuffix(strings.ToLower(t), "datetime"):
		w, shape = 50, d.words["year"]+"   "+d.words["time"]
	case strings.HasSuffix(strings.ToLower(t), "date"):
		w, shape = 36, d.words["year"]
	case strings.HasSuffix(strings.ToLower(t), "time"):
		w, shape = 26, d.words["time"]
	case t == "integer" || t == "float" || t == "double":
		w = max(18, min(48, float64(it.Length+it.Digits)*6))
	}
	d.rule(answerAt, y+5, answerAt+w)
	if shape != "" {
		d.Style(7)
		d.SetTextColor(120, 126, 134)
		d.Lines(answerAt+w+3, y+1.2, []string{shape})
		d.Style(9)
	}
	if len(it.Units) > 0 {
		if u := d.index.Unit(it.Units[0]); u != nil {
			d.Lines(answerAt+w+2, y+1, []string{cmp.Or(u.Symbol.In(d.Lang), u.Name)})
		}
	}
}

// described is an item for who maps data: OID, type, codes.
func (d *crf) described(it *odm.Item) string {
	text := fmt.Sprintf("[%s] %s", it.OID, it.DataType)
	if it.Length > 0 {
		text += fmt.Sprintf(" %d", it.Length)
	}
	if it.HasDigits {
		text += fmt.Sprintf(".%d", it.Digits)
	}
	if it.SASName != "" {
		text += " SAS " + it.SASName
	}
	list := d.index.CodeList(it.CodeList)
	if list == nil {
		return text
	}
	text += "  " + list.OID + ": "
	if list.External != nil {
		return text + strings.TrimSpace(list.External.Dictionary+" "+list.External.Version)
	}
	var codes []string
	for _, c := range list.Items {
		code := c.Code + " = " + cmp.Or(c.Decode.In(d.Lang), c.Code)
		if c.Weight != "" {
			code += " (" + c.Weight + ")"
		}
		codes = append(codes, code)
	}
	return text + strings.Join(codes, ", ")
}
