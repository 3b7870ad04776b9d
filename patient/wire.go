package patient

import (
	"context"
	"net/http"

	"casebook"
	"casebook/web"
)

// The procedures by which other processes ask for subjects.
const (
	procGet     = "/casebook.patient/Get"
	procInTrial = "/casebook.patient/InTrial"
)

type (
	getRequest struct {
		Study   casebook.StudyID   `json:"study"`
		Subject casebook.SubjectID `json:"subject"`
	}
	inTrialRequest struct {
		Study casebook.StudyID `json:"study"`
		Query Query            `json:"query"`
	}
)

// Mount lets other processes of ours call s through mux.
func Mount(mux *http.ServeMux, s *Service) {
	web.Serve(mux, procGet, func(ctx context.Context, r *getRequest) (*Subject, error) {
		found, err := s.Get(ctx, r.Study, r.Subject)
		return &found, err
	})
	web.Serve(mux, procInTrial, func(ctx context.Context, r *inTrialRequest) (*Page, error) {
		page, err := s.InTrial(ctx, r.Study, r.Query)
		return &page, err
	})
}

// Client is the Service of another process.
type Client struct {
	get     func(context.Context, *getRequest) (*Subject, error)
	inTrial func(context.Context, *inTrialRequest) (*Page, error)
}

// NewClient returns the subjects served at base, "http://host:port", through a client from web.Peers.
func NewClient(client *http.Client, base string) *Client {
	peer := web.NewPeer(client, base)
	return &Client{
		get:     web.Caller[getRequest, Subject](peer, procGet),
		inTrial: web.Caller[inTrialRequest, Page](peer, procInTrial),
	}
}

// Get is Service.Get.
func (c *Client) Get(ctx context.Context, study casebook.StudyID, id casebook.SubjectID) (Subject, error) {
	found, err := c.get(ctx, &getRequest{study, id})
	if err != nil {
		return Subject{}, err
	}
	return *found, nil
}

// InTrial is Service.InTrial.
func (c *Client) InTrial(ctx context.Context, study casebook.StudyID, q Query) (Page, error) {
	page, err := c.inTrial(ctx, &inTrialRequest{study, q})
	if err != nil {
		return Page{}, err
	}
	return *page, nil
}
