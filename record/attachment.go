package record

import (
	"context"
	"slices"
	"time"

	"casebook"
	"casebook/ledger"

	"github.com/go-json-experiment/json"
)

// The verbs of files that stand at a form. Package site/document keeps their bytes, and its rows change with Enclose. Ref:
// subject and Key.Ref with a slash between them; Old, New: Attachments, all that the form has.
const (
	FileAttached = "record.file.attached"
	FileDetached = "record.file.detached" // made inactive, with the reason
)

// Attachments are the files that stand at one form, oldest first. None is ever removed.
type Attachments struct {
	Subject casebook.SubjectID `json:"subject"`
	Ref     string             `json:"ref"` // of the form: Key.Ref
	Files   []Attached         `json:"files"`
}

// Attached is one scan or image, of the form or of an item of it.
type Attached struct {
	Name   string          `json:"name"`
	Media  string          `json:"media"` // found in the bytes
	Size   int64           `json:"size"`
	Hash   string          `json:"hash"` // SHA-256 in hex
	Group  string          `json:"group,omitempty"`
	Repeat string          `json:"repeat,omitempty"`
	Item   string          `json:"item,omitempty"`
	Note   string          `json:"note,omitempty"`
	By     casebook.UserID `json:"by"`
	At     time.Time       `json:"at"`
	Off    *Detached       `json:"off,omitempty"`
}

// Detached says who made a file inactive, when and why.
type Detached struct {
	By     casebook.UserID `json:"by"`
	At     time.Time       `json:"at"`
	Reason string          `json:"reason"`
}

// Enclosure is what a form's row, and with it every signature over the form, knows of a file that stands there.
type Enclosure struct {
	Group  string `json:"g,omitempty"`
	Repeat string `json:"r,omitempty"`
	Item   string `json:"i,omitempty"` // "" of a file of the form as a whole
	Hash   string `json:"h"`           // SHA-256 in hex
}

func (e Enclosure) at() place { return place{e.Group, e.Repeat, e.Item} }

func (a *Attached) enclosure() Enclosure { return Enclosure{a.Group, a.Repeat, a.Item, a.Hash} }

// named is the file's place with a name, or none, as what stands there.
func (a *Attached) named(name string) Value {
	return Value{Group: a.Group, Repeat: a.Repeat, Item: a.Item, Value: name}
}

// Last is the file that came last; the zero value when there is none.
func (a *Attachments) Last() (last Attached) {
	if n := len(a.Files); n > 0 {
		last = a.Files[n-1]
	}
	return last
}

// standing are the files that are not inactive.
func (a *Attachments) standing() (all []Attached) {
	for _, f := range a.Files {
		if f.Off == nil {
			all = append(all, f)
		}
	}
	return all
}

func (a *Attachments) enclosed() (all []Enclosure) {
	for _, f := range a.standing() {
		all = append(all, f.enclosure())
	}
	return all
}

// enclose puts other files at the form, and returns where they are not what they were.
func (f *Form) enclose(files []Enclosure) (changed []place) {
	for _, side := range [][2][]Enclosure{{f.Enclosed, files}, {files, f.Enclosed}} {
		for _, e := range side[0] {
			if !slices.Contains(side[1], e) {
				changed = append(changed, e.at())
			}
		}
	}
	f.Enclosed = files
	return changed
}

// Enclose tells the form k which files stand at it from now on, in the write that records FileAttached or FileDetached, and
// voids the signatures over it: a file is content as values are. The caller holds the subject, and the form has values.
func Enclose(ctx context.Context, w *ledger.Writer, k Key, a Attachments) error {
	f, err := load(ctx, w.Tx, k)
	if err != nil {
		return err
	}
	changed := f.enclose(a.enclosed())
	n, err := w.Exec(ctx, `UPDATE record_form SET doc = $1 WHERE study_id = $2 AND subject_id = $3 AND event_oid = $4 AND event_repeat = $5 AND form_oid = $6 AND form_repeat = $7 AND version = $8`,
		f.encode(), k.Study, k.Subject, k.Event, k.EventRepeat, k.Form, k.FormRepeat, f.Version)
	if err == nil && n == 0 {
		err = errRaced
	}
	if err != nil {
		return err
	}
	f.UpdatedAt = w.Now
	return voidChanged(ctx, w, f, changed)
}

// enclosed takes in what an entry says of the files at a form.
func (f *Fold) enclosed(e *ledger.Entry) error {
	var a Attachments
	if err := json.Unmarshal([]byte(e.New), &a); err != nil {
		return err
	}
	key, _ := ParseRef(f.study, e.Subject, a.Ref)
	form := f.forms[key]
	if form == nil {
		f.found("ledger_entry", e.ID, "a file stands at a form that is not there: "+e.Ref)
		return nil
	}
	f.void(key, form.enclose(a.enclosed()), e)
	return nil
}

// exchanged are the files that an entry made stand, or not stand, with what it says of the form.
func exchanged(e ledger.Entry) (a Attachments, came, went []Attached, err error) {
	var before Attachments
	if err := json.Unmarshal([]byte(e.New), &a); err != nil {
		return a, nil, nil, err
	}
	if e.Old != "" {
		if err := json.Unmarshal([]byte(e.Old), &before); err != nil {
			return a, nil, nil, err
		}
	}
	without := func(all, other []Attached) []Attached {
		return slices.DeleteFunc(all, func(f Attached) bool {
			return slices.ContainsFunc(other, func(o Attached) bool { return o.enclosure() == f.enclosure() })
		})
	}
	return a, without(a.standing(), before.standing()), without(before.standing(), a.standing()), nil
}

// AttachmentsIn returns the files that stood at the forms of a casebook after its entries, which are oldest first: by form,
// in the order in which forms got their first.
func AttachmentsIn(entries []ledger.Entry) (all []Attachments, err error) {
	for i := range entries {
		e := &entries[i]
		if e.What != FileAttached && e.What != FileDetached {
			continue
		}
		var a Attachments
		if err := json.Unmarshal([]byte(e.New), &a); err != nil {
			return nil, err
		}
		if at := slices.IndexFunc(all, func(b Attachments) bool { return b.Ref == a.Ref }); at >= 0 {
			all[at] = a
		} else {
			all = append(all, a)
		}
	}
	return all, nil
}
