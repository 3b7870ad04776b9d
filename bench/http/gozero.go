package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/rest"
	"github.com/zeromicro/go-zero/rest/httpx"
	"github.com/zeromicro/go-zero/rest/pathvar"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
)

// go-zero with its defaults: rest outside, zrpc (gRPC) between processes. The messages are JSON as in the other two
// chains, so that there is one set of types.

type jsonCodec struct{}

func (jsonCodec) Marshal(v any) ([]byte, error)   { return json.Marshal(v) }
func (jsonCodec) Unmarshal(b []byte, v any) error { return json.Unmarshal(b, v) }
func (jsonCodec) Name() string                    { return "json" }

func init() { encoding.RegisterCodec(jsonCodec{}) }

// zeroRest serves routes on address until the process ends.
func zeroRest(address string, routes ...rest.Route) {
	host, port, _ := net.SplitHostPort(address)
	var c rest.RestConf
	must(conf.FillDefault(&c))
	c.Name, c.Host, c.Log.Level = "bench", host, "severe"
	c.Port, _ = strconv.Atoi(port)
	c.Timeout = edgeTime.Milliseconds()
	logx.DisableStat()
	s := rest.MustNewServer(c)
	s.AddRoutes(routes)
	s.Start()
}

func zeroDoor(address string) {
	zeroRest(address, rest.Route{Method: http.MethodPost, Path: "/report", Handler: func(w http.ResponseWriter, r *http.Request) {
		var in report[map[string]any]
		if err := httpx.Parse(r, &in); err != nil {
			httpx.WriteJson(w, http.StatusBadRequest, map[string]string{"error": "Invalid request"})
			return
		}
		httpx.OkJsonCtx(r.Context(), w, processed(in.Patient, in.ID, in.Instrument))
	}})
}

func zeroChain(role, address, next string, db *patients) {
	call := func(ctx context.Context, q *query) (*page, error) { return nil, nil }
	if next != "" {
		var c zrpc.RpcClientConf
		must(conf.FillDefault(&c))
		c.Endpoints = []string{strings.TrimPrefix(next, "http://")}
		c.Timeout = edgeTime.Milliseconds()
		if role == "trial" {
			c.Timeout = trialTime.Milliseconds()
		}
		conn := zrpc.MustNewClient(c).Conn()
		call = func(ctx context.Context, q *query) (*page, error) {
			out := new(page)
			return out, conn.Invoke(ctx, "/chain/Patients", q, out, grpc.CallContentSubtype("json"))
		}
	}
	if role == "gateway" {
		zeroRest(address, rest.Route{Method: http.MethodGet, Path: "/trials/:trial/patients", Handler: func(w http.ResponseWriter, r *http.Request) {
			sleep, _ := strconv.ParseFloat(r.FormValue("sleep"), 64)
			ctx := metadata.AppendToOutgoingContext(r.Context(), "x-user", r.Header.Get("X-User"), "x-parent", r.Header.Get("Traceparent"))
			out, err := call(ctx, &query{pathvar.Vars(r)["trial"], sleep})
			if err != nil {
				httpx.WriteJson(w, zeroStatus(err), map[string]string{"error": err.Error()})
				return
			}
			httpx.OkJsonCtx(r.Context(), w, out)
		}})
		return
	}
	var c zrpc.RpcServerConf
	must(conf.FillDefault(&c))
	c.Name, c.ListenOn, c.Log.Level = "bench", address, "severe"
	c.Timeout = edgeTime.Milliseconds()
	zrpc.MustNewServer(c, func(s *grpc.Server) {
		s.RegisterService(&grpc.ServiceDesc{ServiceName: "chain", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{MethodName: "Patients",
			Handler: func(_ any, ctx context.Context, read func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
				q := new(query)
				if err := read(q); err != nil {
					return nil, err
				}
				return intercept(ctx, q, &grpc.UnaryServerInfo{FullMethod: "/chain/Patients"}, func(ctx context.Context, _ any) (any, error) {
					return zeroPatients(ctx, role, call, db, q)
				})
			}}}}, nil)
	}).Start()
}

// zeroPatients is the procedure at a trial service, which passes it on, or at a patient service.
func zeroPatients(ctx context.Context, role string, call func(context.Context, *query) (*page, error), db *patients, q *query) (*page, error) {
	given, _ := metadata.FromIncomingContext(ctx)
	if role == "trial" {
		return call(metadata.NewOutgoingContext(ctx, given.Copy()), q)
	}
	var w who
	if user := given.Get("x-user"); len(user) == 1 {
		w.user = user[0]
	}
	if parent := given.Get("x-parent"); len(parent) == 1 {
		if part := strings.Split(parent[0], "-"); len(part) == 4 {
			w.trace = part[1]
		}
	}
	out, err := db.list(ctx, w, *q)
	if err != nil && ctx.Err() != nil {
		return nil, grpcstatus.FromContextError(ctx.Err()).Err()
	}
	return &out, err
}

func zeroStatus(err error) int {
	switch grpcstatus.Code(err) {
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	case codes.Canceled:
		return status(context.Canceled)
	}
	return http.StatusInternalServerError
}
