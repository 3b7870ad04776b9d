// Package client is the API for programs in Go: its types and calls are generated from the document, the rest is here. It
// imports nothing of the product, and nothing of the product but tests may import it.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Client calls the API of one server.
type Client struct {
	Base string       // "https://host"
	Key  string       // a key or an access token
	HTTP *http.Client // nil for the default
}

// Refusal is an answer that says no: problem details (RFC 9457). Code is stable.
type Refusal struct {
	Status int
	Code   string `json:"code"`
	Place  string `json:"place"`
	Detail string `json:"detail"`
	Body   []byte `json:"-"`
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%d %s %s: %s", r.Status, r.Code, r.Place, r.Detail)
}

// WithKey returns a client of the server at base with an access token that the key is exchanged for: OAuth 2.0 client
// credentials. The token is good for some minutes.
func WithKey(ctx context.Context, base, clientID, key string) (*Client, error) {
	got, err := (&Client{Base: base}).AuthPostToken(ctx, map[string]string{"grant_type": "client_credentials", "client_id": clientID, "client_secret": key})
	if err != nil {
		return nil, err
	}
	return &Client{Base: base, Key: got.AccessToken}, nil
}

// body is what a call sends.
type body struct {
	kind string
	text io.Reader
	err  error
}

func jsonOf(v any) *body {
	text, err := json.Marshal(v)
	return &body{"application/json", bytes.NewReader(text), err}
}

func rawOf(kind string, text io.Reader) *body { return &body{kind, text, nil} }

func formOf(form map[string]string) *body {
	v := url.Values{}
	for name, value := range form {
		v.Set(name, value)
	}
	return rawOf("application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
}

// ask sends one request. given are its parameters by where they stand and name; "" is not sent. Error: *Refusal.
func (c *Client) ask(ctx context.Context, method, path string, given map[string]string, b *body) (*http.Response, error) {
	query, head := url.Values{}, http.Header{"Accept": {"application/json"}}
	for name, value := range given {
		switch where, name, _ := strings.Cut(name, " "); {
		case where == "path":
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
		case value == "":
		case where == "header":
			head.Set(name, value)
		default:
			query.Set(name, value)
		}
	}
	var text io.Reader
	if b != nil {
		if b.err != nil {
			return nil, b.err
		}
		text = b.text
		head.Set("Content-Type", b.kind)
	}
	address := strings.TrimSuffix(c.Base, "/") + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, text)
	if err != nil {
		return nil, err
	}
	if r.Header = head; c.Key != "" {
		r.Header.Set("Authorization", "Bearer "+c.Key)
	}
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	answer, err := h.Do(r)
	if err != nil || answer.StatusCode < 400 {
		return answer, err
	}
	defer answer.Body.Close()
	no := &Refusal{Status: answer.StatusCode}
	if no.Body, err = io.ReadAll(io.LimitReader(answer.Body, 1<<20)); err != nil {
		return nil, err
	}
	_ = json.Unmarshal(no.Body, no) // what is no problem of ours has no code
	return nil, no
}

// call sends one request and reads its answer into out.
func (c *Client) call(ctx context.Context, out any, method, path string, given map[string]string, b *body) error {
	answer, err := c.ask(ctx, method, path, given, b)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if out == nil || answer.StatusCode == http.StatusNoContent {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(out)
}
