package record

import (
	"strings"

	"casebook"
	"casebook/odm"
)

// Scope is a part of a study that is frozen, locked or signed as one: the study, a casebook, a visit, a form, an item.
// It is written as a path of two, four or seven parts; "" is the whole casebook, and with no Subject the whole study.
type Scope struct {
	Study   casebook.StudyID
	Subject casebook.SubjectID
	Path    string // "", event/repeat, event/repeat/form/repeat, or that with /group/repeat/item
}

// ItemPath is the path of one item of the form k.
func (k Key) ItemPath(group, repeat, item string) string {
	return k.Ref() + "/" + escapeRef.Replace(group) + "/" + escapeRef.Replace(repeat) + "/" + escapeRef.Replace(item)
}

// Level names what kind of part it is.
func (s Scope) Level() string {
	switch n := strings.Count(s.Path, "/"); {
	case s.Subject == "":
		return "study"
	case s.Path == "":
		return "casebook"
	case n == 1:
		return "visit"
	case n == 3:
		return "form"
	}
	return "item"
}

// covers reports whether the part at path lies in s, or is s.
func (s Scope) covers(subject casebook.SubjectID, path string) bool {
	switch {
	case s.Subject == "":
		return true
	case s.Subject != subject:
		return false
	}
	return s.Path == "" || s.Path == path || strings.HasPrefix(path, s.Path) && path[len(s.Path)] == '/'
}

// Parts are what the path names: event, repeat, form, repeat, group, repeat, item, as far as it goes.
func (s Scope) Parts() []string {
	parts := strings.Split(s.Path, "/")
	for i, p := range parts {
		parts[i] = unescapeRef.Replace(p)
	}
	return parts
}

// check refuses a path that names nothing in the study's definition.
func (s Scope) check(st *Study) error {
	unknown := casebook.Fail(casebook.NotFound, "record.scope_unknown", s.Path).At("scope")
	parts := s.Parts()
	if s.Subject == "" && s.Path != "" {
		return unknown
	}
	if s.Path == "" {
		return nil
	}
	ev := st.events[parts[0]]
	switch {
	case len(parts) != 2 && len(parts) != 4 && len(parts) != 7:
		return unknown
	case ev == nil || !fitRepeat(parts[1]) || !ev.Repeating && parts[1] != "1":
		return unknown
	case len(parts) == 2:
		return nil
	}
	f := st.forms[parts[2]]
	if f == nil {
		return unknown
	}
	if err := st.placed(Key{s.Study, s.Subject, parts[0], parts[1], parts[2], parts[3]}, f); err != nil {
		return err
	}
	if len(parts) == 7 {
		if _, ok := f.slots[[2]string{parts[4], parts[6]}]; !ok || !fitRepeat(parts[5]) {
			return unknown
		}
	}
	return nil
}

// Title names the scope for people, in the languages that the definition has: the visit and the form.
func (s Scope) Title(st *Study) odm.Text {
	parts := strings.Split(s.Path, "/")
	var t, name odm.Text
	if ev := st.events[unescapeRef.Replace(parts[0])]; ev != nil && s.Path != "" {
		t, name = ev.Description, odm.Text{"": ev.Name}
	}
	if len(parts) >= 4 {
		if f := st.forms[unescapeRef.Replace(parts[2])]; f != nil {
			t, name = f.def.Description, odm.Text{"": f.def.Name}
		}
	}
	if len(t) > 0 {
		return t
	}
	return name
}
