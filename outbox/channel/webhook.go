package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/outbox"
)

// Endpoint is where a webhook goes and the secrets that sign it: more than one while they are exchanged.
type Endpoint struct {
	URL     string
	Secrets []string // each "whsec_" and the key in base64
}

// ErrNoEndpoint says that a webhook was withdrawn or disabled: what waits for it is given up.
var ErrNoEndpoint = errors.New("the webhook is disabled or gone")

// ErrGone is the answer 410: the receiver wants no more.
var ErrGone = errors.New("HTTP 410: the receiver wants no more")

// Webhook sends messages to endpoints by the Standard Webhooks specification, 1.0: the headers webhook-id,
// webhook-timestamp and webhook-signature, the last an HMAC-SHA256 over "id.timestamp.body" for each secret. The lane
// names the endpoint, and the body is sent as it is.
type Webhook struct {
	Client *http.Client
	World  casebook.World
	Find   func(ctx context.Context, study casebook.StudyID, endpoint string) (Endpoint, error)
}

// Send delivers one message.
func (s Webhook) Send(ctx context.Context, m outbox.Message) (string, error) {
	e, err := s.Find(ctx, m.Study, m.Lane)
	if errors.Is(err, ErrNoEndpoint) {
		return "", outbox.Refuse(err)
	}
	if err != nil {
		return "", err
	}
	now := s.World.Now()
	signature, err := Sign(e.Secrets, m.ID, now, []byte(m.Body))
	if err != nil {
		return "", outbox.Refuse(err)
	}
	h := http.Header{"Content-Type": {"application/json"}}
	h["webhook-id"] = []string{m.ID} // as the specification writes them
	h["webhook-timestamp"] = []string{strconv.FormatInt(now.Unix(), 10)}
	h["webhook-signature"] = []string{signature}
	status, answer, header, err := post(ctx, s.Client, e.URL, h, []byte(m.Body))
	if err != nil {
		return "", err
	}
	if status == http.StatusGone {
		return answer, outbox.Refuse(ErrGone)
	}
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", status, answer)), judge(status, header, now)
}

// Sign returns the value of webhook-signature: "v1,SIGNATURE" for each secret, with spaces between.
func Sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	var all []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			return "", errors.New("a webhook's secret cannot be read")
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if len(all) == 0 {
		return "", errors.New("a webhook without a secret")
	}
	return strings.Join(all, " "), nil
}
