package bucket_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/site/document/bucket"
	"casebook/site/document/bucket/buckettest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const letter = "%PDF-1.7\nan approval of the ethics committee"

var letterSum = sha256.Sum256([]byte(letter))

// open returns a bucket in s that does not wait long.
func open(t *testing.T, c bucket.Config) *bucket.Bucket {
	t.Helper()
	b, err := bucket.New(c, casebook.Outside())
	if err != nil {
		t.Fatal(err)
	}
	b.Pause = time.Millisecond
	t.Cleanup(b.Close)
	return b
}

// stored is a bucket with the letter in it; requests are counted from then on.
func stored(t *testing.T) (*buckettest.Store, *bucket.Bucket) {
	t.Helper()
	s := buckettest.New(t, time.Now)
	b := open(t, s.Config)
	if err := b.Put(t.Context(), "HTN-24/letter", []byte(letter)); err != nil {
		t.Fatal(err)
	}
	<-s.Asked
	return s, b
}

func get(ctx context.Context, b *bucket.Bucket, name string) (string, error) {
	content, err := b.Get(ctx, name, int64(len(letter)), hex.EncodeToString(letterSum[:]))
	return string(content), err
}

// refused wants an error with this code.
func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestWhatIsPutComesBack(t *testing.T) {
	t.Parallel()
	s, b := stored(t)
	if err := b.Put(t.Context(), "HTN-24/letter", []byte(letter)); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if got, err := get(t.Context(), b, "HTN-24/letter"); err != nil || got != letter {
		t.Errorf("%q, %v", got, err)
	}
	if all := s.Names(); !slices.Equal(all, []string{"of-ours/HTN-24/letter"}) {
		t.Errorf("in the bucket are %q", all)
	}
}

func TestAFaultThatPassesIsNotSeenAndOneThatStaysIs(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]buckettest.Fault{"slow down": buckettest.Status(503, "SlowDown"), "too many": buckettest.Status(429, "TooManyRequests"),
		"dropped": buckettest.Drop, "cut": buckettest.Cut, "altered": buckettest.Alter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, b := stored(t)
			s.Break(fault, fault)
			if got, err := get(t.Context(), b, "HTN-24/letter"); err != nil || got != letter || len(s.Asked) != 3 {
				t.Errorf("%q, %v after %d requests", got, err, len(s.Asked))
			}
			code := "document.bucket_down"
			if name == "altered" {
				code = "document.bytes_wrong"
			}
			s.Break(slices.Repeat([]buckettest.Fault{fault}, 2*3)...) // a connection that drops may be tried once more below us
			_, err := get(t.Context(), b, "HTN-24/letter")
			refused(t, "three times", err, code)
		})
	}
}

func TestWhatIsNotWhatWasFiledIsNotHandedOut(t *testing.T) {
	t.Parallel()
	s, b := stored(t)
	_, err := get(t.Context(), b, "HTN-24/another")
	refused(t, "nothing there", err, "document.bytes_wrong")
	for what, content := range map[string]string{"other": strings.Repeat("x", len(letter)), "shorter": letter[1:], "longer": letter + "!", "empty": ""} {
		s.Spoil("of-ours/HTN-24/letter", []byte(content))
		_, err := get(t.Context(), b, "HTN-24/letter")
		refused(t, what, err, "document.bytes_wrong")
	}
}

// A store that refuses is not asked again: it will not change its mind.
func TestAWrongKeyIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := stored(t)
	for what, change := range map[string]func(*bucket.Config){"the secret": func(c *bucket.Config) { c.Secret += "x" }, "the key": func(c *bucket.Config) { c.Key = "AKIAOTHER" },
		"the region": func(c *bucket.Config) { c.Region = "" }, "the bucket": func(c *bucket.Config) { c.URL = strings.Replace(c.URL, "files", "filez", 1) }} {
		c := s.Config
		change(&c)
		b := open(t, c)
		refused(t, what, b.Put(t.Context(), "HTN-24/letter", []byte(letter)), "document.bucket_down")
		_, err := get(t.Context(), b, "HTN-24/letter")
		refused(t, what, err, "document.bucket_down")
		if n := len(s.Asked); n != 2 {
			t.Errorf("%s: %d requests", what, n)
		}
		for len(s.Asked) > 0 {
			<-s.Asked
		}
	}
	s.Break(buckettest.Status(301, "PermanentRedirect"))
	refused(t, "moved", open(t, s.Config).Put(t.Context(), "HTN-24/letter", []byte(letter)), "document.bucket_down")
}

func TestACallerWhoLeavesWaitsForNothing(t *testing.T) {
	t.Parallel()
	s, b := stored(t)
	s.Break(buckettest.Silence)
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { _, err := get(ctx, b, "HTN-24/letter"); ended <- err }()
	<-s.Asked
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) || len(s.Asked) > 0 {
		t.Errorf("%v, and %d requests more", err, len(s.Asked))
	}
}

func TestASilentStoreIsGivenUp(t *testing.T) {
	t.Parallel()
	s, b := stored(t)
	b.Patience = 20 * time.Millisecond
	s.Break(buckettest.Silence, buckettest.Silence, buckettest.Silence)
	_, err := get(t.Context(), b, "HTN-24/letter")
	refused(t, "silence", err, "document.bucket_down")
}

func TestAFileThatNamesNoBucketIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{"url":"https://s3.example.org/b","key":"k","secret":"s","bucket":"b"}`, `{"url":"https://s3.example.org/b","key":"k"}`, `{"url":"https://s3.example.org/b","secret":"s"}`,
		`{"url":"http://s3.example.org/b","key":"k","secret":"s"}`, `{"url":"s3://b","key":"k","secret":"s"}`, `{"url":"https://k:s@s3.example.org/b","key":"k","secret":"s"}`, `{"url":"https://s3.example.org/b?x=y","key":"k","secret":"s"}`} {
		file := filepath.Join(t.TempDir(), "bucket.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := bucket.Read(file, casebook.Outside())
		refused(t, text, err, "document.bucket_file")
	}
	_, err := bucket.Read(filepath.Join(t.TempDir(), "none"), casebook.Outside())
	refused(t, "no file", err, "document.bucket_file")
	b, err := bucket.Read(buckettest.New(t, time.Now).File(t), casebook.Outside())
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
}
