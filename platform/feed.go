package platform

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/ledger"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The feed's bounds.
const (
	feedBatch  = 1000             // entries read at once, and the most in one JSON answer
	feedWait   = 25 * time.Second // the longest that an answer waits for something to say
	streamTime = 15 * time.Minute // then a stream ends, and the reader comes back with its cursor
	heartbeat  = 15 * time.Second // between two lines of a silent stream
	askAgain   = time.Second      // between two looks at whether the reader may still read
	writeTime  = 10 * time.Second // for what is written to reach the reader
)

// Change is one entry of a study's ledger as the feed tells it. Old and New are what the entry's verb says they are.
type Change struct {
	Cursor   string             `json:"cursor"` // where to go on after this one
	Index    int64              `json:"index"`
	ID       string             `json:"id"`
	What     string             `json:"what"`
	Site     casebook.SiteID    `json:"site,omitzero"`
	Subject  casebook.SubjectID `json:"subject,omitzero"`
	Ref      string             `json:"ref,omitzero"`
	Old      jsontext.Value     `json:"old,omitzero"`
	New      jsontext.Value     `json:"new,omitzero"`
	Reason   string             `json:"reason,omitzero"`
	Actor    casebook.UserID    `json:"actor"`
	Role     string             `json:"role"`
	Location string             `json:"location,omitzero"`
	At       time.Time          `json:"at"`
	DeviceAt time.Time          `json:"deviceAt,omitzero"`
	Release  int64              `json:"release"`
	Trace    string             `json:"trace,omitzero"`
}

// change is an entry as the reader may see it.
func (f *reader) change(e *ledger.Entry) Change {
	return Change{cursor(e.Study, e.Index+1), e.Index, e.ID, e.What, e.Site, e.Subject, e.Ref, f.seen(e.Old), f.seen(e.New), e.Reason,
		e.Actor, e.Role, e.Location, e.At, e.DeviceAt, e.Release, e.Trace}
}

// seen is a body as JSON without what is withheld from the reader. One that names such an item and is no JSON is withheld whole.
func (f *reader) seen(body string) jsontext.Value {
	v := raw(body)
	if len(f.withheld) == 0 || v == nil {
		return v
	}
	kept, err := redacted(f.withheld, v)
	if err != nil {
		return nil
	}
	return kept
}

// raw is a body as JSON: as it stands, or as a text when it is none.
func raw(body string) jsontext.Value {
	v := jsontext.Value(body)
	switch {
	case body == "":
		return nil
	case v.IsValid():
		return v
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	return text
}

// cursor names the next entry of a study's order. It is for the caller to keep, not to read.
func cursor(study casebook.StudyID, next int64) string {
	return string(study) + ":" + strconv.FormatInt(next, 10)
}

func parseCursor(text string, study casebook.StudyID) (int64, error) {
	if text == "" {
		return 0, nil
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return 0, casebook.Fail(casebook.Invalid, "platform.cursor", text).At("after")
	}
	n, err := strconv.ParseInt(text[i+1:], 10, 64)
	switch {
	case text[:i] != string(study):
		return 0, casebook.Fail(casebook.Invalid, "platform.cursor_study", text).At("after")
	case err != nil || n < 0:
		return 0, casebook.Fail(casebook.Invalid, "platform.cursor", text).At("after")
	}
	return n, nil
}

// reader is one reading of the feed: where it is, and what it may see.
type reader struct {
	s     *Service
	study casebook.StudyID
	next  int64
	all   bool
	sites []casebook.SiteID

	withheld map[string]bool // the items whose values it may not see
}

// sees reports whether the reader may see an entry: those of its sites, and those of none when it sees all.
func (f *reader) sees(e *ledger.Entry) bool {
	return f.all || e.Site != "" && slices.Contains(f.sites, e.Site)
}

// read calls fn with the entries from where the reader is that it may see, and moves on. more says that there may be others.
func (f *reader) read(ctx context.Context, limit int, fn func(*ledger.Entry) error) (more bool, err error) {
	was := f.next
	err = f.s.db.View(ctx, func(tx *store.Tx) (err error) {
		f.next, err = ledger.Each(ctx, tx, f.study, f.next, limit, func(e *ledger.Entry) error {
			if !f.sees(e) {
				return nil
			}
			return fn(e)
		})
		return err
	})
	return f.next-was == int64(limit), err // the order has no gaps
}

// open reads what a request asks for.
func (s *Service) open(r *http.Request) (f *reader, limit int, wait time.Duration, err error) {
	study, q := casebook.StudyID(r.PathValue("study")), r.URL.Query()
	f = &reader{s: s, study: study}
	f.all, f.sites = auth.From(r.Context()).Sites(auth.AuditRead, study)
	if f.withheld, err = s.withheld(r.Context(), auth.From(r.Context())); err != nil {
		return nil, 0, 0, err
	}
	after := q.Get("after")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		after = last
	}
	if f.next, err = parseCursor(after, study); err != nil {
		return nil, 0, 0, err
	}
	limit = feedBatch
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > feedBatch {
			return nil, 0, 0, casebook.Fail(casebook.Invalid, "platform.limit", text, feedBatch).At("limit")
		}
	}
	if text := q.Get("wait"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 || time.Duration(seconds)*time.Second > feedWait {
			return nil, 0, 0, casebook.Fail(casebook.Invalid, "platform.wait", text, int(feedWait/time.Second)).At("wait")
		}
		wait = time.Duration(seconds) * time.Second
	}
	return f, limit, wait, nil
}

// changes answers the feed in the form that the caller asks for: one answer, lines, or events.
func (s *Service) changes(w http.ResponseWriter, r *http.Request) error {
	f, limit, wait, err := s.open(r)
	if err != nil {
		return err
	}
	switch accepted(r.Header.Get("Accept")) {
	case "text/event-stream":
		return s.stream(w, r, f, events)
	case "application/x-ndjson":
		return s.stream(w, r, f, lines(r.URL.Query().Has("wait")))
	}
	return f.answer(w, r, limit, wait)
}

// accepted is the first of the feed's forms that a caller names.
func accepted(header string) string {
	for part := range strings.SplitSeq(header, ",") {
		kind, _, err := mime.ParseMediaType(part)
		if err == nil && (kind == "text/event-stream" || kind == "application/x-ndjson" || kind == "application/json") {
			return kind
		}
	}
	return "application/json"
}

// answer waits up to wait for the first entry that the caller may see, and answers one page.
func (f *reader) answer(w http.ResponseWriter, r *http.Request, limit int, wait time.Duration) error {
	ctx := r.Context()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	page := []Change{}
	for {
		grown := f.s.ledger.Grown(f.study)
		more, err := f.read(ctx, limit, func(e *ledger.Entry) error {
			page = append(page, f.change(e))
			return nil
		})
		if err != nil {
			return err
		}
		if len(page) > 0 || !more && wait == 0 {
			break
		}
		if more {
			continue
		}
		select {
		case <-grown:
			continue
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		break
	}
	return web.JSON(w, http.StatusOK, map[string]any{"changes": page, "next": cursor(f.study, f.next)})
}

// form is how a stream writes.
type form struct {
	kind    string
	forever bool // go on waiting at the end
	write   func(b *bytes.Buffer, c *Change) error
	beat    func(b *bytes.Buffer, cursor string)
}

var events = form{"text/event-stream", true, func(b *bytes.Buffer, c *Change) error {
	b.WriteString("id: " + c.Cursor + "\nevent: change\ndata: ")
	err := c.put(b)
	b.WriteString("\n\n")
	return err
}, func(b *bytes.Buffer, cursor string) {
	b.WriteString("id: " + cursor + "\nevent: heartbeat\ndata: {}\n\n")
}}

// lines are one entry each; a line with a cursor only says that there was nothing for this reader up to there.
func lines(forever bool) form {
	return form{"application/x-ndjson", forever, func(b *bytes.Buffer, c *Change) error {
		err := c.put(b)
		b.WriteByte('\n')
		return err
	}, func(b *bytes.Buffer, cursor string) { b.WriteString(`{"cursor":` + strconv.Quote(cursor) + "}\n") }}
}

// stream writes entries as they come, until the reader goes, may no longer read, or the stream has lasted long enough.
func (s *Service) stream(w http.ResponseWriter, r *http.Request, f *reader, as form) error {
	ctx := r.Context()
	h := w.Header()
	h.Set("Content-Type", as.kind)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects answers would collect this one for ever
	control := http.NewResponseController(w)
	beat, end, again := time.NewTicker(heartbeat), time.NewTimer(streamTime), time.NewTicker(askAgain)
	defer beat.Stop()
	defer end.Stop()
	defer again.Stop()
	var b bytes.Buffer
	for silent := false; ; {
		grown := s.ledger.Grown(f.study)
		more, err := f.read(ctx, feedBatch, func(e *ledger.Entry) error {
			c := f.change(e)
			return as.write(&b, &c)
		})
		if err != nil {
			return err
		}
		if !more && !as.forever || silent || b.Len() == 0 && more {
			as.beat(&b, cursor(f.study, f.next))
		}
		if send(w, control, &b) != nil {
			return nil // the reader has gone
		}
		if !more && !as.forever {
			return nil
		}
		silent = false
		for !more {
			select {
			case <-ctx.Done():
				return nil
			case <-end.C:
				return nil
			case <-beat.C:
				silent, more = true, true
			case <-again.C:
				if s.o.Still != nil && s.o.Still(r) != nil {
					return nil
				}
			case <-grown:
				more = true
			}
		}
	}
}

// send writes what is in b and empties it, within writeTime.
func send(w http.ResponseWriter, control *http.ResponseController, b *bytes.Buffer) error {
	// A deadline in the past ends a write under way, whatever the clock says.
	stuck := time.AfterFunc(writeTime, func() { _ = control.SetWriteDeadline(time.Unix(1, 0)) })
	defer stuck.Stop()
	_, err := w.Write(b.Bytes())
	b.Reset()
	if err != nil {
		return err
	}
	return control.Flush()
}
