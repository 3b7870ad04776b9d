package chaos

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/load"
)

const nothingFound = `{"findings":[]}`

// against is F-KILL with a server of the given mode, phones as visitors, and their own list as the judge.
func against(t *testing.T, mode string) Options {
	t.Helper()
	dir := t.TempDir()
	shelf := filepath.Join(dir, "shelf")
	phones := load.Options{Scenario: load.Reports, Study: "HTN", Patients: []string{"HTN-01-001"}, Token: "secret", Rate: 200,
		Duration: time.Minute, Patience: time.Minute, Connections: 8, Seed: 1, Acks: filepath.Join(dir, "acks")}
	return Options{
		Serve:  []string{os.Args[0], "standin", mode, "{addr}", shelf},
		Verify: []string{os.Args[0], "standin", "verify", nothingFound},
		Kills:  3, Seed: 4, Commit: "abc",
		Visit: func(ctx context.Context, address string, acknowledged func()) error {
			o := phones
			o.Address, o.Acked = address, acknowledged
			_, err := load.Run(ctx, o)
			return err
		},
		Judge: func(ctx context.Context, address string) (Judgement, error) {
			o := phones
			o.Address = address
			v, err := load.Verify(ctx, o, onShelf(shelf))
			return Judgement(v), err
		},
	}
}

func kill(t *testing.T, o Options) Report {
	t.Helper()
	r, err := Kill(t.Context(), o)
	if err != nil {
		if e, ok := errors.AsType[*casebook.Error](err); ok && e.Err != nil {
			t.Log(e.Err)
		}
		t.Fatal(err)
	}
	return r
}

func TestAServerThatKeepsBeforeItAnswersLosesNothing(t *testing.T) {
	t.Parallel()
	r := kill(t, against(t, "honest"))
	if !r.Pass || r.Kills != 3 || r.Working == 0 || r.Acknowledged < 100 || r.Lost != 0 || r.Duplicated != 0 || !r.Counted || len(r.Findings) != 0 {
		t.Errorf("%+v", r)
	}
	if r.ReadyP50ms <= 0 || r.ReadyP99ms < r.ReadyP50ms || r.ReadyMaxMs < r.ReadyP99ms || r.ID != "F-KILL" || r.Seed != 4 || r.Commit != "abc" {
		t.Errorf("%+v", r)
	}
}

// The controls: each makes one promise that is not kept, and is caught.
func TestAServerThatAnswersBeforeItKeepsIsCaught(t *testing.T) {
	t.Parallel()
	r := kill(t, against(t, "early"))
	t.Logf("%d of %d lost", r.Lost, r.Acknowledged)
	if r.Pass || r.Lost == 0 || r.Lost > r.Acknowledged/2 {
		t.Errorf("%+v", r)
	}
}

func TestAcknowledgingBeforeTheServerDoesIsCaught(t *testing.T) {
	t.Parallel()
	o := against(t, "honest")
	o.AckFirst = true
	r := kill(t, o)
	t.Logf("%d of %d lost", r.Lost, r.Acknowledged)
	if r.Pass || r.Lost == 0 || r.Control != "ack first" || r.Lost+r.Changed != r.Acknowledged || r.Changed == 0 {
		t.Errorf("%+v", r)
	}
}

func TestAServerThatKeepsTwiceIsCaught(t *testing.T) {
	t.Parallel()
	if r := kill(t, against(t, "double")); r.Pass || r.Duplicated == 0 || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}

func TestAServerThatForgetsWhatItSaidIsCaught(t *testing.T) {
	t.Parallel()
	if r := kill(t, against(t, "fickle")); r.Pass || r.Changed == 0 || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}

func TestFindingsInTheDataFailTheTest(t *testing.T) {
	t.Parallel()
	o := against(t, "honest")
	o.Kills = 1
	o.Verify = []string{os.Args[0], "standin", "verify", `{"findings":[{"row":"7"}]}`}
	if r := kill(t, o); r.Pass || len(r.Findings) != 1 || !strings.Contains(r.Findings[0], "7") || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}

func TestATestThatCannotBeCarriedOutIsNoVerdict(t *testing.T) {
	t.Parallel()
	for mode, code := range map[string]string{"fragile": "chaos.server_ended", "no program": "chaos.no_program", "no verdict": "chaos.verify"} {
		o := against(t, mode)
		switch mode {
		case "no program":
			o.Serve = nil
		case "no verdict":
			o.Kills = 0
			o.Verify = []string{os.Args[0], "standin", "verify", "[] is not an answer"}
		}
		r, err := Kill(t.Context(), o)
		if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != code || r.Pass {
			t.Errorf("%s: %v, %+v", mode, err, r)
		}
	}
	o := against(t, "honest")
	o.Visit = func(context.Context, string, func()) error { return errors.New("the visitor stumbled") }
	if _, err := Kill(t.Context(), o); err == nil || err.Error() != "the visitor stumbled" {
		t.Error(err)
	}
}

func TestAServerThatIsNeverReadyIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	o := against(t, "never ready")
	if _, err := Kill(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestWhoListensIsLookedAt(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if !listens(os.Getpid(), address) {
		t.Error("this process listens and is not seen")
	}
	if listens(os.Getppid(), address) {
		t.Error("another process is taken for the listener")
	}
	l.Close()
	if listens(os.Getpid(), address) {
		t.Error("nobody listens any more")
	}
}
