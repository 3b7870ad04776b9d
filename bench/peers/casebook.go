package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// startCasebook starts the demo: on SQLite, or on PostgreSQL if dsn names one.
func startCasebook(ctx context.Context, binary, dsn string) (*peer, error) {
	dir, err := os.MkdirTemp("", "casebook-peers-")
	if err != nil {
		return nil, err
	}
	args := []string{"demo", "--json", "--log", "error", "--data", dir, "--addr", "127.0.0.1:0", "--admin", free()}
	if dsn != "" {
		args = append(args, "--db", dsn)
	}
	s := program(ctx, "", nil, binary, args...)
	s.dir = dir
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the demo said nothing: %w", err)
	}
	var hello struct {
		Address     string   `json:"address"`
		ReportToken string   `json:"reportToken"`
		PatientIDs  []string `json:"patientIds"`
	}
	if err := json.Unmarshal(line, &hello); err != nil {
		return nil, err
	}
	return &peer{name: "casebook, `POST /report`", processes: []*process{s}, send: func(n int) *http.Request {
		who := hello.PatientIDs[n%len(hello.PatientIDs)]
		return post(hello.Address, "/report", "application/json", hello.ReportToken, inJSON("id", fmt.Sprintf("diary-%d", n), who, n))
	}}, nil
}
