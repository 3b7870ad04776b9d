package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/web"
)

type question struct {
	Site casebook.SiteID `json:"site"`
	Wait bool            `json:"wait"`
}

type reply struct {
	Actor casebook.Actor `json:"actor"`
	Left  int64          `json:"left"` // milliseconds to the deadline
}

// twoProcesses runs fn behind a door and returns the call of it from another process with the same secret.
func twoProcesses(t *testing.T, fn func(context.Context, *question) (*reply, error)) (call func(context.Context, *question) (*reply, error), address string) {
	t.Helper()
	peers, err := web.NewPeers(casebook.Outside(), []byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	web.Serve(mux, "/ward/Ask", fn)
	server := httptest.NewServer((&web.Door{World: casebook.Outside(), Peers: peers}).Wrap(mux))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return web.Caller[question, reply](web.NewPeer(peers.Client(transport), server.URL), "/ward/Ask"), server.URL
}

func TestActorTraceAndDeadlineCrossTheWire(t *testing.T) {
	t.Parallel()
	call, _ := twoProcesses(t, func(ctx context.Context, _ *question) (*reply, error) {
		end, _ := ctx.Deadline()
		return &reply{Actor: casebook.ActorFrom(ctx), Left: time.Until(end).Milliseconds()}, nil
	})
	lin := casebook.Actor{User: "lin", Role: "coordinator", Location: "01", Trace: "4bf92f3577b34da6a3ce929d0e0e4736"}
	ctx, cancel := context.WithTimeout(casebook.WithActor(t.Context(), lin), time.Minute)
	defer cancel()
	got, err := call(ctx, &question{})
	if err != nil || got.Actor != lin || got.Left < 50_000 || got.Left > 60_000 {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAnErrorSurvivesTheWireWhole(t *testing.T) {
	t.Parallel()
	sent := web.Extend(casebook.Fail(casebook.Stale, "record.conflict", 2, "收缩压").At("IG.VS/1/IT.SYS").Wrap(errors.New("secret-table")), "theirs", []string{"120"})
	call, _ := twoProcesses(t, func(context.Context, *question) (*reply, error) { return nil, sent })
	_, err := call(t.Context(), &question{})
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || e.Kind != casebook.Stale || e.Code != "record.conflict" || e.Place != "IG.VS/1/IT.SYS" || len(e.Args) != 2 || e.Args[1] != "收缩压" {
		t.Fatalf("came back as %#v", err)
	}
	if strings.Contains(err.Error(), "secret-table") {
		t.Error("what lay beneath crossed the wire")
	}
	_, p := ask(t, httptest.NewRequest("GET", "/", nil), failing(err))
	if p.Status != 412 || len(p.Theirs) != 1 || p.Theirs[0] != "120" {
		t.Errorf("its members are lost: %+v", p)
	}
	call, _ = twoProcesses(t, func(context.Context, *question) (*reply, error) { return nil, errors.New("secret-table") })
	if _, err = call(t.Context(), &question{}); casebook.KindOf(err) != casebook.Internal || strings.Contains(err.Error(), "secret-table") {
		t.Errorf("an internal error came as %v", err)
	}
}

func TestTheEndOfACallReachesTheOtherProcess(t *testing.T) {
	t.Parallel()
	ended, begun := make(chan error, 1), make(chan struct{}, 1)
	call, _ := twoProcesses(t, func(ctx context.Context, _ *question) (*reply, error) {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := call(ctx, &question{}); !errors.Is(err, context.DeadlineExceeded) || casebook.KindOf(err) != casebook.Timeout {
		t.Errorf("a passed deadline came back as %v", err)
	}
	<-begun
	<-ended
	ctx, leave := context.WithCancel(t.Context())
	go func() { <-begun; leave() }()
	if _, err := call(ctx, &question{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call came back as %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the other process saw %v", err)
	}
}

func TestOnlyOurOwnProcessesMayCall(t *testing.T) {
	t.Parallel()
	called := false
	_, address := twoProcesses(t, func(context.Context, *question) (*reply, error) { called = true; return &reply{}, nil })
	outside := web.Caller[question, reply](web.NewPeer(http.DefaultClient, address), "/ward/Ask")
	if _, err := outside(t.Context(), &question{}); casebook.KindOf(err) != casebook.Forbidden || called {
		t.Errorf("a stranger's call: %v", err)
	}
}

func TestAPeerThatIsNotThereIsBusy(t *testing.T) {
	t.Parallel()
	call := web.Caller[question, reply](web.NewPeer(http.DefaultClient, "http://127.0.0.1:1"), "/ward/Ask")
	if _, err := call(t.Context(), &question{}); casebook.KindOf(err) != casebook.Busy {
		t.Errorf("%v", err)
	}
}
