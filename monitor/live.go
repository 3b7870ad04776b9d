package monitor

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"casebook"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

const (
	maxReaders = 2000             // live readers of one process
	backlog    = 16               // events that wait for a slow reader before it is cut off
	heartbeat  = 15 * time.Second // between events when nothing happens
	askAgain   = time.Second      // between two looks at whether the reader may still read
	writeTime  = 10 * time.Second // for one event to reach a reader
	// streamTime ends a stream; the browser comes back by itself, and whoever may no longer read is then turned away.
	streamTime = 15 * time.Minute
)

// hub is who reads live. Nobody in it ever waits for a reader: one that does not keep up is cut off, comes back with
// the Seq of the last signal it saw (Last-Event-ID), and is told the later ones.
type hub struct {
	news chan struct{} // holds one token: a signal was committed or changed, or a reader came

	mu      sync.Mutex
	readers map[*reader]bool
	closed  bool
}

// reader is one stream. What it was last told belongs to the teller.
type reader struct {
	study  casebook.StudyID
	sight  sight
	events chan []byte
	signal int64    // the Seq of the last signal it was told
	shown  *Figures // that it was last told
}

func newHub() *hub { return &hub{news: make(chan struct{}, 1), readers: map[*reader]bool{}} }

func (h *hub) wake() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

func (h *hub) add(r *reader) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.readers) >= maxReaders {
		return casebook.Fail(casebook.Busy, "monitor.live_full")
	}
	h.readers[r] = true
	return nil
}

func (h *hub) remove(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers[r] {
		delete(h.readers, r)
		close(r.events)
	}
}

// tell gives a reader an event, or cuts it off.
func (h *hub) tell(r *reader, event []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.readers[r] {
		return
	}
	select {
	case r.events <- event:
	default:
		delete(h.readers, r)
		close(r.events)
	}
}

// byStudy returns the readers there are.
func (h *hub) byStudy() map[casebook.StudyID][]*reader {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[casebook.StudyID][]*reader{}
	for r := range h.readers {
		all[r.study] = append(all[r.study], r)
	}
	return all
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for r := range h.readers {
		delete(h.readers, r)
		close(r.events)
	}
}

// announce tells every reader the signals that it was not told yet and, if it may be, the newest figures.
func (s *Service) announce(ctx context.Context, figures bool) error {
	for study, readers := range s.live.byStudy() {
		after := readers[0].signal
		for _, r := range readers {
			after = min(after, r.signal)
		}
		var signals []Signal
		var f *Figures
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			if signals, err = signalsAfter(ctx, tx, study, after); err == nil {
				f, err = s.current(ctx, tx, study)
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := s.announceTo(readers, signals, f, figures); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) announceTo(readers []*reader, signals []Signal, f *Figures, figures bool) error {
	var forAll []byte // the figures of all sites, made once
	for _, r := range readers {
		var news []byte // all at once, so that many signals are not many events that wait
		for _, sig := range signals {
			if sig.Seq <= r.signal {
				continue
			}
			r.signal = sig.Seq
			if r.sight.has(sig.Site) {
				event, err := frame(r.signal, "signal", map[string]any{"signal": sig.json(f, r.sight.handler(sig.Site))})
				if err != nil {
					return err
				}
				news = append(news, event...)
			}
		}
		if len(news) > 0 {
			s.live.tell(r, news)
		}
		if !figures || r.shown == f {
			continue
		}
		event := forAll
		if event == nil || !r.sight.all {
			var err error
			if event, err = f.frame(r); err != nil {
				return err
			}
		}
		if r.sight.all {
			forAll = event
		}
		r.shown = f
		s.live.tell(r, event)
	}
	return nil
}

// frame is the event "monitoring", with the indicator that is shown first. Readers of one sight have been told the same signals.
func (f *Figures) frame(r *reader) ([]byte, error) {
	return frame(r.signal, "monitoring", map[string]any{"monitoring": f.table(firstKRI).json(f.AsOf, r.sight)})
}

// frame writes one server-sent event (WHATWG HTML, 9.2). Its id is the last signal that the reader then knows.
func frame(id int64, event string, v any) ([]byte, error) {
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", event, err)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", id, event, data)
	return b.Bytes(), nil
}

// getLive streams what happens in a study until the reader goes, Run ends or the stream has lasted long enough.
func (s *Service) getLive(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rd, first, err := s.subscribe(r)
	if err != nil {
		return err
	}
	defer s.live.remove(rd)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects answers would collect this one for ever
	out := stream{w: w, control: http.NewResponseController(w)}
	if out.send(first) != nil {
		return nil
	}
	s.live.wake() // what was raised since Last-Event-ID
	beat, end, again := time.NewTicker(heartbeat), time.NewTimer(streamTime), time.NewTicker(askAgain)
	defer beat.Stop()
	defer end.Stop()
	defer again.Stop()
	for {
		event := []byte("event: heartbeat\ndata: {}\n\n")
		select {
		case <-ctx.Done():
			return nil
		case <-end.C:
			return nil
		case <-again.C:
			if s.Still != nil && s.Still(r) != nil {
				return nil // signed out, or a role was taken away: who may come back does so
			}
			continue
		case <-beat.C:
		case e, ok := <-rd.events:
			if !ok {
				return nil
			}
			event = e
		}
		if out.send(event) != nil {
			return nil
		}
	}
}

// subscribe adds the reader behind a request and returns the first thing to tell: how the sites stand.
func (s *Service) subscribe(r *http.Request) (rd *reader, first []byte, err error) {
	study := casebook.StudyID(r.PathValue("study"))
	rd = &reader{study: study, sight: sightOf(r, study), events: make(chan []byte, backlog)}
	err = s.db.View(r.Context(), func(tx *store.Tx) (err error) {
		if rd.shown, err = s.current(r.Context(), tx, study); err != nil {
			return err
		}
		return tx.Row(r.Context(), `SELECT coalesce(max(seq), 0) FROM monitor_signal WHERE study_id = $1`, study).Scan(&rd.signal)
	})
	if err != nil {
		return nil, nil, err
	}
	if known, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64); err == nil && known >= 0 {
		rd.signal = min(rd.signal, known)
	}
	if first, err = rd.shown.frame(rd); err != nil {
		return nil, nil, err
	}
	return rd, first, s.live.add(rd)
}

// stream sends events one by one, each within writeTime.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s stream) send(event []byte) error {
	// A deadline in the past ends a write under way, whatever the clock says.
	stuck := time.AfterFunc(writeTime, func() { _ = s.control.SetWriteDeadline(time.Unix(1, 0)) })
	defer stuck.Stop()
	if _, err := s.w.Write(event); err != nil {
		return err
	}
	return s.control.Flush()
}
