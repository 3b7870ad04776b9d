package xlsform

import (
	"strconv"
	"strings"

	"casebook/odm"
	"casebook/odm/grid"
)

// listOID is the OID of a list of choices: questions, groups and lists may share a name there.
func listOID(name string) string { return "CL." + name }

// listNamed returns the list of a name, which need not be there yet.
func (rd *reader) listNamed(name string) *list {
	l := rd.lists[name]
	if l == nil {
		l = &list{CodeList: odm.CodeList{OID: listOID(name), Name: name, DataType: "text"}, seen: map[string]bool{}}
		rd.lists[name], rd.listNames[l.OID] = l, name
		rd.inOrder = append(rd.inOrder, l)
	}
	return l
}

// weightColumns are the columns of somebody's own that say what a choice counts in a score.
var weightColumns = map[string]bool{"weight": true, "score": true, "points": true}

// choice reads a row of the choices.
func (rd *reader) choice(r *grid.Row) error {
	name, code := rd.cell(r, "list_name"), rd.cell(r, "name")
	at := max(rd.column("name"), 0)
	if name == "" || code == "" {
		rd.losses.Add(r, at, false, "loss.choice_nameless")
		return nil
	}
	l := rd.listNamed(name)
	if l.seen[code] {
		rd.losses.Add(r, at, false, "loss.choice_of_list_twice", grid.Short(code), grid.Short(name))
		return nil
	}
	l.seen[code] = true
	item := odm.CodeItem{Code: code, Decode: rd.text(r, "label")}
	if strings.ContainsAny(code, " \t\n") {
		rd.losses.Note(r, at, true, "loss.choice_blank")
	}
	weight := ""
	for i, c := range rd.columns {
		v := strings.TrimSpace(r.Cell(i))
		if !weightColumns[c.base] || v == "" || weight != "" {
			continue
		}
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			continue
		}
		weight, item.Weight = c.base, v
		if c.base != "weight" {
			keepAs(&item.Extra, "weight", c.base)
		}
	}
	rd.keep(r, &item.Extra, func(base string) bool {
		return base == "list_name" || base == "name" || base == "label" || base == weight
	})
	l.Items = append(l.Items, item)
	return nil
}
