package r4

import (
	"net/http"
	"slices"
	"strings"

	"casebook"
	"casebook/platform"
	"casebook/web"
)

// subscription is a Subscription: a webhook, for whoever knows them by FHIR's name. What it is sent is the webhook's payload,
// signed as webhooks are.
type subscription struct {
	ResourceType string  `json:"resourceType"`
	ID           string  `json:"id,omitzero"`
	Status       string  `json:"status"`
	Reason       string  `json:"reason"`
	Criteria     string  `json:"criteria"`
	Error        string  `json:"error,omitzero"`
	Channel      channel `json:"channel"`
}

type channel struct {
	Extension []secret `json:"extension,omitempty"` // the key that signs, told once
	Type      string   `json:"type"`
	Endpoint  string   `json:"endpoint,omitzero"`
}

type secret struct {
	URL   string `json:"url"`
	Value string `json:"valueString"`
}

const secretURL = "urn:casebook:webhook-secret"

// criteria are what can be subscribed to, and the beginnings of the verbs that tell of it.
var criteria = []struct {
	is     string
	events []string
}{
	{"QuestionnaireResponse", []string{"record.item"}},
	{"Patient", []string{"patient.enrolled", "patient.status", "patient.transferred"}},
	{"ResearchSubject", []string{"patient.enrolled", "patient.status"}},
}

func subscriptionOf(h platform.Webhook) (subscription, bool) {
	for _, c := range criteria {
		if !slices.Equal(c.events, h.Events) {
			continue
		}
		s := subscription{ResourceType: "Subscription", ID: h.ID, Status: "active", Reason: h.Name, Criteria: c.is, Channel: channel{Type: "rest-hook", Endpoint: h.URL}}
		if h.State != "active" {
			s.Status, s.Error = "off", h.Why
		}
		if h.Secret != "" {
			s.Channel.Extension = []secret{{secretURL, h.Secret}}
		}
		return s, true
	}
	return subscription{}, false // a webhook with a choice of events that FHIR has no words for
}

// searchSubscriptions finds the webhooks that tell of resources.
func (s *Service) searchSubscriptions(w http.ResponseWriter, r *http.Request) error {
	q, err := search(r, "_id", "status")
	if err != nil {
		return err
	}
	all, err := s.hooks.Webhooks(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	b := q.found("")
	for _, h := range all {
		one, ok := subscriptionOf(h)
		if ok && (q.Get("_id") == "" || q.Get("_id") == one.ID) && (q.Get("status") == "" || q.Get("status") == one.Status) {
			q.add(b, "Subscription", one.ID, one)
		}
	}
	return web.Resource(w, http.StatusOK, b)
}

// readSubscription is one webhook that tells of resources.
func (s *Service) readSubscription(w http.ResponseWriter, r *http.Request) error {
	one, err := s.subscription(r)
	if err != nil {
		return err
	}
	return web.Resource(w, http.StatusOK, one)
}

func (s *Service) subscription(r *http.Request) (subscription, error) {
	all, err := s.hooks.Webhooks(r.Context(), studyOf(r))
	if err != nil {
		return subscription{}, err
	}
	for _, h := range all {
		if one, ok := subscriptionOf(h); ok && one.ID == r.PathValue("webhook") {
			return one, nil
		}
	}
	return subscription{}, casebook.Fail(casebook.NotFound, "platform.webhook_unknown", r.PathValue("webhook")).At("webhook")
}

// createSubscription makes a webhook for the resources that criteria names. The answer tells, this once, what signs.
func (s *Service) createSubscription(w http.ResponseWriter, r *http.Request) error {
	var in subscription
	if err := web.Decode(r, maxResource, &in); err != nil {
		return err
	}
	i := slices.IndexFunc(criteria, func(c struct {
		is     string
		events []string
	}) bool {
		return c.is == strings.TrimSuffix(in.Criteria, "?")
	})
	switch {
	case in.ResourceType != "Subscription":
		return casebook.Fail(casebook.Invalid, "r4.kind", "Subscription").At("/resourceType")
	case i < 0:
		return casebook.Fail(casebook.Unprocessable, "r4.criteria", in.Criteria).At("/criteria")
	case in.Channel.Type != "rest-hook":
		return casebook.Fail(casebook.Unprocessable, "r4.channel", in.Channel.Type).At("/channel/type")
	}
	h, err := s.hooks.AddWebhook(r.Context(), studyOf(r), platform.Webhook{Name: in.Reason, URL: in.Channel.Endpoint, Events: criteria[i].events})
	if err != nil {
		return err
	}
	one, _ := subscriptionOf(h)
	w.Header().Set("Location", address(r)+"/Subscription/"+one.ID)
	return web.Resource(w, http.StatusCreated, one)
}

// deleteSubscription ends a webhook.
func (s *Service) deleteSubscription(w http.ResponseWriter, r *http.Request) error {
	one, err := s.subscription(r)
	if err != nil {
		return err
	}
	if err := s.hooks.RemoveWebhook(r.Context(), studyOf(r), one.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
