// Package goods is what a site has received for a study beside its numbered kits, such as devices, samples and drugs without
// numbers, and where each of it went: received, used, returned, destroyed, every line signed by who did it. It refuses a line that
// leaves less than nothing, and a destruction that nobody else has confirmed counts as open.
package goods

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/site"
	"casebook/site/keep"
	"casebook/site/plan"

	"github.com/go-json-experiment/json"
)

// The verbs of this package in the ledger.
const (
	Added     = "goods.added"     // Ref: the item; New: the item
	Moved     = "goods.moved"     // Ref: the item/number of the line; New: the line
	Confirmed = "goods.confirmed" // Ref: the item/number of the line; New: the line with its second signature
)

const items = keep.Kind("goods") // by number

// Book is what these verbs say of the study office's records.
var Book = keep.Book{Kinds: map[string]keep.Kind{Added: items, Moved: items, Confirmed: items},
	Part: map[string]func(func(string) string, *ledger.Entry) (string, string, error){Moved: lined, Confirmed: lined}}

// Kinds are what an item may be.
var Kinds = []string{"drug", "device", "sample"}

// What happens to an item. Received adds to what is there and the others take from it; a correction says by how much a line was wrong.
const (
	Received  = "received" // of a sample: taken
	Used      = "used"     // dispensed, applied; of a sample: examined
	Returned  = "returned" // to the sponsor; of a sample: shipped
	Destroyed = "destroyed"
	Corrected = "corrected"
)

var whats = []string{Received, Used, Returned, Destroyed, Corrected}

// Item is something that a site has of a study, of one lot.
type Item struct {
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	Lot     string    `json:"lot,omitempty"` // lot or serial number
	Unit    string    `json:"unit"`
	Expires plan.Date `json:"expires,omitzero"`
	Lines   []Line    `json:"lines,omitempty"`
}

// Line is one movement of an item.
type Line struct {
	N         int                `json:"n"` // from 1
	What      string             `json:"what"`
	Quantity  int64              `json:"quantity"` // in units, above 0; a correction's may be below
	On        plan.Date          `json:"on"`
	Subject   casebook.SubjectID `json:"subject,omitempty"` // who used it
	Note      string             `json:"note,omitempty"`
	Signed    site.Signature     `json:"signed"`
	Confirmed *site.Signature    `json:"confirmed,omitempty"` // by another, who has seen it
}

// statement is what a line's signatures are over.
type statement struct {
	Item string `json:"item"`
	Line Line   `json:"line"`
}

func (l Line) statement(item string) statement {
	l.Signed, l.Confirmed = site.Signature{}, nil
	return statement{item, l}
}

// Sums are how much of an item came and went.
type Sums struct {
	Received  int64 `json:"received"`
	Used      int64 `json:"used"`
	Returned  int64 `json:"returned"`
	Destroyed int64 `json:"destroyed"`
	Corrected int64 `json:"corrected"`
	Balance   int64 `json:"balance"`
	Open      int   `json:"open"` // destructions that nobody has confirmed
}

// Sums adds the lines up.
func (i *Item) Sums() (s Sums) {
	for _, l := range i.Lines {
		switch l.What {
		case Received:
			s.Received += l.Quantity
		case Used:
			s.Used += l.Quantity
		case Returned:
			s.Returned += l.Quantity
		case Destroyed:
			s.Destroyed += l.Quantity
			if l.Confirmed == nil {
				s.Open++
			}
		case Corrected:
			s.Corrected += l.Quantity
		}
	}
	s.Balance = s.Received + s.Corrected - s.Used - s.Returned - s.Destroyed
	return s
}

// The most that an item holds.
const (
	maxLines    = 1000
	maxQuantity = 1_000_000_000
)

// Add adds an item to a site's register in the caller's write. Errors: Invalid goods.kind, site.text_*.
func Add(ctx context.Context, w *ledger.Writer, at casebook.SiteID, i Item) (k keep.Record[Item], err error) {
	if !slices.Contains(Kinds, i.Kind) {
		return k, casebook.Fail(casebook.Invalid, "goods.kind", i.Kind).At("kind")
	}
	if err := errors.Join(site.Fits("name", i.Name, true, 200), site.Fits("lot", i.Lot, false, 100), site.Fits("unit", i.Unit, true, 50)); err != nil {
		return k, err
	}
	i.Lines = nil
	n, err := keep.Number(ctx, w, items)
	if err != nil {
		return k, err
	}
	k = keep.Record[Item]{ID: fmt.Sprintf("G-%03d", n), Site: at, Version: 1, Doc: i}
	return k, keep.Put(ctx, w, keep.Change{Kind: items, ID: k.ID, Site: at, After: i, Entry: ledger.Entry{What: Added}})
}

// Move adds a line to an item in the caller's write, signed by the actor in ctx. seen is the version that they saw. Errors:
// Invalid goods.what, goods.quantity, goods.day, site.text_*; Unprocessable site.link_subject; Conflict goods.balance,
// goods.full; Stale site.changed.
func Move(ctx context.Context, w *ledger.Writer, k keep.Record[Item], seen int64, l Line, today plan.Date, printed string) (keep.Record[Item], error) {
	if err := l.check(today); err != nil {
		return k, err
	}
	if l.Subject != "" {
		s, err := patient.Find(ctx, w.Tx, w.Study, l.Subject)
		if casebook.KindOf(err) == casebook.NotFound && err != nil || err == nil && s.Site != k.Site {
			err = casebook.Fail(casebook.Unprocessable, "site.link_subject", l.Subject).At("subject")
		}
		if err != nil {
			return k, err
		}
	}
	if len(k.Doc.Lines) >= maxLines {
		return k, casebook.Fail(casebook.Conflict, "goods.full", maxLines).At("item")
	}
	l.N, l.Confirmed = len(k.Doc.Lines)+1, nil
	after := k.Doc
	after.Lines = append(slices.Clone(k.Doc.Lines), l)
	if sum := after.Sums(); sum.Balance < 0 {
		return k, casebook.Fail(casebook.Conflict, "goods.balance", k.Doc.Sums().Balance).At("quantity")
	}
	sig, err := site.Sign(ctx, w, l.What, l.statement(k.ID), printed)
	if err != nil {
		return k, err
	}
	after.Lines[l.N-1].Signed = sig
	return put(ctx, w, k, seen, after, l.N, ledger.Entry{What: Moved, Subject: l.Subject, Reason: l.Note})
}

func (l *Line) check(today plan.Date) error {
	switch {
	case !slices.Contains(whats, l.What):
		return casebook.Fail(casebook.Invalid, "goods.what", l.What).At("what")
	case l.Quantity == 0 || l.Quantity < 0 && l.What != Corrected || max(l.Quantity, -l.Quantity) > maxQuantity:
		return casebook.Fail(casebook.Invalid, "goods.quantity", maxQuantity).At("quantity")
	case l.On == 0 || l.On > today:
		return casebook.Fail(casebook.Invalid, "goods.day").At("on")
	}
	return site.Fits("note", l.Note, l.What == Corrected || l.What == Destroyed, 1000)
}

// Confirm signs a line for the actor in ctx, who has seen what it says, in the caller's write. Errors: NotFound
// goods.line_unknown; Conflict goods.confirmed; Forbidden site.four_eyes for who signed it; Stale site.changed.
func Confirm(ctx context.Context, w *ledger.Writer, k keep.Record[Item], seen int64, n int, printed string) (keep.Record[Item], error) {
	if n < 1 || n > len(k.Doc.Lines) {
		return k, casebook.Fail(casebook.NotFound, "goods.line_unknown").At("line")
	}
	after := k.Doc
	after.Lines = slices.Clone(k.Doc.Lines)
	l := &after.Lines[n-1]
	switch {
	case l.Confirmed != nil:
		return k, casebook.Fail(casebook.Conflict, "goods.confirmed").At("line")
	case l.Signed.Signer == casebook.ActorFrom(ctx).User:
		return k, casebook.Fail(casebook.Forbidden, "site.four_eyes").At("line")
	}
	sig, err := site.Sign(ctx, w, "confirmed", l.statement(k.ID), printed)
	if err != nil {
		return k, err
	}
	l.Confirmed = &sig
	return put(ctx, w, k, seen, after, n, ledger.Entry{What: Confirmed, Subject: l.Subject})
}

// put keeps an item of which one line has changed; the entry tells that line alone.
func put(ctx context.Context, w *ledger.Writer, k keep.Record[Item], seen int64, after Item, n int, e ledger.Entry) (keep.Record[Item], error) {
	line, err := keep.Canonical(after.Lines[n-1])
	if err != nil {
		return k, err
	}
	e.Ref, e.New = k.ID+"/"+strconv.Itoa(n), line
	if err := keep.Put(ctx, w, keep.Change{Kind: items, ID: k.ID, Site: k.Site, Seen: seen, Before: k.Doc, After: after, Entry: e}); err != nil {
		return k, err
	}
	k.Doc, k.Version = after, seen+1
	return k, nil
}

// lined is an item after an entry that tells one line of it.
func lined(doc func(id string) string, e *ledger.Entry) (id, after string, err error) {
	id = e.Ref[:max(strings.LastIndexByte(e.Ref, '/'), 0)]
	var i Item
	var l Line
	if err := errors.Join(json.Unmarshal([]byte(doc(id)), &i), json.Unmarshal([]byte(e.New), &l)); err != nil {
		return id, "", err
	}
	switch {
	case l.N == len(i.Lines)+1:
		i.Lines = append(i.Lines, l)
	case l.N >= 1 && l.N <= len(i.Lines):
		i.Lines[l.N-1] = l
	default:
		return id, "", errors.New("no such line")
	}
	after, err = keep.Canonical(i)
	return id, after, err
}
