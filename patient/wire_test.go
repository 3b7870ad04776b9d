package patient_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/store"
	"casebook/web"
)

// subjects is what *patient.Service and *patient.Client have in common.
type subjects interface {
	Get(context.Context, casebook.StudyID, casebook.SubjectID) (patient.Subject, error)
	InTrial(context.Context, casebook.StudyID, patient.Query) (patient.Page, error)
}

// client returns s as another process of ours sees it, over a real connection.
func client(t *testing.T, s *patient.Service) *patient.Client {
	t.Helper()
	peers, err := web.NewPeers(casebook.Outside(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	patient.Mount(mux, s)
	door := &web.Door{World: casebook.Outside(), Peers: peers}
	server := httptest.NewServer(door.Wrap(mux))
	t.Cleanup(server.Close)
	return patient.NewClient(peers.Client(nil), server.URL)
}

// TestServiceAndClientKeepOneContract runs the same checks on both ways to reach the subjects.
func TestServiceAndClientKeepOneContract(t *testing.T) {
	t.Parallel()
	inStudy(t, func(t *testing.T, ctx context.Context, s *patient.Service, l *ledger.Ledger) {
		for range 3 {
			if _, err := s.Enrol(ctx, "S1", patient.Enrolment{Site: "03"}); err != nil {
				t.Fatal(err)
			}
		}
		for name, reach := range map[string]subjects{"service": s, "client": client(t, s)} {
			t.Run(name, func(t *testing.T) { contract(t, ctx, reach, l) })
		}
	})
}

func contract(t *testing.T, ctx context.Context, s subjects, l *ledger.Ledger) {
	var row patient.Subject
	err := l.DB().View(ctx, func(tx *store.Tx) (err error) {
		row, err = patient.Find(ctx, tx, "S1", "03-002")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(ctx, "S1", "03-002"); err != nil || got != row {
		t.Errorf("got %+v %v, the row is %+v", got, err, row)
	}
	_, err = s.Get(ctx, "S1", "nobody")
	wantCode(t, err, casebook.NotFound, "patient.unknown")
	if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Place != "subject" || len(e.Args) != 1 {
		t.Errorf("the error lost something on its way: %+v", e)
	}
	page, err := s.InTrial(ctx, "S1", patient.Query{Limit: 2, AllSites: true})
	if err != nil || len(page.Subjects) != 2 || page.Next != "03-002" || page.Subjects[1] != row {
		t.Errorf("page %+v %v", page, err)
	}
	if page, err := s.InTrial(ctx, "S1", patient.Query{}); err != nil || len(page.Subjects) != 0 || page.Subjects == nil {
		t.Errorf("who may see no site saw %+v %v", page, err)
	}
	_, err = s.InTrial(ctx, "S1", patient.Query{Limit: -1, AllSites: true})
	wantCode(t, err, casebook.Invalid, "patient.limit")

	late, cancel := context.WithDeadline(ctx, time.Unix(0, 0))
	defer cancel()
	if _, err := s.Get(late, "S1", "03-002"); casebook.KindOf(err) != casebook.Timeout {
		t.Errorf("after the deadline: %v", err)
	}
	gone, leave := context.WithCancel(ctx)
	leave()
	if _, err := s.InTrial(gone, "S1", patient.Query{AllSites: true}); casebook.KindOf(err) != casebook.Gone {
		t.Errorf("of a caller who has gone: %v", err)
	}
}
