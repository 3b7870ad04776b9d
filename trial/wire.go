package trial

import (
	"context"
	"net/http"

	"casebook"
	"casebook/patient"
	"casebook/web"
)

// The procedures by which other processes ask for trials.
const (
	procGet      = "/casebook.trial/Get"
	procPatients = "/casebook.trial/Patients"
)

type (
	getRequest struct {
		Study casebook.StudyID `json:"study"`
	}
	patientsRequest struct {
		Study casebook.StudyID `json:"study"`
		Query patient.Query    `json:"query"`
	}
)

// Mount lets other processes of ours call s through mux.
func Mount(mux *http.ServeMux, s *Service) {
	web.Serve(mux, procGet, func(ctx context.Context, r *getRequest) (*Trial, error) {
		t, err := s.Get(ctx, r.Study)
		return &t, err
	})
	web.Serve(mux, procPatients, func(ctx context.Context, r *patientsRequest) (*patient.Page, error) {
		page, err := s.Patients(ctx, r.Study, r.Query)
		return &page, err
	})
}

// Client is the Service of another process, for what others may ask of it.
type Client struct {
	get      func(context.Context, *getRequest) (*Trial, error)
	patients func(context.Context, *patientsRequest) (*patient.Page, error)
}

// NewClient returns the trials served at base, "http://host:port", through a client from web.Peers.
func NewClient(client *http.Client, base string) *Client {
	peer := web.NewPeer(client, base)
	return &Client{
		get:      web.Caller[getRequest, Trial](peer, procGet),
		patients: web.Caller[patientsRequest, patient.Page](peer, procPatients),
	}
}

// Get is Service.Get.
func (c *Client) Get(ctx context.Context, study casebook.StudyID) (Trial, error) {
	t, err := c.get(ctx, &getRequest{study})
	if err != nil {
		return Trial{}, err
	}
	return *t, nil
}

// Patients is Service.Patients: the 2 s count from here, so that the way there is in them.
func (c *Client) Patients(ctx context.Context, study casebook.StudyID, q patient.Query) (patient.Page, error) {
	ctx, cancel := context.WithTimeout(ctx, patientsTime)
	defer cancel()
	page, err := c.patients(ctx, &patientsRequest{study, q})
	if err != nil {
		return patient.Page{}, err
	}
	return *page, nil
}
