package chaos

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

// TestMain is the test, and also the server that the test kills: this binary once more, started with "standin".
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "standin" {
		os.Exit(standin(os.Args[2], os.Args[3:]))
	}
	goleak.VerifyTestMain(m)
}

// shelf keeps reports in a file, a line each. What was written to a file survives the writer's death, if not the
// machine's.
type shelf struct {
	mode string
	mu   sync.Mutex
	file *os.File
	kept map[string]string
}

// standin is a server as small as can be, good or bad by its mode.
func standin(mode string, args []string) int {
	switch mode {
	case "verify":
		fmt.Println(args[0])
		if !strings.Contains(args[0], "[]") {
			return 1
		}
		return 0
	case "fragile":
		time.AfterFunc(100*time.Millisecond, func() { fmt.Fprintln(os.Stderr, "I fell over"); os.Exit(3) })
	}
	file, err := os.OpenFile(args[1], os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 2
	}
	s := &shelf{mode: mode, file: file, kept: map[string]string{}}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		id, receipt, _ := strings.Cut(lines.Text(), " ")
		s.kept[id] = receipt
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /report", s.report)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if mode == "never ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(args[0], mux))
	return 2
}

// commitTime is how long a commit takes, so that a kill falls into some.
const commitTime = 20 * time.Millisecond

func (s *shelf) report(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var report struct {
		ID string `json:"id"`
	}
	if err != nil || json.Unmarshal(body, &report) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	sum := sha256.Sum256(body)
	receipt := hex.EncodeToString(sum[:8])
	if s.mode == "fickle" {
		receipt += fmt.Sprint(os.Getpid())
	}
	known, again := s.known(report.ID)
	switch {
	case again:
		w.Header().Set("Idempotent-Replay", "true")
		if s.mode != "fickle" {
			receipt = known
		}
	case s.mode == "early":
		time.AfterFunc(commitTime, func() { s.keep(report.ID, receipt) })
	default:
		<-time.After(commitTime)
		s.keep(report.ID, receipt)
	}
	_ = json.MarshalWrite(w, map[string]string{"status": "processed", "id": report.ID, "receipt": receipt})
}

func (s *shelf) known(id string) (receipt string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	receipt, ok = s.kept[id]
	return receipt, ok
}

func (s *shelf) keep(id, receipt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.kept[id]; again {
		return
	}
	line := id + " " + receipt + "\n"
	if s.mode == "double" && len(s.kept)%10 == 0 {
		line += line
	}
	if _, err := io.WriteString(s.file, line); err != nil {
		panic(err)
	}
	s.kept[id] = receipt
}

// onShelf counts what a shelf's file holds.
func onShelf(path string) func(context.Context, string) (map[string]int, error) {
	return func(_ context.Context, prefix string) (map[string]int, error) {
		text, err := os.ReadFile(path)
		found := map[string]int{}
		for line := range strings.Lines(string(text)) {
			if id, _, ok := strings.Cut(line, " "); ok && strings.HasPrefix(id, prefix) {
				found[id]++
			}
		}
		return found, err
	}
}
