package main

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"casebook"
	"casebook/web"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The product's own way: net/http with pooled buffers and strict JSON v2; Connect between processes, by package web.

type pooled struct {
	body   bytes.Buffer
	report report[jsontext.Value]
}

var pool = sync.Pool{New: func() any { return new(pooled) }}

func netHTTPDoor() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /report", func(w http.ResponseWriter, r *http.Request) {
		p := pool.Get().(*pooled)
		defer pool.Put(p)
		p.body.Reset()
		p.report = report[jsontext.Value]{Data: p.report.Data[:0]}
		if _, err := p.body.ReadFrom(http.MaxBytesReader(w, r.Body, bodyMax)); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := json.Unmarshal(p.body.Bytes(), &p.report); err != nil || p.report.Patient == "" || p.report.ID == "" || p.report.Instrument == "" {
			http.Error(w, `{"error":"Invalid request"}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		p.body.Reset()
		_ = json.MarshalWrite(&p.body, processed(p.report.Patient, p.report.ID, p.report.Instrument))
		_, _ = w.Write(p.body.Bytes())
	})
	return mux
}

// peers is the secret that the three processes share here.
var peers = func() *web.Peers {
	p, err := web.NewPeers(casebook.Outside(), []byte("a secret of the benchmark, known to everybody"))
	if err != nil {
		panic(err)
	}
	return p
}()

func connectChain(role, next string, db *patients) http.Handler {
	mux := http.NewServeMux()
	call := web.Caller[query, page](web.NewPeer(peers.Client(&http.Transport{MaxIdleConnsPerHost: 64}), next), "/chain/Patients")
	switch role {
	case "gateway":
		mux.Handle("GET /trials/{trial}/patients", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
			sleep, _ := strconv.ParseFloat(r.FormValue("sleep"), 64)
			a := casebook.ActorFrom(r.Context())
			a.User = casebook.UserID(r.Header.Get("X-User"))
			out, err := call(web.WithActor(r.Context(), a), &query{r.PathValue("trial"), sleep})
			if err != nil {
				return err
			}
			return web.JSON(w, http.StatusOK, out)
		}))
	case "trial":
		web.Serve(mux, "/chain/Patients", func(ctx context.Context, q *query) (*page, error) {
			ctx, cancel := context.WithTimeout(ctx, trialTime)
			defer cancel()
			return call(ctx, q)
		})
	case "patient":
		web.Serve(mux, "/chain/Patients", func(ctx context.Context, q *query) (*page, error) {
			a := casebook.ActorFrom(ctx)
			out, err := db.list(ctx, who{string(a.User), a.Trace}, *q)
			if err != nil && ctx.Err() != nil {
				err = ctx.Err()
			}
			return &out, err
		})
	}
	door := &web.Door{World: casebook.Outside(), Limit: func(*http.Request) time.Duration { return edgeTime }}
	if role != "gateway" {
		door.Peers = peers
	}
	return door.Wrap(mux)
}
