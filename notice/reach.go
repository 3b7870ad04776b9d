package notice

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"time"

	"casebook"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/outbox"
	"casebook/outbox/channel"
	"casebook/settings"
	"casebook/store"
)

// EndpointChannel is the channel of the outbox by which notices call sites' own programs.
const EndpointChannel = "endpoint"

// Channels are the ways by which a notice may leave the product. People have a mail address and a telephone, sites have
// a robot of a chat program and an endpoint.
var Channels = []string{"mail", "sms", "wecom", "dingtalk", "feishu", EndpointChannel}

// Reach is where a person (Site "") or a site (User "") is reached outside.
type Reach struct {
	Site    casebook.SiteID `json:"site,omitempty"`
	User    casebook.UserID `json:"user,omitempty"`
	Channel string          `json:"channel"`
	Address string          `json:"address"`          // "" takes it away
	Secret  string          `json:"secret,omitempty"` // told once, when an endpoint is set
}

func (r *Reach) check() error {
	fail := func(place, code string, args ...any) error {
		return casebook.Fail(casebook.Unprocessable, code, args...).At(place)
	}
	personal := r.Channel == "mail" || r.Channel == "sms"
	switch {
	case !slices.Contains(Channels, r.Channel):
		return fail("/channel", "notice.channel", r.Channel)
	case (r.Site == "") == (r.User == ""), personal && r.User == "", !personal && r.Site == "":
		return fail("/site", "notice.reach_who", r.Channel)
	case len(r.Address) > 500 || !printable(r.Address, true):
		return fail("/address", "notice.reach_address", r.Address)
	case r.Address == "":
		return nil
	}
	switch r.Channel {
	case "mail":
		if a, err := mail.ParseAddress(r.Address); err != nil || a.Address != r.Address {
			return fail("/address", "notice.reach_address", r.Address)
		}
	case EndpointChannel:
		u, err := url.Parse(r.Address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
			return fail("/address", "notice.reach_address", r.Address)
		}
	}
	return nil
}

// SetReach sets where somebody is reached. Whether an endpoint lies inside our network is judged when it is called.
func (s *Service) SetReach(ctx context.Context, study casebook.StudyID, r Reach) (Reach, error) {
	r.Secret = ""
	if err := r.check(); err != nil {
		return r, err
	}
	if r.Channel == EndpointChannel && r.Address != "" {
		r.Secret = "whsec_" + base64.StdEncoding.EncodeToString(s.db.World().Bytes(32))
	}
	err := s.ledger.Write(ctx, study, func(w *ledger.Writer) (err error) {
		w.Record(ctx, ledger.Entry{What: VerbReach, Site: r.Site, Ref: string(r.Site) + "/" + string(r.User) + "/" + r.Channel, New: ledger.Text(map[string]string{"address": r.Address})})
		if r.Address == "" {
			_, err = w.Exec(ctx, `DELETE FROM notice_reach WHERE study_id = $1 AND site_id = $2 AND user_id = $3 AND channel = $4`, study, r.Site, r.User, r.Channel)
			return err
		}
		_, err = w.Exec(ctx, `INSERT INTO notice_reach(study_id, site_id, user_id, channel, address, secret) VALUES($1,$2,$3,$4,$5,$6)
			ON CONFLICT (study_id, site_id, user_id, channel) DO UPDATE SET address = excluded.address, secret = excluded.secret`,
			study, r.Site, r.User, r.Channel, r.Address, r.Secret)
		return err
	})
	return r, err
}

func scanReach(r *store.Rows) (x Reach, err error) {
	err = r.Scan(&x.Site, &x.User, &x.Channel, &x.Address, &x.Secret)
	return x, err
}

// reachOf lists where people and sites of a study are reached, without secrets.
func reachOf(ctx context.Context, tx *store.Tx, study casebook.StudyID) ([]Reach, error) {
	return store.All(ctx, tx, scanReach, `SELECT site_id, user_id, channel, address, '' FROM notice_reach WHERE study_id = $1 ORDER BY site_id, user_id, channel`, study)
}

// findReach gives recipients their addresses by the channels of a notice; a site's go with its first recipient.
func (s *Service) findReach(ctx context.Context, study casebook.StudyID, channels []string, targets []target) error {
	if len(channels) == 0 {
		return nil
	}
	people, sites := map[casebook.UserID]map[string]string{}, map[casebook.SiteID]map[string]string{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		all, err := reachOf(ctx, tx, study)
		for _, r := range all {
			if !slices.Contains(channels, r.Channel) {
				continue
			}
			if r.User != "" {
				put(people, r.User, r)
			} else {
				put(sites, r.Site, r)
			}
		}
		return err
	})
	for i := range targets {
		to := &targets[i]
		to.Reach = people[to.User]
		if i == 0 || targets[i-1].Site != to.Site {
			to.Shared = sites[to.Site]
		}
	}
	return err
}

func put[K comparable](all map[K]map[string]string, k K, r Reach) {
	if all[k] == nil {
		all[k] = map[string]string{}
	}
	all[k][r.Channel] = r.Address
}

// messages are what leaves for a batch of recipients. again tells a reminder from the first time: the outbox takes one
// message for each notice, recipient, channel and time. A body says that there is something, and where; nothing else.
func (s *Service) messages(tx *store.Tx, study casebook.StudyID, n *Notice, part []target, again string) (all []outbox.Message) {
	for i := range part {
		to := &part[i]
		for _, channel := range n.Channels {
			if personal := to.Reach[channel]; personal != "" {
				all = append(all, s.message(tx, study, n, to, channel, personal, again))
			}
			if shared := to.Shared[channel]; shared != "" {
				site := target{Site: to.Site, Language: to.Language, Zone: to.Zone, Country: to.Country}
				all = append(all, s.message(tx, study, n, &site, channel, shared, again))
			}
		}
	}
	return all
}

func (s *Service) message(tx *store.Tx, study casebook.StudyID, n *Notice, to *target, channel, address, again string) outbox.Message {
	place := s.o.Settings.At(settings.Place{Study: study, Country: to.Country, Site: to.Site})
	m := outbox.Message{Channel: channel, Lane: laneOf(channel, to, address), To: address, Campaign: campaign(n.ID),
		Dedupe: strings.Join([]string{"notice", n.ID, string(to.Site), string(to.User), channel, again}, " ")}
	m.Title, m.Body = i18n.Text("notice.mail_title", to.Language), i18n.Text("notice.mail_body", to.Language)
	if n.Kind == Safety {
		m.Title, m.Body = i18n.Text("notice.safety_title", to.Language), i18n.Text("notice.safety_body", to.Language)
	}
	base := s.o.Settings.Get(s.o.Settings.At(settings.Place{}), signInAt).Text()
	m.Link = link(base, study, n.ID)
	if channel == EndpointChannel {
		m.Body = ledger.Text(map[string]any{"type": "notice", "timestamp": tx.Now.UTC().Format(time.RFC3339), "data": map[string]any{
			"study": study, "notice": n.ID, "site": to.Site, "kind": n.Kind, "link": m.Link}})
	}
	if n.Kind == Safety {
		return m
	}
	m.Due = s.quiet(place, to.Zone, tx.Now)
	if s.o.Settings.Get(place, digest).Bool() && channel != EndpointChannel && again == "" {
		m.Due = s.morning(place, to.Zone, m.Due)
		m.Campaign, m.Link = "", link(base, study, "")
		m.Dedupe = strings.Join([]string{"digest", m.Due.UTC().Format(time.RFC3339), string(to.Site), string(to.User), channel}, " ")
	}
	return m
}

// link is where a notice is read, "" when nobody has said where staff sign in.
func link(base string, study casebook.StudyID, id string) string {
	if base == "" {
		return ""
	}
	page := strings.TrimRight(base, "/") + "/s/" + url.PathEscape(string(study)) + "/inbox"
	if id == "" {
		return page
	}
	return page + "/" + url.PathEscape(id)
}

// laneOf is what may fail by itself: the mail of one domain, a robot, a site's endpoint.
func laneOf(channel string, to *target, address string) string {
	switch channel {
	case "mail":
		_, domain, _ := strings.Cut(address, "@")
		return strings.ToLower(domain)
	case "sms":
		return ""
	case EndpointChannel:
		return string(to.Site)
	}
	return address
}

// slowHosts is how many endpoints may hang without taking the place of those that answer.
const slowHosts = 256

// Channel is the channel that calls sites' endpoints, over a client that does not call into our own network.
func (s *Service) Channel(client *http.Client) outbox.Channel {
	return outbox.Channel{Name: EndpointChannel, Sender: channel.Webhook{Client: client, World: s.db.World(), Find: s.endpoint}, Slow: slowHosts}
}

// endpoint tells the sender where a site's endpoint is and with which secret it is signed.
func (s *Service) endpoint(ctx context.Context, study casebook.StudyID, site string) (e channel.Endpoint, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		all, err := store.All(ctx, tx, scanReach, `SELECT site_id, user_id, channel, address, secret FROM notice_reach
			WHERE study_id = $1 AND site_id = $2 AND user_id = '' AND channel = $3`, study, site, EndpointChannel)
		if err == nil && len(all) == 0 {
			err = channel.ErrNoEndpoint
		}
		for _, r := range all {
			e = channel.Endpoint{URL: r.Address, Secrets: []string{r.Secret}}
		}
		return err
	})
	return e, err
}
