package notice

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

const (
	maxReaders = 500
	pace       = 500 * time.Millisecond // between two looks, however much comes in
	heartbeat  = 15 * time.Second
	askAgain   = time.Second // between two looks at whether the reader may still read
	writeTime  = 10 * time.Second
	streamTime = 15 * time.Minute // then the browser comes back by itself
)

// hub counts those who look at a matrix, and ends their streams with Run.
type hub struct {
	mu      sync.Mutex
	readers int
	over    bool
	ended   chan struct{}
}

func newHub() *hub { return &hub{ended: make(chan struct{})} }

func (h *hub) enter() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over || h.readers >= maxReaders {
		return casebook.Fail(casebook.Busy, "notice.live_full")
	}
	h.readers++
	return nil
}

func (h *hub) leave() { h.mu.Lock(); h.readers--; h.mu.Unlock() }

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.over {
		h.over = true
		close(h.ended)
	}
}

// watcher is one stream about one notice.
type watcher struct {
	s      *Service
	study  casebook.StudyID
	id     string
	names  map[casebook.SiteID]odm.Text
	last   *Matrix
	w      http.ResponseWriter
	listen *http.ResponseController
}

// getLive streams a notice's matrix: first all of it, then the sites that have moved.
func (s *Service) getLive(w http.ResponseWriter, r *http.Request) error {
	names, err := s.siteNames(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	if _, err := s.Get(r.Context(), studyOf(r), r.PathValue("notice")); err != nil {
		return err
	}
	if err := s.live.enter(); err != nil {
		return err
	}
	defer s.live.leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects answers would collect this one for ever
	(&watcher{s: s, study: studyOf(r), id: r.PathValue("notice"), names: names, w: w, listen: http.NewResponseController(w)}).run(r)
	return nil
}

// run tells until the reader goes, may no longer read, Run ends, or the stream has lasted long enough.
func (x *watcher) run(r *http.Request) {
	beat, again, end := time.NewTicker(heartbeat), time.NewTicker(askAgain), time.NewTimer(streamTime)
	defer beat.Stop()
	defer again.Stop()
	defer end.Stop()
	calm := time.NewTimer(0)
	defer calm.Stop()
	var grown <-chan struct{}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-x.s.live.ended:
			return
		case <-end.C:
			return
		case <-again.C:
			if x.s.o.Still != nil && x.s.o.Still(r) != nil {
				return
			}
		case <-beat.C:
			if x.send("heartbeat", struct{}{}) != nil {
				return
			}
		case <-grown:
			grown = nil
			calm.Reset(pace)
		case <-calm.C:
			grown = x.s.ledger.Grown(x.study) // before the look, so that nothing falls between the two
			if x.tell(r) != nil {
				return
			}
		}
	}
}

// tell sends what has moved.
func (x *watcher) tell(r *http.Request) error {
	var m *Matrix
	err := x.s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		m, err = matrix(r.Context(), tx, x.study, x.id, x.names)
		return err
	})
	if err != nil {
		return err
	}
	moved := m.since(x.last)
	x.last = m
	if moved == nil {
		return nil
	}
	return x.send("matrix", moved)
}

// send writes one server-sent event (WHATWG HTML, 9.2), within writeTime.
func (x *watcher) send(event string, v any) error {
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", event, data)
	// A deadline in the past ends a write under way, whatever the clock says.
	stuck := time.AfterFunc(writeTime, func() { _ = x.listen.SetWriteDeadline(time.Unix(1, 0)) })
	defer stuck.Stop()
	if _, err := x.w.Write(b.Bytes()); err != nil {
		return err
	}
	return x.listen.Flush()
}
