package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"casebook"
)

// Onward hands a visit on to the peer as it came, sealed for whom it is (Introduce), and the peer's answer back. origin is the scheme
// and host under which the visitor asked. A visit with a deadline must begin to be answered when four fifths of its time
// have passed; a peer that is not there, or too late, is Unreachable, and nothing was answered. What only reads may reach the peer twice.
func (p *Peer) Onward(w http.ResponseWriter, r *http.Request, origin string) error {
	target, err := url.Parse(p.base)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	late := time.AfterFunc(beginning(ctx), func() { cancel(errUnreachable) })
	defer late.Stop()
	var failed error
	proxy := httputil.ReverseProxy{
		Rewrite: func(to *httputil.ProxyRequest) {
			to.SetURL(target)
			to.Out.Host = to.In.Host
			to.Out.Header["X-Forwarded-For"] = to.In.Header["X-Forwarded-For"] // its end, which is ours, is what counts: From
			to.SetXForwarded()
			scheme, _, _ := strings.Cut(origin, "://")
			to.Out.Header.Set("X-Forwarded-Proto", scheme)
		},
		Transport: onward{p, late},
		ModifyResponse: func(answer *http.Response) error {
			for name := range answer.Header { // what the peer says of its answer counts, and once
				w.Header().Del(name)
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
		ErrorLog:     log.New(io.Discard, "", 0), // who was cut off stands in the access log
	}
	proxy.ServeHTTP(w, r.WithContext(ctx))
	return failed
}

// beginning is how long a peer has to begin its answer.
func beginning(ctx context.Context) time.Duration {
	if left, limited := left(ctx); limited {
		return left * 4 / 5
	}
	return 1<<63 - 1 // a stream begins when there is something to say
}

// onward takes visits to a peer until it begins to answer.
type onward struct {
	peer *Peer
	late *time.Timer
}

func (o onward) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	call := func() (err error) {
		answer, err = o.peer.client.Transport.RoundTrip(r)
		return apart(r.Context(), err)
	}
	if r.Method == http.MethodGet && r.Body == nil {
		err = o.peer.try(r.Context(), call)
	} else {
		err = o.peer.once(call)
	}
	o.late.Stop()
	return answer, err
}

// apart tells why a visit was not answered: its own body was too long, its caller went away or ran out of time, or the peer was
// not there.
func apart(ctx context.Context, err error) error {
	large, is := errors.AsType[*http.MaxBytesError](err)
	switch {
	case err == nil:
		return nil
	case is:
		return casebook.Fail(casebook.TooLarge, "request.too_large", large.Limit)
	case context.Cause(ctx) == errUnreachable, ctx.Err() == nil:
		return fmt.Errorf("%w: %v", errUnreachable, err)
	}
	return ctx.Err()
}
