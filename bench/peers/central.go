package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5"
)

// startCentral starts as many processes of ODK Central as the machine of the tables has cores, over one database.
func startCentral(ctx context.Context, dir, node, dsn string) (*peer, error) {
	const processes = 2
	at, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	db, err := pgx.ConnectConfig(ctx, at)
	if err != nil {
		return nil, err
	}
	defer db.Close(ctx)
	if _, err := db.Exec(ctx, `CREATE DATABASE central`); err != nil {
		return nil, err
	}
	env := func(port string) []string {
		config, err := json.Marshal(map[string]any{"default": map[string]any{
			"database": map[string]any{"host": at.Host, "user": at.User, "password": "", "database": "central"},
			"server":   map[string]any{"port": port}}})
		must(err)
		return []string{"NODE_CONFIG=" + string(config), "NODE_ENV=production", "SUPPRESS_NO_CONFIG_WARNING=1"}
	}
	const who, password = "phone@example.org", "a phone sends diaries"
	for _, c := range []struct {
		stdin string
		args  []string
	}{{"", []string{"lib/bin/run-migrations.js"}}, {password + "\n", []string{"lib/bin/cli.js", "-u", who, "user-create"}}, {"", []string{"lib/bin/cli.js", "-u", who, "user-promote"}}} {
		cmd := exec.CommandContext(ctx, node, c.args...)
		cmd.Dir, cmd.Env, cmd.Stdin = dir, append(os.Environ(), env("0")...), strings.NewReader(c.stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", c.args, err, out)
		}
	}
	p := &peer{name: fmt.Sprintf("ODK Central, %d processes", processes)}
	var addresses []string
	for range processes {
		address := free()
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		s := program(ctx, dir, env(port), node, "lib/bin/run-server.js")
		if err := s.cmd.Start(); err != nil {
			return nil, err
		}
		if err := ready(address); err != nil {
			return nil, err
		}
		p.processes, addresses = append(p.processes, s), append(addresses, "http://"+address)
	}
	var session struct {
		Token string `json:"token"`
	}
	var project struct {
		ID int `json:"id"`
	}
	if err := ask(post(addresses[0], "/v1/sessions", "application/json", "", fmt.Sprintf(`{"email":%q,"password":%q}`, who, password)), &session); err != nil {
		return nil, err
	}
	if err := ask(post(addresses[0], "/v1/projects", "application/json", session.Token, `{"name":"Diaries"}`), &project); err != nil {
		return nil, err
	}
	forms := fmt.Sprintf("/v1/projects/%d/forms", project.ID)
	if err := ask(post(addresses[0], forms+"?publish=true&ignoreWarnings=true", "application/xml", session.Token, form()), &struct{}{}); err != nil {
		return nil, err
	}
	p.send = func(n int) *http.Request {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
		return post(addresses[n%processes], forms+"/hbp/submissions", "application/xml", session.Token, inXML(id, "S-001", n))
	}
	return p, nil
}

// ask sends a request that must succeed, and reads its answer.
func ask(q *http.Request, into any) error {
	res, err := http.DefaultClient.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", q.URL, res.Status, text)
	}
	return json.Unmarshal(text, into)
}
