package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// What every stack does, so that only the stack differs.

// report is the body of POST /report. Each stack reads it in the way that its own documentation shows.
type report[Data any] struct {
	Patient    string `json:"patientId" binding:"required"`
	ID         string `json:"id" binding:"required"`
	Instrument string `json:"instrument" binding:"required"`
	AnsweredAt string `json:"answeredAt,optional"`
	Device     string `json:"device,optional"`
	Data       Data   `json:"data"`
}

// receipt answers it.
type receipt struct {
	Status  string `json:"status"`
	Patient string `json:"patientId"`
	Receipt string `json:"receipt"`
}

func processed(patient, id, instrument string) receipt {
	sum := sha256.Sum256([]byte(patient + "\x00" + id + "\x00" + instrument))
	return receipt{"processed", patient, id + "." + hex.EncodeToString(sum[:16])}
}

// The bounds of the chain: the gateway's own, and what the trial service gives its call to the patient service.
const (
	edgeTime  = 5 * time.Second
	trialTime = 2 * time.Second
	bodyMax   = 64 << 10
)

// query asks for a trial's patients; Sleep makes the database take so many seconds.
type query struct {
	Trial string  `json:"trial"`
	Sleep float64 `json:"sleep"`
}

type page struct {
	Trial    string    `json:"trialId"`
	Patients []patient `json:"patients"`
}

type patient struct {
	ID   string `json:"id"`
	Site string `json:"site"`
}

// statusClientClosed is the status of a visitor who has left, which nobody reads.
const statusClientClosed = 499

// who is what travels with a call down to the statement.
type who struct{ user, trace string }

// patients is the end of the chain.
type patients struct{ pool *pgxpool.Pool }

func open(ctx context.Context, dsn string) (*patients, error) {
	pool, err := pgxpool.New(ctx, dsn+"&pool_max_conns=32")
	return &patients{pool}, err
}

var errNames = errors.New("the ids of a trace and a user have letters, digits and dashes")

// list reads twenty patients. The statement names for whom, as the product's do.
func (p *patients) list(ctx context.Context, w who, q query) (page, error) {
	for _, name := range [...]string{w.user, w.trace} {
		for _, c := range name {
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return page{}, errNames
			}
		}
	}
	out := page{Trial: q.Trial, Patients: make([]patient, 0, 20)}
	rows, err := p.pool.Query(ctx, fmt.Sprintf(`/* user=%s trace=%s */ SELECT 'S-' || n, 'site-' || n %% 8 FROM generate_series(1, 20) n, (SELECT pg_sleep($1)) AS late`, w.user, w.trace), q.Sleep)
	if err != nil {
		return page{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var one patient
		if err := rows.Scan(&one.ID, &one.Site); err != nil {
			return page{}, err
		}
		out.Patients = append(out.Patients, one)
	}
	return out, rows.Err()
}

// status is the answer that an error of the chain deserves.
func status(err error) int {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, context.Canceled):
		return statusClientClosed
	}
	return http.StatusInternalServerError
}

// drain reads an answer to its end, so that its connection is used again.
func drain(r io.ReadCloser) { _, _ = io.Copy(io.Discard, r); r.Close() }
