// Package bucket keeps bytes by name in an S3-compatible object store. It refuses bytes that do not have the size and the
// SHA-256 under which they are asked for, and knows nothing of documents.
package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"casebook"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/go-json-experiment/json"
)

// Config is the file that names a bucket. It holds a secret, so it is no setting that people see.
type Config struct {
	URL    string `json:"url"`    // of the bucket, and a folder in it if one likes: https://HOST/BUCKET or https://BUCKET.HOST
	Region string `json:"region"` // us-east-1 when ""
	Key    string `json:"key"`
	Secret string `json:"secret"`
}

// Bucket is a place for bytes. Each call is tried three times, and ends with its context.
type Bucket struct {
	Patience time.Duration // of one try; 20 s
	Pause    time.Duration // after the first try, and twice as long after the second; 200 ms

	base   *url.URL
	region string
	who    aws.Credentials
	now    func() time.Time
	signer *v4.Signer
	client *http.Client
}

const tries = 3

// Read reads the file that names a bucket. Error: Invalid document.bucket_file, with what is wrong.
func Read(path string, world casebook.World) (*Bucket, error) {
	var c Config
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &c, json.RejectUnknownMembers(true))
	}
	if err != nil {
		return nil, casebook.Fail(casebook.Invalid, "document.bucket_file", path, err.Error())
	}
	return New(c, world)
}

// beside reports whether a host is this machine, where alone a bucket may be asked without TLS.
func beside(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// New returns the bucket that c names, which is not asked yet. Error: Invalid document.bucket_file.
func New(c Config, world casebook.World) (*Bucket, error) {
	base, err := url.Parse(strings.TrimSuffix(c.URL, "/"))
	if err != nil || base.Scheme != "https" && !(base.Scheme == "http" && beside(base.Hostname())) || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, casebook.Fail(casebook.Invalid, "document.bucket_file", "url", "https://HOST/BUCKET").At("url")
	}
	for _, must := range [][2]string{{"key", c.Key}, {"secret", c.Secret}} {
		if must[1] == "" {
			return nil, casebook.Fail(casebook.Invalid, "document.bucket_file", must[0], `""`).At(must[0])
		}
	}
	b := &Bucket{Patience: 20 * time.Second, Pause: 200 * time.Millisecond, base: base, region: c.Region, who: aws.Credentials{AccessKeyID: c.Key, SecretAccessKey: c.Secret}, now: world.Now}
	if b.region == "" {
		b.region = "us-east-1"
	}
	b.signer = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }) // S3 alone has its paths encoded once
	b.client = &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} // what is signed is signed for one host
	return b, nil
}

// Close ends connections that nobody uses.
func (b *Bucket) Close() { b.client.CloseIdleConnections() }

// Put keeps content under name; the store is told its SHA-256 and refuses what arrives otherwise. Error: Busy
// document.bucket_down.
func (b *Bucket) Put(ctx context.Context, name string, content []byte) error {
	_, err := b.persist(ctx, func(ctx context.Context) ([]byte, error) { return b.call(ctx, http.MethodPut, name, content, 0) })
	return err
}

// Get returns the bytes under name, which must have this size and this SHA-256 in hex. Errors: Conflict
// document.bytes_wrong when they have not, or there are none; Busy document.bucket_down.
func (b *Bucket) Get(ctx context.Context, name string, size int64, hash string) ([]byte, error) {
	return b.persist(ctx, func(ctx context.Context) ([]byte, error) {
		content, err := b.call(ctx, http.MethodGet, name, nil, size)
		if sum := sha256.Sum256(content); err == nil && (int64(len(content)) != size || hex.EncodeToString(sum[:]) != hash) {
			err = errWrong
		}
		return content, err
	})
}

// Delete removes what stands under name, if anything does. Error: Busy document.bucket_down.
func (b *Bucket) Delete(ctx context.Context, name string) error {
	_, err := b.persist(ctx, func(ctx context.Context) ([]byte, error) { return b.call(ctx, http.MethodDelete, name, nil, 0) })
	if casebook.KindOf(err) == casebook.Conflict && err != nil { // there is nothing
		return nil
	}
	return err
}

// What is not the store's silence.
var (
	errWrong   = casebook.Fail(casebook.Conflict, "document.bytes_wrong")
	errRefused = errors.New("the store refuses")
)

// persist calls until the store has answered what it should, or has refused, or was tried often enough.
func (b *Bucket) persist(ctx context.Context, call func(context.Context) ([]byte, error)) ([]byte, error) {
	for try := 0; ; try++ {
		within, cancel := context.WithTimeout(ctx, b.Patience)
		answer, err := call(within)
		cancel()
		switch {
		case err == nil:
			return answer, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case try+1 < tries && !errors.Is(err, errRefused):
		case errors.Is(err, errWrong):
			return nil, err
		default:
			return nil, casebook.Fail(casebook.Busy, "document.bucket_down").Wrap(err)
		}
		pause := time.NewTimer(b.Pause << try)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, ctx.Err()
		}
	}
}

// call asks the store once and returns what it answers, at most one byte more than most.
func (b *Bucket) call(ctx context.Context, method, name string, content []byte, most int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, b.base.JoinPath(name).String(), bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	r.Header.Set("X-Amz-Content-Sha256", digest)
	if err := b.signer.SignHTTP(ctx, b.who, r, digest, "s3", b.region, b.now()); err != nil {
		return nil, err
	}
	res, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK || res.StatusCode == http.StatusNoContent {
		return io.ReadAll(io.LimitReader(res.Body, most+1))
	}
	code := saying(res.Body)
	switch {
	case code == "NoSuchKey":
		return nil, errWrong
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout:
		return nil, fmt.Errorf("the store answers %s: %s", res.Status, code)
	}
	return nil, fmt.Errorf("%w: %s: %s", errRefused, res.Status, code)
}

// saying is the code of an answer that is an error.
func saying(body io.Reader) string {
	var e struct {
		Code string `xml:"Code"`
	}
	if err := xml.NewDecoder(io.LimitReader(body, 4<<10)).Decode(&e); err != nil {
		return "no code"
	}
	return e.Code
}
