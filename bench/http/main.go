// Command http answers which HTTP stack carries the product, in the open: the report door and the chain gateway → trial →
// patient → SQL, each with net/http and Connect as the product has them, with Gin, and with go-zero. It is a module of its
// own, so that the product carries none of the others. It starts every server as a process of its own beside a private
// PostgreSQL, offers all of them the same body, the same query and the same cancellations in turn, and writes the tables of
// docs/design/http.md.
//
//	go run . [-rounds 3] [-length 5s] [-write ../../docs/design/http.md]
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/metrics"
	"strings"
	"syscall"
	"time"

	"casebook/store/storetest"
)

// stacks are the contestants, the product's own first.
var stacks = []string{"net/http + Connect", "Gin", "go-zero"}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve(os.Args[2:])
		return
	}
	rounds := flag.Int("rounds", 3, "rounds, each with every stack in turn")
	length := flag.Duration("length", 5*time.Second, "length of one measurement")
	write := flag.String("write", "", "page whose tables are replaced; printed if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	must(run(ctx, *rounds, *length, *write))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, rounds int, length time.Duration, write string) error {
	dsn, err := storetest.Start()
	if err != nil {
		return err
	}
	doors, err := measureDoors(ctx, rounds, length)
	if err != nil {
		return err
	}
	chains, err := measureChains(ctx, dsn, rounds, length)
	if err != nil {
		return err
	}
	text := doorTable(doors) + "\n" + chainTable(chains)
	if write == "" {
		fmt.Print(text)
		return nil
	}
	return replace(write, text)
}

// The marks between which the page's tables stand.
const begin, end = "<!-- bench/http -->\n", "<!-- end of bench/http -->\n"

func replace(file, text string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the tables", file)
	}
	return os.WriteFile(file, []byte(head+begin+text+end+tail), 0o644)
}

// serve is one server process: serve STACK ROLE ADDRESS ADMIN NEXT DSN. At ADMIN it tells how many objects it has allocated.
func serve(args []string) {
	slog.SetLogLoggerLevel(slog.LevelWarn) // nobody logs each request here
	stack, role, address, admin, next, dsn := args[0], args[1], args[2], args[3], args[4], args[5]
	go func() {
		must(http.ListenAndServe(admin, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			s := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}}
			metrics.Read(s)
			fmt.Fprint(w, s[0].Value.Uint64())
		})))
	}()
	var db *patients
	if role == "patient" {
		var err error
		db, err = open(context.Background(), dsn)
		must(err)
	}
	var h http.Handler
	switch {
	case stack == "go-zero" && role == "door":
		zeroDoor(address)
		return
	case stack == "go-zero":
		zeroChain(role, address, next, db)
		return
	case stack == "Gin" && role == "door":
		h = ginDoor()
	case stack == "Gin":
		h = ginChain(role, next, db)
	case role == "door":
		h = netHTTPDoor()
	default:
		h = connectChain(role, next, db)
	}
	ln, err := net.Listen("tcp", address)
	must(err)
	must((&http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}).Serve(ln))
}
