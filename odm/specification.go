package odm

import (
	"fmt"
	"io"
	"strings"
)

// Place is where one rule of a version stands, and its source: e.g. "ItemDef[I.1]/RangeCheck[1]", "ConditionDef[C.1]".
type Place struct{ Path, Code string }

// headings are the words of the specification, by language.
var headings = map[string]map[string]string{
	"en": {"title": "Edit-check specification", "study": "Study", "version": "Version", "hash": "Content hash", "form": "Form", "item": "Item", "question": "Question",
		"rule": "Rule", "kind": "Kind", "message": "Message", "runs": "Runs", "yes": "yes", "hard": "hard", "soft": "soft", "checks": "Checks",
		"skips": "Skip logic", "hides": "Hides", "while": "While", "computed": "Computed items", "method": "Method", "mandatory": "Mandatory while",
		"none": "There is no rule of this kind.", "type": "Type", "group": "Group", "total": "Rules", "notrun": "of which do not run"},
	"zh-CN": {"title": "逻辑核查说明", "study": "研究", "version": "版本", "hash": "内容散列", "form": "表单", "item": "条目", "question": "问题",
		"rule": "规则", "kind": "类别", "message": "提示", "runs": "执行", "yes": "是", "hard": "强制", "soft": "提示", "checks": "核查",
		"skips": "跳转逻辑", "hides": "隐藏", "while": "条件", "computed": "计算条目", "method": "方法", "mandatory": "必填条件",
		"none": "没有此类规则。", "type": "类型", "group": "条目组", "total": "规则数", "notrun": "其中不执行"},
}

// Specification writes the rules of a version for people, as Markdown: the checks of each form in the order of its
// questions, what hides and what computes. idle names the rules that do not run, and why. Equal versions give equal
// text.
func Specification(w io.Writer, s *Study, v *Version, lang string, idle map[Place]string) error {
	words := headings[lang]
	if words == nil {
		words = headings["en"]
	}
	p := specification{v: v, index: v.Index(), lang: lang, words: words, idle: idle}
	for i := range v.Forms {
		p.form(&v.Forms[i])
	}
	p.references()
	var head strings.Builder
	fmt.Fprintf(&head, "# %s\n\n- %s: %s (%s)\n- %s: %s (%s)\n- %s: `%s`\n- %s: %d, %s: %d\n", words["title"], words["study"], cell(s.Name), cell(s.OID),
		words["version"], cell(v.Name), cell(v.OID), words["hash"], v.Hash(), words["total"], p.rules, words["notrun"], p.kept)
	_, err := io.WriteString(w, head.String()+p.out.String())
	return err
}

type specification struct {
	v           *Version
	index       *Index
	lang        string
	words       map[string]string
	idle        map[Place]string
	out         strings.Builder
	rules, kept int
}

func (p *specification) table(title string, columns []string, rows [][]string) {
	fmt.Fprintf(&p.out, "\n%s\n\n", title)
	if len(rows) == 0 {
		fmt.Fprintf(&p.out, "%s\n", p.words["none"])
		return
	}
	for i, c := range columns {
		columns[i] = p.words[c]
	}
	fmt.Fprintf(&p.out, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		fmt.Fprintf(&p.out, "| %s |\n", strings.Join(row, " | "))
	}
}

// cell is text for one cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}

// code is a rule's source for one cell.
func code(e Expression) string {
	s := "`" + strings.ReplaceAll(cell(e.Code), "`", "'") + "`"
	if e.Context != "" && e.Context != "casebook" {
		s += " (" + cell(e.Context) + ")"
	}
	return s
}

// runs counts a rule and says whether it runs.
func (p *specification) runs(path, source string) string {
	p.rules++
	if why := p.idle[Place{path, source}]; why != "" {
		p.kept++
		return cell(why)
	}
	return p.words["yes"]
}

func (p *specification) form(f *Form) {
	var rows [][]string
	seen := map[string]bool{}
	for _, fi := range p.index.FormItems(f.OID) {
		if seen[fi.Item.OID] {
			continue
		}
		seen[fi.Item.OID] = true
		for i := range fi.Item.Checks {
			rows = append(rows, p.check(fi.Item, i)...)
		}
	}
	if len(rows) > 0 {
		p.table(fmt.Sprintf("## %s: %s (%s)", p.words["form"], cell(f.Name), cell(f.OID)), []string{"item", "question", "rule", "kind", "message", "runs"}, rows)
	}
}

func (p *specification) check(it *Item, i int) (rows [][]string) {
	c := &it.Checks[i]
	path := fmt.Sprintf("ItemDef[%s]/RangeCheck[%d]", it.OID, i+1)
	kind := p.words["soft"]
	if c.Hard {
		kind = p.words["hard"]
	}
	row := func(rule, runs string) {
		rows = append(rows, []string{cell(it.OID), cell(it.Question.In(p.lang)), rule, kind, cell(c.Message.In(p.lang)), runs})
	}
	if len(c.Expressions) == 0 {
		row(cell(c.Comparator+" "+strings.Join(c.Values, ", ")), p.runs(path, c.Comparator))
	}
	for _, e := range c.Expressions {
		row(code(e), p.runs(path, e.Code))
	}
	return rows
}

// references writes what conditions hide or demand, and what methods compute.
func (p *specification) references() {
	var hides, demands, computes [][]string
	walk := func(from string, refs []Ref) {
		for _, r := range refs {
			what := cell(from + " / " + r.OID)
			for _, rule := range p.condition(r.Hidden) {
				hides = append(hides, append([]string{what}, rule...))
			}
			for _, rule := range p.condition(r.MandatoryWhen) {
				demands = append(demands, append([]string{what}, rule...))
			}
			if m := p.index.Method(r.Method); m != nil {
				for _, e := range m.Expressions {
					computes = append(computes, []string{what, cell(m.OID), code(e), p.runs("MethodDef["+m.OID+"]", e.Code)})
				}
			}
		}
	}
	walk("", p.v.EventRefs)
	for i := range p.v.Events {
		walk(p.v.Events[i].OID, p.v.Events[i].Forms)
	}
	for i := range p.v.Forms {
		walk(p.v.Forms[i].OID, p.v.Forms[i].Groups)
	}
	for i := range p.v.Groups {
		walk(p.v.Groups[i].OID, p.v.Groups[i].Items)
	}
	p.table("## "+p.words["skips"], []string{"hides", "while", "runs"}, hides)
	if len(demands) > 0 {
		p.table("## "+p.words["mandatory"], []string{"item", "while", "runs"}, demands)
	}
	p.table("## "+p.words["computed"], []string{"item", "method", "rule", "runs"}, computes)
}

func (p *specification) condition(oid string) (rules [][]string) {
	c := p.index.Condition(oid)
	if oid == "" || c == nil {
		return nil
	}
	for _, e := range c.Expressions {
		rules = append(rules, []string{code(e), p.runs("ConditionDef["+oid+"]", e.Code)})
	}
	return rules
}
