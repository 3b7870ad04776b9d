package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"casebook/ledger"
	"casebook/ops"
	"casebook/store"

	"github.com/go-json-experiment/json"
)

// adminToken is the file, beside the keys, that holds what opens the administrator's address.
const adminToken = "admin-token"

// tokenStore is where that file is: beside the folder of keys, or in a store of secrets.
func tokenStore(dir, secrets string) keyStore {
	if secrets != "" {
		return keyStore{secrets, true}
	}
	return keyStore{dir: dir}
}

// tokens is where the administrator's token is.
func (a *app) tokens() keyStore {
	if a.keys.filled {
		return a.keys
	}
	return keyStore{dir: a.dir}
}

// watch begins the process's view of itself, and hands over the figures that the administrator sees.
func (a *app) watch() error {
	token, err := a.tokens().secret(adminToken, a.db.World())
	if err != nil {
		return err
	}
	a.ops = ops.New(ops.Options{World: a.db.World(), Level: &logLevel, Dir: filepath.Join(a.dir, "dumps"), Token: token})
	a.ops.Gauge("casebook_report_queue_entries", "Patients' reports that wait for a commit.", func() float64 { return float64(a.reports.Waiting()) })
	a.ops.Gauge("casebook_views_replica", "Views that the replica of the database answered since the start.", func() float64 { n, _ := a.db.Replica(); return float64(n) })
	a.ops.Gauge("casebook_views_replica_refused", "Views that the primary answered since the start, because its replica was behind or gone.", func() float64 { _, n := a.db.Replica(); return float64(n) })
	a.ops.Gauge("casebook_ledger_behind_entries", "Entries that the slowest follower of the ledger has still to take in, of all studies.", func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		var behind int64
		err := a.db.View(ctx, func(tx *store.Tx) (err error) { behind, err = ledger.Behind(ctx, tx); return err })
		if err != nil {
			return math.NaN()
		}
		return float64(behind)
	})
	return nil
}

type doctorCommand struct {
	Admin   string `arg:"" help:"The process's administrator address, http://127.0.0.1:PORT."`
	Keys    string `help:"Folder of keys, where the token is." default:"casebook-data" type:"path" env:"CASEBOOK_KEYS"`
	Secrets string `help:"Folder into which a secrets manager puts the keys, and the token." type:"path" env:"CASEBOOK_SECRETS"`
	JSON    bool   `help:"Print the report as one JSON object."`
}

// Run asks the process for its report and prints it.
func (c *doctorCommand) Run(ctx context.Context) error {
	token, err := os.ReadFile(tokenStore(c.Keys, c.Secrets).file(adminToken))
	if err != nil {
		return err
	}
	if !strings.Contains(c.Admin, "://") {
		c.Admin = "http://" + c.Admin
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Admin+"/doctor", nil)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	if c.JSON {
		_, err = fmt.Println(string(text))
		return err
	}
	var r ops.Report
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	return r.Write(os.Stdout)
}
