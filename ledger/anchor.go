package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"casebook"

	"github.com/go-json-experiment/json"
)

// An anchor keeps the newest checkpoints where neither the database nor the key that signs them is, so that whoever has
// both still cannot write history anew unseen.
type anchor struct {
	from  string // the folder of published checkpoints
	place string // a folder, or an address to which each is posted
	kept  map[casebook.StudyID]string
}

// Anchor brings the newest published checkpoint of each study to place, one after the other, until ctx ends: to a folder (of
// another machine, mounted here), where it is appended as in the folder of published checkpoints, so that casebook-verify
// reads either; or to an address, by POST, as the signed note alone (C2SP tlog-checkpoint, text/plain), which whoever answers
// with 2xx has kept. What cannot be brought is brought the next time, or a newer one in its stead, which proves as much.
func (l *Ledger) Anchor(ctx context.Context, place string, every time.Duration) error {
	a := &anchor{l.o.Publish, place, map[casebook.StudyID]string{}}
	next := time.NewTicker(every)
	defer next.Stop()
	for failing := false; ; {
		err := a.bring(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !failing:
			slog.ErrorContext(ctx, "checkpoints do not reach their anchor, and are brought again", "error", err)
		case err == nil && failing:
			slog.InfoContext(ctx, "checkpoints reach their anchor again")
		}
		failing = err != nil
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// bring brings what is newer than what was brought last. A study whose checkpoint cannot be brought holds up no other.
func (a *anchor) bring(ctx context.Context) (failed error) {
	studies, err := published(a.from)
	if err != nil {
		return err
	}
	for _, study := range studies {
		signed, err := newest(a.from, study)
		if err == nil && signed != "" && signed != a.kept[study] {
			if err = a.keep(ctx, study, signed); err == nil {
				a.kept[study] = signed
			}
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

func (a *anchor) keep(ctx context.Context, study casebook.StudyID, signed string) error {
	if !strings.Contains(a.place, "://") {
		if has, err := newest(a.place, study); err != nil || has == signed {
			return err
		}
		return appendCheckpoint(a.place, study, []byte(signed))
	}
	ctx, done := context.WithTimeout(ctx, anchorTime)
	defer done()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, a.place, strings.NewReader(signed))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "text/plain; charset=utf-8")
	res, err := anchorClient.Do(q)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the anchor answers %s", res.Status)
	}
	return nil
}

// anchorTime is the longest that an anchor may take to answer.
const anchorTime = 10 * time.Second

// anchorClient goes where it was told to and nowhere else.
var anchorClient = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// newest is the last whole checkpoint of a study in a folder, "" for none. It reads the end of the file alone.
func newest(dir string, study casebook.StudyID) (string, error) {
	f, err := os.Open(checkpointFile(dir, study))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	text := make([]byte, min(end, 2*longestCheckpoint))
	if _, err := f.ReadAt(text, end-int64(len(text))); err != nil && err != io.EOF {
		return "", err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	at := bytes.LastIndex(whole, []byte(lineStart))
	if at < 0 {
		return "", nil
	}
	var line checkpointLine
	err = json.Unmarshal(whole[at:], &line)
	return line.Checkpoint, err
}

// longestCheckpoint is more than a line of a checkpoint file takes.
const longestCheckpoint = 4 << 10
