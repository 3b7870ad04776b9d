package acceptance

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// write writes what is proposed: tables first read, each with what its queries say.
func (p *proposer) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Proposed from the definition %s. What is expected here is what the definition does:\n# read it against the protocol before you rely on it.\n\ntoday %s\n",
		p.st.Version.OID, defaultToday)
	for _, at := range p.order {
		b.WriteByte('\n')
		for _, q := range at.queries {
			fmt.Fprintf(&b, "# %s, query %s: %s\n", q.Items[0], q.ID[strings.LastIndexByte(q.ID, '#')+1:], oneLine(q.Message.In(p.lang), q.Source))
		}
		where := written(at.step.Event) + " / " + written(at.step.Form)
		if at.item == "" {
			fmt.Fprintf(&b, "case %s\nin %s\n", oneLine(at.title, "unnamed"), where)
			expect := at.rows[0].expect
			for _, e := range at.with {
				own := func(x Expectation) bool { return x.Item == e.Item }
				fmt.Fprintf(&b, "  %s = %s", written(e.Item), quoted(e.Value))
				at.expects(&b, e.Item, slices.DeleteFunc(slices.Clone(expect), func(x Expectation) bool { return !own(x) }))
				expect = slices.DeleteFunc(expect, own)
			}
			for len(expect) > 0 {
				item := expect[0].Item
				fmt.Fprintf(&b, "  %s", written(item))
				at.expects(&b, item, slices.DeleteFunc(slices.Clone(expect), func(x Expectation) bool { return x.Item != item }))
				expect = slices.DeleteFunc(expect, func(x Expectation) bool { return x.Item == item })
			}
			continue
		}
		fmt.Fprintf(&b, "values of %s in %s\n", written(at.item), where)
		for _, e := range at.with {
			fmt.Fprintf(&b, "with %s = %s\n", written(e.Item), quoted(e.Value))
		}
		slices.SortStableFunc(at.rows, func(x, y row) int { return numeric(x.value, y.value) })
		for _, r := range at.rows {
			fmt.Fprintf(&b, "  %s", quoted(r.value))
			at.expects(&b, at.item, r.expect)
		}
	}
	if len(p.left) > 0 {
		b.WriteString("\n# Rules for which nothing is proposed: they read other forms, visits or repeats, or always come to one outcome.\n")
		for _, r := range p.left {
			fmt.Fprintf(&b, "#   %s %s: %s\n", r.Kind, r.ID, oneLine(r.Source, ""))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// expects writes what is expected on the line of an item.
func (at *proposed) expects(b *strings.Builder, item string, all []Expectation) {
	for i, x := range all {
		b.WriteString([]string{" -> ", ", "}[min(i, 1)])
		if x.Item != item {
			b.WriteString(written(x.Item) + " ")
		}
		b.WriteString(x.said())
	}
	b.WriteByte('\n')
}

// said is the word with its value.
func (e Expectation) said() string {
	if e.Word == Query || e.Word == Is {
		return string(e.Word) + " " + quoted(e.Value)
	}
	return string(e.Word)
}

func oneLine(s, instead string) string {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return instead
	}
	return s
}

// written is an OID as a case writes it: in quotation marks where it would be read otherwise.
func written(oid string) string {
	_, isWord := words[Word(oid)]
	if oid == "" || isWord || strings.ContainsAny(oid, " \t\"[]/,=#()") {
		return strconv.Quote(oid)
	}
	return oid
}

// quoted is a value as a case writes it.
func quoted(value string) string {
	if value == "" || strings.TrimSpace(value) != value || strings.ContainsAny(value, "\"\n\r\t(,#") || strings.Contains(value, "->") {
		return strconv.Quote(value)
	}
	return value
}
