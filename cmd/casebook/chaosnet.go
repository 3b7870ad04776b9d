//go:build !production

package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"casebook/chaos"

	"github.com/jackc/pgx/v5"
)

const (
	edgeTime = 5 * time.Second // what the edge gives a call: who asks is looked up in the database before the call's own 2 s begin
	illTime  = 7 * time.Second // of a wire: longer than a call may take
)

// netFault runs the product on a PostgreSQL behind an ill wire, with phones behind another.
func netFault(ctx context.Context, s *scratch, dir string, b chaos.Bounds) (m, control chaos.Measure, err error) {
	nurse, err := s.handOver(ctx)
	if err != nil {
		return m, control, err
	}
	o, err := s.overWires(nurse, b.Seed, filepath.Join(dir, "acks"))
	if err != nil {
		return m, control, err
	}
	o.Kills, o.World = max(b.Size, 1), b.World
	if m, err = o.Try(ctx); err != nil {
		return m, control, err
	}
	if o, err = s.overWires(nurse, b.Seed, filepath.Join(dir, "careless-acks")); err != nil {
		return m, control, err
	}
	o.Kills, o.World, o.AckFirst = 1, b.World, true
	control, err = o.Try(ctx)
	return m, control, err
}

// overWires is one process of the product, whose database is reached by the wire.
func (s *scratch) overWires(nurse *http.Cookie, seed uint64, acks string) (o chaos.Net, err error) {
	o.Split = s.threeParts("", nurse, seed, acks)
	o.Parts, o.Ill, o.Frozen = nil, illTime, 0
	conf, err := pgx.ParseConfig(s.Data)
	if err != nil {
		return o, err
	}
	port := strconv.Itoa(int(conf.Port))
	o.Network, o.Database = "tcp", net.JoinHostPort(conf.Host, port)
	if strings.HasPrefix(conf.Host, "/") { // a folder with PostgreSQL's socket
		o.Network, o.Database = "unix", filepath.Join(conf.Host, ".s.PGSQL."+port)
	}
	wired, err := url.Parse(s.Data)
	if err != nil {
		return o, err
	}
	wired.Host = "{wire}"
	q := wired.Query()
	q.Del("host")
	q.Del("port")
	wired.RawQuery = q.Encode()
	db := strings.Replace(wired.String(), "%7Bwire%7D", "{wire}", 1)
	o.Serve = []string{s.program, "--log", "error", "serve", "--second-factor", "none", "--addr", "{addr}", "--db", db, "--keys", s.dir}
	return o, nil
}
