package channel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"casebook"
	"casebook/outbox"

	"github.com/go-json-experiment/json"
)

// WeChat sends template messages of an official account (公众号) to the people who follow it. Message.To is the person's
// openid, by which that account alone knows them. Addresses and codes are from the maker's pages on template messages
// and on the stable access token, which several processes may ask for without ending each other's.
type WeChat struct {
	Client   *http.Client
	World    casebook.World
	Base     string // https://api.weixin.qq.com, or the gateway that stands before it
	AppID    string
	Secret   string
	Template string
	Title    string // the template's names for a message's title and body, such as thing1
	Body     string

	mu    sync.Mutex
	token string
	until time.Time
}

// What the codes of an answer mean.
var (
	wechatToken = []int64{40001, 40014, 42001}               // the access token is no longer one
	wechatLater = []int64{45009, 45011, 45047}               // too many today, too many at once
	wechatNever = []int64{40003, 43004, 43019, 43101, 47003} // no such person, no follower, not wanted, a text that does not fit
)

// wechatThing is how many characters the value of a template's thing may have.
const wechatThing = 20

// Send gives one message to one follower. When the access token has ended before its time it is renewed, once.
func (s *WeChat) Send(ctx context.Context, m outbox.Message) (string, error) {
	type value struct {
		Value string `json:"value"`
	}
	short := func(name, text string) value {
		if runes := []rune(text); strings.HasPrefix(name, "thing") && len(runes) > wechatThing {
			text = string(runes[:wechatThing-1]) + "…"
		}
		return value{text}
	}
	body, err := json.Marshal(map[string]any{"touser": m.To, "template_id": s.Template, "url": m.Link, "client_msg_id": strings.ReplaceAll(m.ID, "-", ""),
		"data": map[string]value{s.Title: short(s.Title, m.Title), s.Body: short(s.Body, m.Body)}}, json.Deterministic(true))
	if err != nil {
		return "", outbox.Refuse(err)
	}
	var answer wechatAnswer
	for again := range 2 {
		token, err := s.access(ctx, again > 0)
		if err != nil {
			return "", err
		}
		if answer, err = s.call(ctx, "/cgi-bin/message/template/send?access_token="+url.QueryEscape(token), body); err != nil {
			return answer.text, err
		}
		if !slices.Contains(wechatToken, answer.Code) {
			break
		}
	}
	return answer.text, answer.verdict()
}

// access returns the access token, asking for one when there is none or it is about to end. ended says that the one
// that is kept was refused.
func (s *WeChat) access(ctx context.Context, ended bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.World.Now()
	if !ended && now.Before(s.until) {
		return s.token, nil
	}
	body, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": s.AppID, "secret": s.Secret, "force_refresh": ended}, json.Deterministic(true))
	if err != nil {
		return "", err
	}
	answer, err := s.call(ctx, "/cgi-bin/stable_token", body)
	if err == nil && answer.Token == "" {
		err = cmp.Or(answer.verdict(), errors.New("wechat gave no access token"))
	}
	if err != nil {
		return "", err
	}
	const early = 5 * time.Minute // so that it does not end on its way
	s.token, s.until = answer.Token, now.Add(time.Duration(answer.Seconds)*time.Second-early)
	return s.token, nil
}

// Identify returns the openid of whoever came back from the sign-in page inside the chat program with code.
func (s *WeChat) Identify(ctx context.Context, code string) (string, error) {
	q := url.Values{"appid": {s.AppID}, "secret": {s.Secret}, "code": {code}, "grant_type": {"authorization_code"}}
	answer, err := s.call(ctx, "/sns/oauth2/access_token?"+q.Encode(), nil)
	if err == nil && answer.OpenID == "" {
		err = cmp.Or(answer.verdict(), errors.New("wechat gave no openid"))
	}
	return answer.OpenID, err
}

// wechatAnswer is what every call answers with: 200, and what is meant in a code.
type wechatAnswer struct {
	Code    int64  `json:"errcode"`
	Message string `json:"errmsg"`
	Token   string `json:"access_token"`
	Seconds int64  `json:"expires_in"`
	OpenID  string `json:"openid"`

	text string
}

// call posts body, or gets what path names when there is none. The address holds a secret, so no error shows it; neither does the answer's text hold a token.
func (s *WeChat) call(ctx context.Context, path string, body []byte) (a wechatAnswer, err error) {
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	status, text, header, err := exchange(ctx, s.Client, method, s.Base+path, http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return a, err
	}
	if err := judge(status, header, s.World.Now()); err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, errors.New("the answer of wechat cannot be read")
	}
	a.text = strings.TrimSpace(fmt.Sprintf("errcode %d %s", a.Code, a.Message))
	return a, nil
}

func (a wechatAnswer) verdict() error {
	failure := fmt.Errorf("wechat answered %s", a.text)
	switch {
	case a.Code == 0:
		return nil
	case a.Code == 45009: // the day's quota
		return outbox.Later(failure, time.Hour)
	case slices.Contains(wechatLater, a.Code):
		return outbox.Later(failure, time.Minute)
	case slices.Contains(wechatNever, a.Code):
		return outbox.Refuse(failure)
	}
	return failure
}
