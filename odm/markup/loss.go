package markup

import (
	"encoding/xml"
	"strings"

	"casebook/odm"
)

// losses collects the report's lines.
type losses struct {
	list  []odm.Loss
	times []int         // how often, of each of list
	tally map[alike]int // from what is told once to its place in list
	more  int           // beyond maxLosses
}

// Lose writes one line about n; code names the kind of loss (odm.Lost).
func (r *Reader) Lose(n *Node, kept bool, code string, args ...any) {
	r.losses.add(odm.Lost(n.Path(), n.Line, kept, code, args...))
}

// LoseAt writes a line about what was read before.
func (r *Reader) LoseAt(l odm.Loss) { r.losses.add(l) }

func (l *losses) add(loss odm.Loss) int {
	if len(l.list) >= maxLosses {
		l.more++
		return -1
	}
	l.list, l.times = append(l.list, loss), append(l.times, 1)
	return len(l.list) - 1
}

// alike is what one line stands for, however often it occurs.
type alike struct {
	parent string
	name   xml.Name
	code   string
}

// note writes one line for all that is alike: the first gives its place, the others are counted. It is about what n
// holds; name is the argument of its sentence.
func (r *Reader) Note(n *Node, name xml.Name, code string, kept bool) {
	l, key := &r.losses, alike{n.Name, name, code}
	if i, told := l.tally[key]; told {
		if i >= 0 {
			l.times[i]++
		}
		return
	}
	if len(l.tally) >= maxLosses {
		l.more++
		return
	}
	l.tally[key] = l.add(odm.Lost(n.Path(), r.line, kept, code, r.qualified(name)))
}

// qualified returns a name for a report, with the prefix that the file gives its namespace.
func (r *Reader) qualified(name xml.Name) string {
	if prefix := r.prefixes[name.Space]; prefix != "" && name.Space != r.grammar.Namespace {
		return Short(prefix + ":" + name.Local)
	}
	return Short(name.Local)
}

// Report returns the report of the whole file.
func (r *Reader) Report() *odm.Report {
	out := &odm.Report{Format: r.grammar.Format, Inventory: r.Found, Losses: r.losses.list}
	for i, n := range r.losses.times {
		out.Losses[i].Times(n)
	}
	if r.losses.more > 0 {
		out.Losses = append(out.Losses, odm.Lost("", r.line, false, "loss.more", r.losses.more))
	}
	return out
}

// Path returns the way from the study's child down to n, e.g. "MetaDataVersion[MDV.1]/ItemDef[I.1]".
func (n *Node) Path() string {
	var parts []string
	for ; n != nil; n = n.up {
		if len(parts) > 0 && (n.Name == "Study" || n.Name == "ODM") {
			break
		}
		parts = append(parts, n.step())
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
		if i > 0 {
			b.WriteByte('/')
		}
	}
	return b.String()
}

func (n *Node) step() string {
	id := n.lang()
	if id == "" && n.rule != nil && len(n.rule.attrs) > 0 && n.Name != "ODM" {
		id = n.Str(n.rule.attrs[0])
	}
	if id == "" {
		return n.Name
	}
	return n.Name + "[" + Short(id) + "]"
}
