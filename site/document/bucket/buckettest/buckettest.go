// Package buckettest is an object store in the process: it believes nobody whose signature is not what the specification of AWS
// Signature Version 4 gives, computed here by itself, and makes the faults that it is told to. Only tests import it.
package buckettest

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"casebook/site/document/bucket"

	"github.com/go-json-experiment/json"
)

const (
	key    = "AKIAEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	region = "cn-north-1"
)

// Store is an object store with one bucket.
type Store struct {
	Config bucket.Config
	Asked  chan string // the method of each request as it arrives

	now     func() time.Time
	mu      sync.Mutex
	objects map[string][]byte
	faults  []Fault
}

// Fault is how one request goes wrong.
type Fault func(w http.ResponseWriter, r *http.Request, content []byte)

// Status answers with a status and a code of S3.
func Status(status int, code string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) { refuse(w, status, code) }
}

// Drop cuts the connection, Silence says nothing until the caller has gone, Cut sends half of what it announces, and
// Alter sends one bit otherwise.
var (
	Drop    Fault = func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) }
	Silence Fault = func(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }
	Cut     Fault = func(w http.ResponseWriter, _ *http.Request, content []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Write(content[:len(content)/2])
		panic(http.ErrAbortHandler)
	}
	Alter Fault = func(w http.ResponseWriter, _ *http.Request, content []byte) {
		content = slices.Clone(content)
		content[len(content)/2] ^= 1
		w.Write(content)
	}
)

// New starts a store whose clock is now. It ends with the test.
func New(t testing.TB, now func() time.Time) *Store {
	t.Helper()
	s := &Store{Asked: make(chan string, 10_000), now: now, objects: map[string][]byte{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Config = bucket.Config{URL: server.URL + "/files/of-ours", Region: region, Key: key, Secret: secret}
	return s
}

// File is the file that names the bucket.
func (s *Store) File(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bucket.json")
	text, err := json.Marshal(s.Config)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Break makes the next requests go wrong, one by one.
func (s *Store) Break(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faults
}

// Names are what is in the bucket.
func (s *Store) Names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

// Spoil puts other bytes under a name; nil removes it.
func (s *Store) Spoil(name string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects[name] = content; content == nil {
		delete(s.objects, name)
	}
}

func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.Asked <- r.Method
	name, ours := strings.CutPrefix(r.URL.Path, "/files/")
	s.mu.Lock()
	var fault Fault
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
	}
	kept, there := s.objects[name]
	s.mu.Unlock()
	switch code := s.wrong(r, content); {
	case code != "":
		refuse(w, http.StatusForbidden, code)
	case fault != nil:
		fault(w, r, kept)
	case !ours:
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case r.Method == http.MethodPut:
		s.Spoil(name, append([]byte{}, content...))
	case r.Method == http.MethodDelete:
		s.Spoil(name, nil)
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed")
	case !there:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	default:
		w.Write(kept)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

// wrong is the code of what is wrong with a request's signature: "Signature Version 4" of the API reference of Amazon S3,
// "Authenticating Requests: Using the Authorization Header", with the body in one piece.
func (s *Store) wrong(r *http.Request, content []byte) string {
	fields := map[string]string{}
	algorithm, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for _, field := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	stamp := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", stamp)
	if err != nil || at.Sub(s.now()).Abs() > 15*time.Minute {
		return "RequestTimeTooSkewed"
	}
	scope := stamp[:8] + "/" + region + "/s3/aws4_request"
	signed := strings.Split(fields["SignedHeaders"], ";")
	for _, must := range []string{"host", "x-amz-content-sha256", "x-amz-date"} {
		if !slices.Contains(signed, must) {
			return "AccessDenied"
		}
	}
	hash := hexOf(content)
	if r.Header.Get("X-Amz-Content-Sha256") != hash {
		return "XAmzContentSHA256Mismatch"
	}
	var headers strings.Builder
	for _, name := range signed {
		value := cmp.Or(map[string]string{"host": r.Host, "content-length": strconv.FormatInt(r.ContentLength, 10)}[name], strings.Join(r.Header.Values(name), ","))
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.Join(strings.Fields(value), " "))
	}
	canonical := strings.Join([]string{r.Method, encoded(r.URL.Path), r.URL.RawQuery, headers.String(), fields["SignedHeaders"], hash}, "\n")
	k := []byte("AWS4" + secret)
	for _, part := range []string{stamp[:8], region, "s3", "aws4_request"} {
		k = mac(k, part)
	}
	want := hex.EncodeToString(mac(k, strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hexOf([]byte(canonical))}, "\n")))
	if algorithm != "AWS4-HMAC-SHA256" || fields["Credential"] != key+"/"+scope || !hmac.Equal([]byte(fields["Signature"]), []byte(want)) {
		return "SignatureDoesNotMatch"
	}
	return ""
}

func hexOf(b []byte) string { sum := sha256.Sum256(b); return hex.EncodeToString(sum[:]) }

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// encoded is a path as it is signed: everything but letters, digits and -._~/ in hex.
func encoded(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
