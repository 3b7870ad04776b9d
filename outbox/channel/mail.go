package channel

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"sync"

	"casebook/outbox"

	"github.com/wneessen/go-mail"
)

// Mail hands mail to one relay over SMTP. The relay is usually inside our network, so it is named by whoever runs the
// product and no guard stands before it.
type Mail struct {
	Host     string
	Port     int
	User     string // with Password for SMTP AUTH; "" without
	Password string
	From     string
	TLS      mail.TLSPolicy // mail.TLSMandatory unless the address says otherwise
	Config   *tls.Config    // nil for the system's certificates
	Rate     float64        // mails a second that the relay is given; 20 unless the address says otherwise
}

// maxMailRate is the highest rate that an address may name.
const maxMailRate = 10_000

// ParseMail reads smtp://user:password@host:port?from=…&rate=20; smtp+plain:// allows a relay without TLS, on this machine.
func ParseMail(address string) (Mail, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Query().Get("from") == "" || u.Scheme != "smtp" && u.Scheme != "smtp+plain" {
		return Mail{}, errors.New("a mail relay is written smtp://user:password@host:port?from=casebook@example.org")
	}
	m := Mail{Host: u.Hostname(), Port: 587, From: u.Query().Get("from"), TLS: mail.TLSMandatory, User: u.User.Username(), Rate: 20}
	m.Password, _ = u.User.Password()
	if u.Scheme == "smtp+plain" {
		m.TLS = mail.NoTLS
	}
	if text := u.Query().Get("rate"); text != "" {
		if m.Rate, err = strconv.ParseFloat(text, 64); err != nil || !(m.Rate > 0 && m.Rate <= maxMailRate) {
			return Mail{}, fmt.Errorf("a mail relay's rate is a number of mails a second, above 0 and at most %d", maxMailRate)
		}
	}
	if port := u.Port(); port != "" {
		if m.Port, err = strconv.Atoi(port); err != nil {
			return Mail{}, err
		}
	}
	return m, nil
}

// Send hands one mail over. The Message-ID is made of the message's id, so that a mail program shows a repetition once.
func (s Mail) Send(ctx context.Context, m outbox.Message) (string, error) {
	letter := mail.NewMsg()
	if err := errors.Join(letter.From(s.From), letter.To(m.To)); err != nil {
		return "", outbox.Refuse(err)
	}
	letter.Subject(m.Title)
	letter.SetMessageIDWithValue(m.ID + "@casebook")
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers, please
	text := m.Body
	if m.Link != "" {
		text += "\n\n" + m.Link + "\n"
	}
	letter.SetBodyString(mail.TypeTextPlain, text)
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTLSPolicy(s.TLS), mail.WithoutNoop()}
	if s.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User), mail.WithPassword(s.Password))
	}
	if s.Config != nil {
		options = append(options, mail.WithTLSConfig(s.Config))
	}
	var line hangUp
	client, err := mail.NewClient(s.Host, append(options, mail.WithDialContextFunc(line.dial))...)
	if err != nil {
		return "", outbox.Refuse(err)
	}
	stop := context.AfterFunc(ctx, line.cut)
	err = deliver(ctx, client, letter)
	stop()
	if ctx.Err() != nil && err != nil {
		return "", ctx.Err()
	}
	if failure, ok := errors.AsType[*mail.SendError](err); ok && !failure.IsTemp() && failure.ErrorCode() >= 500 {
		return fmt.Sprint(failure.ErrorCode()), outbox.Refuse(err) // RFC 5321, section 4.2.1: do not repeat
	}
	if err != nil {
		return "", err
	}
	return "taken by " + net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), nil
}

// hangUp is the connection of one conversation. The library waits for a greeting for as long as it likes; we do not.
type hangUp struct {
	mu   sync.Mutex
	conn net.Conn
	over bool
}

func (h *hangUp) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil && h.over {
		err = errors.Join(context.Canceled, conn.Close())
	}
	h.conn = conn
	return conn, err
}

// cut ends the conversation, whichever side speaks.
func (h *hangUp) cut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	if h.conn != nil {
		_ = h.conn.Close()
	}
}

// deliver hands one letter over on a connection of its own.
func deliver(ctx context.Context, client *mail.Client, letter *mail.Msg) error {
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	err = client.SendWithSMTPClient(conn, letter)
	if closeErr := client.CloseWithSMTPClient(conn); err == nil && letter.IsDelivered() {
		return nil // taken; how the conversation ended does not matter
	} else if err == nil {
		err = closeErr
	}
	return err
}
