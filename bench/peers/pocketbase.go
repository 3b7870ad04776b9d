package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// startPocketBase starts PocketBase; synchronous is SQLite's, of which it ships NORMAL: an answer may come before the
// disk has what it acknowledges.
func startPocketBase(ctx context.Context, synchronous string) (*peer, error) {
	dir, err := os.MkdirTemp("", "pocketbase-")
	if err != nil {
		return nil, err
	}
	address := free()
	s := program(ctx, "", nil, os.Args[0], "pocketbase", dir, address, synchronous)
	s.dir = dir
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := ready(address); err != nil {
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		return nil, err
	}
	return &peer{name: "PocketBase, `synchronous=" + synchronous + "`", processes: []*process{s}, send: func(n int) *http.Request {
		return post("http://"+address, "/api/collections/reports/records", "application/json", string(token), inJSON("key", fmt.Sprintf("diary-%d", n), "S-001", n))
	}}, nil
}

// servePocketBase is PocketBase with one collection, to which who has a token adds: no rules over the answers, each key once.
func servePocketBase(dir, address, synchronous string) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: filepath.Join(dir, "pb_data"), DBConnect: func(path string) (*dbx.DB, error) {
		return dbx.Open("sqlite", path+strings.Replace(shipped, "NORMAL", synchronous, 1))
	}})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	reports := core.NewBaseCollection("reports")
	reports.CreateRule = types.Pointer(`@request.auth.id != ""`)
	for _, name := range []string{"key", "patientId", "instrument", "answeredAt", "device"} {
		reports.Fields.Add(&core.TextField{Name: name, Required: true})
	}
	reports.Fields.Add(&core.JSONField{Name: "data", Required: true})
	reports.AddIndex("reports_key", true, "key", "")
	if err := app.Save(reports); err != nil {
		return err
	}
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	sender := core.NewRecord(users)
	sender.SetEmail("phone@example.org")
	sender.SetPassword("a phone sends diaries")
	if err := app.Save(sender); err != nil {
		return err
	}
	token, err := sender.NewAuthToken()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte(token), 0o600); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: address})
}

// shipped are the settings of core.DefaultDBConnect, version 0.36.8.
const shipped = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)"
