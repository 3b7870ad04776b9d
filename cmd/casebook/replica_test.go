package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"casebook/store/storetest"
)

var adminShape = regexp.MustCompile(`msg="serving the administrator" address=(\S+)`)

// Two gateways read from a replica: who was enrolled through one is seen through the other at once, and the replica is who
// answered.
func TestWhatOneGatewayWroteTheOtherReadsFromAReplica(t *testing.T) {
	t.Parallel()
	storetest.Cluster(t) // or it is skipped
	primary, err := storetest.Start("fsync=off", "full_page_writes=off")
	if err != nil {
		t.Fatal(err)
	}
	replica, err := storetest.Replica(primary, "hot_standby_feedback=on")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{engine: "postgres", folder: t.TempDir(), dsn: primary}
	h.furnish(t)
	words := h.args("serve", "--addr", "127.0.0.1:0", "--db-replica", replica)
	one := visit(t, start(t, nil, words...).says(t, addressShape)).signIn(t, "linyue", password)
	p := start(t, nil, append(words, "--admin", "127.0.0.1:0")...)
	admin := p.says(t, adminShape)
	other := visit(t, p.says(t, addressShape)).signIn(t, "linyue", password)
	token, err := os.ReadFile(filepath.Join(h.folder, adminToken))
	if err != nil {
		t.Fatal(err)
	}
	answered := func() string {
		_, body := stranger(t, admin).ask(t, "GET", "/metrics", "", "Authorization", "Bearer "+strings.TrimSpace(string(token)))
		counted := regexp.MustCompile(`(?m)^casebook_views_replica (\d+)$`).FindStringSubmatch(body)
		if counted == nil {
			t.Fatal("nobody counts what the replica answers")
		}
		return counted[1]
	}
	for n := 0; n < 25 || answered() == "0"; n++ { // a replica that was slow once is not asked for a second
		subject := one.enrol(t)
		if answer, body := other.ask(t, "GET", "/api/v1/studies/CES/subjects/"+subject, ""); answer.StatusCode != http.StatusOK {
			t.Fatalf("%s, who was just enrolled: %d %s", subject, answer.StatusCode, body)
		}
	}
}
