package platform

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/outbox/channel"
	"casebook/store"
	"casebook/web"

	"github.com/go-json-experiment/json"
)

// WebhookChannel is the channel of the outbox by which webhooks leave.
const WebhookChannel = "webhook"

// The verbs of this package.
const (
	VerbWebhookAdded    = "platform.webhook.added"
	VerbWebhookRemoved  = "platform.webhook.removed"
	VerbWebhookDisabled = "platform.webhook.disabled"
	VerbWebhookEnabled  = "platform.webhook.enabled"
	VerbWebhookRotated  = "platform.webhook.rotated"
)

// secret signs until a moment, 0 for ever.
type secret struct {
	Key   string `json:"key"`
	Until int64  `json:"until"`
}

// keptDeliveries is how long a delivery can be looked at, and sent again, after it came to its end.
const keptDeliveries = 90 * 24 * time.Hour

// slowHosts is how many webhooks may hang without taking the place of those that answer.
const slowHosts = 256

// overlap is how long the former secret goes on signing beside the new one.
const overlap = 24 * time.Hour

// Webhook is where a study's events are sent.
type Webhook struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	URL     string    `json:"url"`
	Events  []string  `json:"events"` // the beginnings of verbs; none for all
	State   string    `json:"state"`  // active or disabled
	Why     string    `json:"why,omitzero"`
	Changed time.Time `json:"changed"`
	Secret  string    `json:"secret,omitzero"` // told once, when it is made
	secrets []secret
}

// wants reports whether a webhook is told of a verb. Nobody is told of what happens to webhooks themselves: telling of
// it would be one more thing to tell of.
func (h *Webhook) wants(verb string) bool {
	if strings.HasPrefix(verb, "platform.") {
		return false
	}
	for _, begin := range h.Events {
		if verb == begin || strings.HasPrefix(verb, begin+".") {
			return true
		}
	}
	return len(h.Events) == 0
}

const webhookColumns = `webhook_id, name, url, events, secrets, state, why, changed`

func scanWebhook(r *store.Rows) (h Webhook, err error) {
	var events, secrets string
	var changed int64
	if err := r.Scan(&h.ID, &h.Name, &h.URL, &events, &secrets, &h.State, &h.Why, &changed); err != nil {
		return h, err
	}
	h.Events, h.Changed = strings.Fields(events), store.Time(changed)
	return h, json.Unmarshal([]byte(secrets), &h.secrets)
}

func webhooks(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Webhook, error) {
	return store.All(ctx, tx, scanWebhook, `SELECT `+webhookColumns+` FROM platform_webhook WHERE study_id = $1 ORDER BY webhook_id`, study)
}

// webhook reads one. how ends the statement: who will change it holds it.
func webhook(ctx context.Context, tx *store.Tx, study casebook.StudyID, id, how string) (Webhook, error) {
	all, err := store.All(ctx, tx, scanWebhook, `SELECT `+webhookColumns+` FROM platform_webhook WHERE study_id = $1 AND webhook_id = $2`+how, study, id)
	if err == nil && len(all) == 0 {
		err = casebook.Fail(casebook.NotFound, "platform.webhook_unknown", id).At("webhook")
	}
	if err != nil {
		return Webhook{}, err
	}
	return all[0], nil
}

// announce puts what happened into the outbox, in the transaction of the follower's cursor: nothing is left out and
// nothing is put in twice. The payload is thin: it says that there is something, and the feed says what.
func (s *Service) announce(ctx context.Context, w *ledger.Writer, entries []ledger.Entry) error {
	all, err := webhooks(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	var messages []outbox.Message
	for i := range entries {
		e := &entries[i]
		for _, h := range all {
			if h.State != "active" || !h.wants(e.What) {
				continue
			}
			body, err := json.Marshal(map[string]any{"type": e.What, "timestamp": e.At.UTC().Format(time.RFC3339Nano),
				"data": map[string]any{"study": e.Study, "id": e.ID, "after": cursor(e.Study, e.Index)}}, json.Deterministic(true))
			if err != nil {
				return err
			}
			messages = append(messages, outbox.Message{Channel: WebhookChannel, Lane: h.ID, Title: e.What, Body: string(body), Dedupe: "webhook " + h.ID + " " + e.ID})
		}
	}
	_, err = s.o.Box.Put(ctx, w.Tx, w.Study, messages...)
	return err
}

// endpoint names a webhook.
type endpoint struct {
	study casebook.StudyID
	id    string
	why   string
}

// Channel is the channel that delivers webhooks, over a client that does not call into our own network.
func (s *Service) Channel(client *http.Client) outbox.Channel {
	return outbox.Channel{Name: WebhookChannel, Keep: keptDeliveries, Slow: slowHosts, Sender: channel.Webhook{Client: client, World: s.db.World(), Find: s.find}, Settled: s.settled}
}

// find tells the sender where a webhook goes and with which secrets it is signed now.
func (s *Service) find(ctx context.Context, study casebook.StudyID, id string) (e channel.Endpoint, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		h, err := webhook(ctx, tx, study, id, "")
		if casebook.KindOf(err) == casebook.NotFound || err == nil && h.State != "active" {
			return channel.ErrNoEndpoint
		}
		e.URL = h.URL
		for _, k := range h.secrets {
			if k.Until == 0 || k.Until > store.Micros(tx.Now) {
				e.Secrets = append(e.Secrets, k.Key)
			}
		}
		return err
	})
	return e, err
}

// settled notices a webhook that wants no more, or has failed for too long. What is to be done is a change with an entry
// of its own, so it is left to Run; if the process dies first, the next failure says it again.
func (s *Service) settled(_ context.Context, tx *store.Tx, m outbox.Message, o outbox.Outcome) error {
	e := endpoint{m.Study, m.Lane, o.Answer}
	patience := s.o.Settings.Get(s.o.Settings.At(settingsPlace(m.Study)), disableAfter).Duration()
	if errors.Is(o.Err, channel.ErrGone) || o.Failures > 0 && tx.Now.Sub(o.Since) >= patience {
		select {
		case s.failed <- e:
		default:
		}
	}
	return nil
}

// watch disables webhooks until ctx ends.
func (s *Service) watch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.failed:
			err := s.disable(ctx, e)
			if kind := casebook.KindOf(err); err != nil && ctx.Err() == nil && kind != casebook.NotFound && kind != casebook.Conflict {
				slog.ErrorContext(ctx, "a webhook could not be disabled, or nobody could be told", "study", e.study, "webhook", e.id, "error", err)
			}
		}
	}
}

// disable takes a webhook out of service. Those who manage the study are told first: if the process dies between the two, the next
// failure says it again, of the same occasion.
func (s *Service) disable(ctx context.Context, e endpoint) (err error) {
	var h Webhook
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { h, err = webhook(ctx, tx, e.study, e.id, ""); return err })
	if err != nil || h.State != "active" {
		return err
	}
	if s.o.Tell != nil {
		err = s.o.Tell(ctx, e.study, "webhook-"+h.ID+"-"+strconv.FormatInt(store.Micros(h.Changed), 36), h.Name)
	}
	return errors.Join(err, s.setState(ctx, e.study, e.id, "disabled", e.why, ""))
}

// webhookState is a webhook in the ledger: all but what signs.
type webhookState struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Events string `json:"events"`
	State  string `json:"state"`
}

func (s *Service) newSecret() string {
	return "whsec_" + base64.StdEncoding.EncodeToString(s.db.World().Bytes(32))
}

// setState enables or disables a webhook.
func (s *Service) setState(ctx context.Context, study casebook.StudyID, id, state, why, reason string) error {
	verb := map[string]string{"active": VerbWebhookEnabled, "disabled": VerbWebhookDisabled}[state]
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `UPDATE platform_webhook SET state = $3, why = $4, changed = $5 WHERE study_id = $1 AND webhook_id = $2 AND state <> $3`,
			study, id, state, why, store.Micros(w.Now))
		if err != nil {
			return err
		}
		if n == 0 {
			return casebook.Fail(casebook.Conflict, "platform.webhook_state", id, state).At("webhook")
		}
		w.Record(ctx, ledger.Entry{What: verb, Ref: id, New: ledger.Text(map[string]string{"state": state}), Reason: reason + why})
		return outbox.Resume(ctx, w.Tx, study, WebhookChannel, id)
	})
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

func (s *Service) listWebhooks(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Webhooks(r.Context(), studyOf(r))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"webhooks": all})
}

// Webhooks returns a study's webhooks without their secrets, by id.
func (s *Service) Webhooks(ctx context.Context, study casebook.StudyID) ([]Webhook, error) {
	all := []Webhook{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := webhooks(ctx, tx, study)
		all = append(all, found...)
		return err
	})
	return all, err
}

const maxBody = 64 << 10

func (s *Service) addWebhook(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name   string   `json:"name"`
		URL    string   `json:"url"`
		Events []string `json:"events"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	h, err := s.AddWebhook(r.Context(), studyOf(r), Webhook{Name: in.Name, URL: in.URL, Events: in.Events})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusCreated, h)
}

// AddWebhook makes a webhook of in's name, address and events, and returns it with the secret that it is signed by, which is
// told this once. Error: Invalid platform.webhook_url.
func (s *Service) AddWebhook(ctx context.Context, study casebook.StudyID, in Webhook) (Webhook, error) {
	if err := checkURL(in.URL); err != nil {
		return Webhook{}, err
	}
	h := Webhook{ID: hex.EncodeToString(s.db.World().Bytes(8)), Name: in.Name, URL: in.URL, Events: in.Events, State: "active", Secret: s.newSecret()}
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		h.Changed = w.Now
		state := webhookState{h.Name, h.URL, strings.Join(h.Events, " "), h.State}
		_, err := w.Exec(ctx, `INSERT INTO platform_webhook(study_id, webhook_id, name, url, events, secrets, state, why, changed) VALUES($1,$2,$3,$4,$5,$6,'active','',$7)`,
			study, h.ID, h.Name, h.URL, state.Events, ledger.Text([]secret{{h.Secret, 0}}), store.Micros(w.Now))
		w.Record(ctx, ledger.Entry{What: VerbWebhookAdded, Ref: h.ID, New: ledger.Text(state)})
		return err
	})
	return h, err
}

// checkURL refuses what can be no webhook. Whether the address lies inside our network is judged when it is called.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(text) > 2000 {
		return casebook.Fail(casebook.Invalid, "platform.webhook_url", text).At("/url")
	}
	return nil
}

func (s *Service) removeWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := s.RemoveWebhook(r.Context(), studyOf(r), r.PathValue("webhook")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// RemoveWebhook ends a webhook. Error: NotFound platform.webhook_unknown.
func (s *Service) RemoveWebhook(ctx context.Context, study casebook.StudyID, id string) error {
	return s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		n, err := w.Exec(ctx, `DELETE FROM platform_webhook WHERE study_id = $1 AND webhook_id = $2`, study, id)
		if err == nil && n == 0 {
			return casebook.Fail(casebook.NotFound, "platform.webhook_unknown", id).At("webhook")
		}
		w.Record(ctx, ledger.Entry{What: VerbWebhookRemoved, Ref: id})
		return err
	})
}

// enableWebhook takes a disabled webhook back into service and sends what was given up meanwhile.
func (s *Service) enableWebhook(w http.ResponseWriter, r *http.Request) error {
	ctx, study, id := r.Context(), studyOf(r), r.PathValue("webhook")
	if err := s.setState(ctx, study, id, "active", "", ""); err != nil {
		return err
	}
	var n int64
	err := s.db.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = outbox.ReplayDead(ctx, tx, study, WebhookChannel, id)
		return err
	})
	if err != nil {
		return err
	}
	s.o.Box.Wake()
	return web.JSON(w, http.StatusOK, map[string]any{"replayed": n})
}

// rotateWebhook makes a new secret; the old one goes on signing beside it for a day.
func (s *Service) rotateWebhook(w http.ResponseWriter, r *http.Request) error {
	ctx, study, id := r.Context(), studyOf(r), r.PathValue("webhook")
	young := s.newSecret()
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		h, err := webhook(ctx, w.Tx, study, id, w.ForUpdate())
		if err != nil {
			return err
		}
		keys := []secret{{young, 0}}
		for _, k := range h.secrets {
			if k.Until == 0 {
				k.Until = store.Micros(w.Now.Add(overlap))
			}
			if k.Until > store.Micros(w.Now) {
				keys = append(keys, k)
			}
		}
		_, err = w.Exec(ctx, `UPDATE platform_webhook SET secrets = $3, changed = $4 WHERE study_id = $1 AND webhook_id = $2`, study, id, ledger.Text(keys), store.Micros(w.Now))
		w.Record(ctx, ledger.Entry{What: VerbWebhookRotated, Ref: id})
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"secret": young})
}

// delivery is one message of a webhook with its attempts.
type delivery struct {
	ID       string           `json:"id"`
	Type     string           `json:"type"`
	State    outbox.State     `json:"state"`
	Created  time.Time        `json:"created"`
	Due      time.Time        `json:"due,omitzero"`
	Answer   string           `json:"answer"`
	Attempts []outbox.Attempt `json:"attempts"`
}

func (s *Service) deliveries(w http.ResponseWriter, r *http.Request) error {
	ctx, study, id := r.Context(), studyOf(r), r.PathValue("webhook")
	all := []delivery{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		found, err := outbox.List(ctx, tx, study, outbox.Filter{Channel: WebhookChannel, Lane: id, State: outbox.State(r.URL.Query().Get("state")), Before: r.URL.Query().Get("before"), Limit: 50})
		for _, m := range found {
			tries, err := outbox.Attempts(ctx, tx, study, m.ID)
			if err != nil {
				return err
			}
			d := delivery{m.ID, m.Title, m.State, m.Created, m.Due, m.Answer, append([]outbox.Attempt{}, tries...)}
			if m.State != outbox.Waiting {
				d.Due = time.Time{}
			}
			all = append(all, d)
		}
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]any{"deliveries": all})
}

func (s *Service) replay(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	err := s.db.Update(ctx, func(tx *store.Tx) error { return outbox.Replay(ctx, tx, studyOf(r), r.PathValue("delivery")) })
	if err != nil {
		return err
	}
	s.o.Box.Wake()
	w.WriteHeader(http.StatusAccepted)
	return nil
}
