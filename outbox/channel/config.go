package channel

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"casebook"
	"casebook/outbox"

	"github.com/go-json-experiment/json"
)

// Config is the file that says which channels there are. It holds secrets, so it is no setting that people see.
type Config struct {
	Mail     string           `json:"mail"` // smtp://user:password@host:port?from=…
	WeCom    map[string]Robot `json:"wecom"`
	DingTalk map[string]Robot `json:"dingtalk"`
	Feishu   map[string]Robot `json:"feishu"`
	SMS      struct {
		URL    string `json:"url"`
		Bearer string `json:"bearer"`
	} `json:"sms"`
	Push struct {
		Contact string `json:"contact"`
		Public  string `json:"public"`
		Private string `json:"private"`
	} `json:"push"`
	WeChat struct {
		URL      string `json:"url"` // "" is the maker's own
		AppID    string `json:"appid"`
		Secret   string `json:"secret"`
		Template string `json:"template"`
		Title    string `json:"title"` // the template's name for what is said first
		Body     string `json:"body"`
	} `json:"wechat"`
	Allow []netip.Prefix `json:"allow"` // inside addresses that may be called
	Hosts []string       `json:"hosts"` // names to which webhooks and pushes go, *.example.org for all below; none for every public name
}

// ParseConfig reads the file strictly: an unknown name is a mistake.
func ParseConfig(text []byte) (c Config, err error) {
	if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
		return c, fmt.Errorf("the file of channels: %w", err)
	}
	for i, h := range c.Hosts {
		c.Hosts[i] = strings.ToLower(h)
		if name := strings.TrimPrefix(h, "*."); name == "" || strings.ContainsAny(name, "*/:@ ") {
			return c, fmt.Errorf("the file of channels: hosts: %q is no name such as hooks.example.org or *.example.org", h)
		}
	}
	return c, nil
}

// Guard is the guard before all that goes to addresses on the Internet.
func (c Config) Guard() Guard { return Guard{Allow: c.Allow} }

// robotRate keeps under the 20 messages a minute that two of the three makers allow each robot.
const robotRate = 0.3

// Channels are the channels of the file.
func (c Config) Channels(world casebook.World) (all []outbox.Channel, err error) {
	client := c.Guard().HTTP()
	if c.Mail != "" {
		relay, err := ParseMail(c.Mail)
		if err != nil {
			return nil, err
		}
		all = append(all, outbox.Channel{Name: "mail", Sender: relay, Timeout: 30 * time.Second, Rate: relay.Rate})
	}
	for _, r := range [...]struct {
		brand Brand
		named map[string]Robot
	}{{WeCom, c.WeCom}, {DingTalk, c.DingTalk}, {Feishu, c.Feishu}} {
		if len(r.named) > 0 {
			all = append(all, outbox.Channel{Name: r.brand.name, Sender: Robots{client, world, r.brand, r.named}, Rate: robotRate})
		}
	}
	if c.SMS.URL != "" {
		all = append(all, outbox.Channel{Name: "sms", Sender: SMS{client, c.SMS.URL, c.SMS.Bearer, world.Now}, Rate: 10})
	}
	if c.Push.Private != "" {
		all = append(all, outbox.Channel{Name: "push", Sender: Push{c.HTTP(), world, c.Push.Contact, c.Push.Public, c.Push.Private}, Rate: 100})
	}
	if w := c.WeChat; w.AppID != "" {
		all = append(all, outbox.Channel{Name: "wechat", Rate: 20, Sender: &WeChat{Client: client, World: world, Base: cmp.Or(w.URL, "https://api.weixin.qq.com"),
			AppID: w.AppID, Secret: w.Secret, Template: w.Template, Title: cmp.Or(w.Title, "thing1"), Body: cmp.Or(w.Body, "thing2")}})
	}
	return all, nil
}

// HTTP is the client for addresses that somebody else than the file names: webhooks, the phones' push services.
func (c Config) HTTP() *http.Client { return Guard{c.Allow, c.Hosts}.HTTP() }
