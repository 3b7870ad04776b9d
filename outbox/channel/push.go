package channel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"casebook"
	"casebook/outbox"

	"github.com/SherClockHolmes/webpush-go"
	"github.com/go-json-experiment/json"
)

// Push sends Web Push messages (RFC 8030), encrypted for the browser (RFC 8291) and signed with the server's VAPID key
// (RFC 8292). Message.To is the subscription as the browser gave it: {"endpoint", "keys": {"p256dh", "auth"}}.
type Push struct {
	Client  *http.Client
	World   casebook.World
	Contact string // a mail address, for the push service's keeper
	Public  string // the VAPID keys, base64url
	Private string
}

// Send pushes one message: {"id", "title", "body", "link"}.
func (s Push) Send(ctx context.Context, m outbox.Message) (string, error) {
	var to webpush.Subscription
	if err := json.Unmarshal([]byte(m.To), &to); err != nil {
		return "", outbox.Refuse(errors.New("the subscription cannot be read"))
	}
	body, err := json.Marshal(map[string]string{"id": m.ID, "title": m.Title, "body": m.Body, "link": m.Link}, json.Deterministic(true))
	if err != nil {
		return "", outbox.Refuse(err)
	}
	now := s.World.Now()
	resp, err := webpush.SendNotificationWithContext(ctx, body, &to, &webpush.Options{HTTPClient: s.Client, Subscriber: s.Contact, VAPIDPublicKey: s.Public,
		VAPIDPrivateKey: s.Private, VapidExpiration: now.Add(time.Hour), TTL: int(max(m.Expires.Sub(now), 0) / time.Second), Urgency: webpush.UrgencyNormal})
	if errors.Is(err, ErrForbiddenAddress) {
		return "", outbox.Refuse(ErrForbiddenAddress)
	}
	if err != nil {
		return "", withoutURL(err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // the status says it all
	if resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusGone {
		return string(answer), outbox.Refuse(errors.New("the browser is no longer subscribed"))
	}
	return fmt.Sprintf("HTTP %d", resp.StatusCode), judge(resp.StatusCode, resp.Header, now)
}
