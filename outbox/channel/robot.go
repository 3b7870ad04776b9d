package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"casebook"
	"casebook/outbox"

	"github.com/go-json-experiment/json"
)

// Robot is a robot of a group in a chat program. Its address is a password: it stands in no message and no log.
type Robot struct {
	URL    string `json:"url"`
	Secret string `json:"secret"` // for the signature, where the robot is set to want one
}

// Robots sends to robots by name (Message.To). Brand says how one is spoken to.
type Robots struct {
	Client *http.Client
	World  casebook.World
	Brand  Brand
	Named  map[string]Robot
}

// Brand is how the robots of one chat program are spoken to.
type Brand struct {
	name   string
	body   func(text string, r Robot, now time.Time) map[string]any
	sign   func(address *url.URL, secret string, now time.Time) // nil when the signature stands in the body
	code   string                                               // the member of the answer that is 0 when the message was taken
	later  []int64                                              // codes that say: too many at once
	broken []int64                                              // codes that say: not this text
}

// The three brands. What each wants, and its codes, are from the makers' pages on group robots.
var (
	// WeCom (企业微信) takes 20 messages a minute from a robot.
	WeCom = Brand{name: "wecom", code: "errcode", later: []int64{45009}, broken: []int64{40058, 44004, 45002},
		body: func(text string, _ Robot, _ time.Time) map[string]any {
			return map[string]any{"msgtype": "text", "text": map[string]string{"content": text}}
		}}
	// DingTalk (钉钉) takes 20 messages a minute and signs in the address.
	DingTalk = Brand{name: "dingtalk", code: "errcode", later: []int64{130101, 410100, 660026}, broken: []int64{400101, 430101, 430102, 430103, 430104},
		body: WeCom.body, sign: func(address *url.URL, secret string, now time.Time) {
			stamp := strconv.FormatInt(now.UnixMilli(), 10)
			q := address.Query()
			q.Set("timestamp", stamp)
			q.Set("sign", sum([]byte(secret), stamp+"\n"+secret))
			address.RawQuery = q.Encode()
		}}
	// Feishu (飞书) takes 100 messages a minute and signs in the body, with the text as the key of an empty message.
	Feishu = Brand{name: "feishu", code: "code", later: []int64{9499, 11232}, broken: []int64{19024},
		body: func(text string, r Robot, now time.Time) map[string]any {
			body := map[string]any{"msg_type": "text", "content": map[string]string{"text": text}}
			if r.Secret != "" {
				stamp := strconv.FormatInt(now.Unix(), 10)
				body["timestamp"], body["sign"] = stamp, sum([]byte(stamp+"\n"+r.Secret), "")
			}
			return body
		}}
)

func sum(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Send gives one message to the robot called m.To.
func (s Robots) Send(ctx context.Context, m outbox.Message) (string, error) {
	robot, known := s.Named[m.To]
	address, err := url.Parse(robot.URL)
	if !known || err != nil {
		return "", outbox.Refuse(fmt.Errorf("there is no %s robot called %q", s.Brand.name, m.To))
	}
	now := s.World.Now()
	if s.Brand.sign != nil && robot.Secret != "" {
		s.Brand.sign(address, robot.Secret, now)
	}
	body, err := json.Marshal(s.Brand.body(plain(m), robot, now), json.Deterministic(true))
	if err != nil {
		return "", outbox.Refuse(err)
	}
	status, answer, header, err := post(ctx, s.Client, address.String(), http.Header{"Content-Type": {"application/json"}}, body)
	if err != nil {
		return "", err
	}
	if err := judge(status, header, now); err != nil {
		return answer, err
	}
	return answer, s.verdict(answer)
}

// verdict reads the answer: these programs say 200 to everything, and what they mean in a code.
func (s Robots) verdict(answer string) error {
	var members map[string]any
	if err := json.Unmarshal([]byte(answer), &members); err != nil {
		return fmt.Errorf("the answer of %s cannot be read", s.Brand.name)
	}
	number, ok := members[s.Brand.code].(float64)
	code := int64(number)
	failure := fmt.Errorf("%s answered %s %d", s.Brand.name, s.Brand.code, code)
	switch {
	case ok && code == 0:
		return nil
	case slices.Contains(s.Brand.later, code):
		return outbox.Later(failure, time.Minute)
	case slices.Contains(s.Brand.broken, code):
		return outbox.Refuse(failure)
	}
	return failure
}
