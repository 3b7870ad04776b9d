package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"casebook"

	"connectrpc.com/connect"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// errorHeader carries a casebook.Error whole, beside the Connect code that only comes near it.
const errorHeader = "Casebook-Error-Bin"

// maxMessage bounds a message between our own processes.
const maxMessage = 32 << 20

// Neither side compresses: our processes stand beside one another, where that costs more than the bytes that it saves.
var (
	plain        = connect.WithCompression("gzip", nil, nil)
	plainAnswers = connect.WithAcceptCompression("gzip", nil, nil)
)

// Codec is Connect's codec "json" for plain Go structs. Unlike Parse it passes over unknown members, so that processes
// of two releases can talk while one replaces the other.
func Codec() connect.Codec { return codec{} }

type codec struct{}

func (codec) Name() string                       { return "json" }
func (codec) Marshal(v any) ([]byte, error)      { return json.Marshal(v) }
func (codec) Unmarshal(text []byte, v any) error { return json.Unmarshal(text, v) }

// Serve mounts fn as the Connect procedure "/service/Method", for our own processes only.
func Serve[Req, Res any](mux *http.ServeMux, procedure string, fn func(context.Context, *Req) (*Res, error)) {
	mux.Handle(procedure, connect.NewUnaryHandler(procedure,
		func(ctx context.Context, r *connect.Request[Req]) (*connect.Response[Res], error) {
			if !Ours(ctx) {
				return nil, toWire(casebook.Fail(casebook.Forbidden, "request.peers_only"))
			}
			res, err := fn(ctx, r.Msg)
			if err != nil {
				return nil, toWire(err)
			}
			return connect.NewResponse(res), nil
		}, connect.WithCodec(Codec()), connect.WithReadMaxBytes(maxMessage), plain))
}

// wireError is a casebook.Error, and the members that Extend gave it, on the way between two processes.
type wireError struct {
	Kind    casebook.Kind             `json:"kind"`
	Code    string                    `json:"code"`
	Place   string                    `json:"place"`
	Args    []string                  `json:"args"`
	Members map[string]jsontext.Value `json:"members,omitempty"`
}

// toWire says err in Connect's terms. What lies beneath an error stays in this process.
func toWire(err error) error {
	e := shown(err)
	out := connect.NewError(kinds[e.Kind].code, errors.New(e.Code))
	wire := wireError{Kind: e.Kind, Code: e.Code, Place: e.Place}
	for _, a := range e.Args {
		wire.Args = append(wire.Args, fmt.Sprint(a))
	}
	if x, ok := errors.AsType[*extended](err); ok {
		wire.Members = map[string]jsontext.Value{}
		for name, value := range x.members {
			text, err := json.Marshal(value)
			if err != nil {
				return connect.NewError(connect.CodeInternal, err)
			}
			wire.Members[name] = text
		}
	}
	text, err := json.Marshal(wire, json.Deterministic(true))
	if err != nil {
		return connect.NewError(connect.CodeInternal, err)
	}
	out.Meta().Set(errorHeader, connect.EncodeBinaryHeader(text))
	return out
}

// fromWire is the inverse of toWire.
func fromWire(err error) error {
	c, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return err
	}
	var wire wireError
	text, bad := connect.DecodeBinaryHeader(c.Meta().Get(errorHeader))
	if bad == nil && len(text) > 0 && json.Unmarshal(text, &wire) == nil && kinds[wire.Kind].status != 0 {
		return wire.restore(err)
	}
	switch c.Code() {
	case connect.CodeDeadlineExceeded:
		return fmt.Errorf("%w: %v", context.DeadlineExceeded, err)
	case connect.CodeCanceled:
		return fmt.Errorf("%w: %v", context.Canceled, err)
	case connect.CodeUnavailable:
		return errUnreachable.Wrap(err)
	}
	return err
}

func (w *wireError) restore(beneath error) error {
	switch w.Code { // the context's errors are known by identity, not by code
	case errTimeout.Code:
		return fmt.Errorf("%w: %v", context.DeadlineExceeded, beneath)
	case errGone.Code:
		return fmt.Errorf("%w: %v", context.Canceled, beneath)
	}
	e := casebook.Fail(w.Kind, w.Code).Wrap(beneath)
	for _, a := range w.Args {
		e.Args = append(e.Args, a)
	}
	e.Place = w.Place
	if len(w.Members) == 0 {
		return e
	}
	members := make(map[string]any, len(w.Members))
	for name, text := range w.Members {
		members[name] = text
	}
	return &extended{e, members}
}
