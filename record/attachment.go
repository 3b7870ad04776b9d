package record

import (
	"slices"
	"time"

	"casebook"
	"casebook/ledger"

	"github.com/go-json-experiment/json"
)

// The verbs of files that stand at a form. Package site/document keeps their bytes; an archive does not carry them. Ref:
// subject and Key.Ref with a slash between them; New: Attachments, all that the form has.
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
