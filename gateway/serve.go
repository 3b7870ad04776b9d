package gateway

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
)

// Serve answers the connections of ln until ctx ends; then it takes no more, lets those under way finish, ends the
// streams, and returns. It closes ln. A TLS listener speaks HTTP/2 when its configuration offers "h2".
func (g *Gateway) Serve(ctx context.Context, ln net.Listener) error {
	return g.ServeWith(ctx, ln, g)
}

// ServeWith is Serve with another handler before the door: one that also has what only our own processes may call.
func (g *Gateway) ServeWith(ctx context.Context, ln net.Listener, h http.Handler) error {
	defer g.stopped()
	return Serve(ctx, ln, h, g.stopped)
}

// Serve runs a server of h with the bounds of this package until ctx ends: the gateway's own, and those between our
// own processes. atStop is called when it is told to stop. Requests that do not finish in 20 s are cut.
func Serve(ctx context.Context, ln net.Listener, h http.Handler, atStop ...func()) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: log.New(faults{}, "", 0)}
	for _, stop := range atStop {
		s.RegisterOnShutdown(stop)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := s.Shutdown(drain)
	if errors.Is(err, context.DeadlineExceeded) {
		slog.WarnContext(ctx, "requests were cut that did not finish in time", "address", ln.Addr().String())
		err = s.Close()
	}
	<-ended
	return err
}

// faults puts into the log what a server says of its connections, but not that somebody came and left without a word, as probes do.
type faults struct{}

func (faults) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if !strings.HasPrefix(text, "http: TLS handshake error") || !strings.HasSuffix(text, ": EOF") {
		slog.Warn(text)
	}
	return len(line), nil
}
