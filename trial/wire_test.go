package trial_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/patient"
	"casebook/trial"
	"casebook/web"
)

// trials is what *trial.Service and *trial.Client have in common.
type trials interface {
	Get(context.Context, casebook.StudyID) (trial.Trial, error)
	Patients(context.Context, casebook.StudyID, patient.Query) (patient.Page, error)
}

// serve mounts what another process of ours would serve, over a real connection, and returns its address and a client.
func serve(t *testing.T, mount func(*http.ServeMux)) (*http.Client, string) {
	t.Helper()
	peers, err := web.NewPeers(casebook.Outside(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mount(mux)
	door := &web.Door{World: casebook.Outside(), Peers: peers}
	server := httptest.NewServer(door.Wrap(mux))
	t.Cleanup(server.Close)
	return peers.Client(nil), server.URL
}

// TestServiceAndClientKeepOneContract runs the same checks on the trials in this process, with the subjects here and
// elsewhere, and on the trials of another process.
func TestServiceAndClientKeepOneContract(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		must(s.AddSite(ctx, htn.ID, wangshu("01")))(t)
		for range 3 {
			must(s.Enrol(ctx, htn.ID, patient.Enrolment{Site: "01"}))(t)
		}
		half := trial.New(l, patient.NewClient(serve(t, func(mux *http.ServeMux) { patient.Mount(mux, patient.New(l)) })))
		split := trial.NewClient(serve(t, func(mux *http.ServeMux) { trial.Mount(mux, half) }))
		for name, reach := range map[string]trials{"together": s, "patients elsewhere": half, "all apart": split} {
			t.Run(name, func(t *testing.T) { contract(t, ctx, reach) })
		}
	})
}

func contract(t *testing.T, ctx context.Context, s trials) {
	got := must(s.Get(ctx, htn.ID))(t)
	if got.Name != "Hypertension" || got.Environment != trial.Training || got.CreatedAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	_, err := s.Get(ctx, "NONE")
	wantCode(t, err, casebook.NotFound, "trial.unknown")
	page := must(s.Patients(ctx, htn.ID, patient.Query{Limit: 2, AllSites: true}))(t)
	if len(page.Subjects) != 2 || page.Next != "01-002" || page.Subjects[0].EnrolledAt.IsZero() {
		t.Errorf("page %+v", page)
	}
	_, err = s.Patients(ctx, "NONE", patient.Query{AllSites: true})
	wantCode(t, err, casebook.NotFound, "trial.unknown")
	_, err = s.Patients(ctx, htn.ID, patient.Query{Limit: -1, AllSites: true})
	wantCode(t, err, casebook.Invalid, "patient.limit")

	late, cancel := context.WithDeadline(ctx, time.Unix(0, 0))
	defer cancel()
	if _, err := s.Patients(late, htn.ID, patient.Query{AllSites: true}); casebook.KindOf(err) != casebook.Timeout {
		t.Errorf("after the deadline: %v", err)
	}
	gone, leave := context.WithCancel(ctx)
	leave()
	if _, err := s.Patients(gone, htn.ID, patient.Query{AllSites: true}); casebook.KindOf(err) != casebook.Gone {
		t.Errorf("of a caller who has gone: %v", err)
	}
}

// stuck answers nobody before its caller gives up, and tells how long it was given.
type stuck struct{ given chan time.Duration }

func (s stuck) InTrial(ctx context.Context, _ casebook.StudyID, _ patient.Query) (patient.Page, error) {
	end, _ := ctx.Deadline()
	s.given <- time.Until(end)
	return patient.Page{}, context.DeadlineExceeded
}

func TestPatientsAreGivenTwoSecondsOrWhatIsLeft(t *testing.T) {
	t.Parallel()
	inLedger(t, func(t *testing.T, ctx context.Context, s *trial.Service, l *ledger.Ledger) {
		must(s.Create(ctx, htn))(t)
		slow := stuck{make(chan time.Duration, 1)}
		for name, reach := range map[string]trials{
			"together":  trial.New(l, slow),
			"all apart": trial.NewClient(serve(t, func(mux *http.ServeMux) { trial.Mount(mux, trial.New(l, slow)) })),
		} {
			for asked, most := range map[time.Duration]time.Duration{time.Hour: 2 * time.Second, time.Second: time.Second} {
				ctx, cancel := context.WithTimeout(ctx, asked)
				_, err := reach.Patients(ctx, htn.ID, patient.Query{AllSites: true})
				given := <-slow.given
				if cancel(); given > most || given < most-900*time.Millisecond || casebook.KindOf(err) != casebook.Timeout {
					t.Errorf("%s, asked with %v: given %v, %v", name, asked, given, err)
				}
			}
		}
	})
}
