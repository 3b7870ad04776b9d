// Command casebook-verify verifies a ledger with nothing but its rows, its published checkpoints and the public key, on any
// machine that can read them. It writes nothing and knows no study's domain: that the tables agree with the ledger is what
// casebook verify adds.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"casebook"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/store"

	"github.com/alecthomas/kong"
)

type options struct {
	Data        string `arg:"" optional:"" help:"sqlite:PATH of the file of rows, or postgres://…"`
	Checkpoints string `required:"" help:"Folder of the published checkpoints; best a copy that was kept elsewhere." type:"existingdir"`
	Public      string `required:"" help:"File of the public keys." type:"existingfile"`
	Proof       string `help:"A proof of one entry, as casebook prove prints it and a printed casebook shows it by each signature: the text, or a file that holds it. Without DATA only a checkpoint of its own size is good for it."`
	Study       string `help:"With --from: the study whose older tree must be the beginning of the newer one."`
	From        int64  `help:"Size of the older tree, as its checkpoint says."`
	To          int64  `help:"Size of the newer tree; 0 is the whole."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	kong.Parse(&o, kong.Name("casebook-verify"), kong.Description("Verifies a casebook ledger with the public key and the data alone."))
	findings, err := o.verify(ctx)
	if err != nil {
		if e := new(casebook.Error); errors.As(err, &e) {
			fmt.Fprintln(os.Stderr, i18n.Text(e.Code, "en", e.Args...))
		}
		fmt.Fprintln(os.Stderr, "casebook-verify:", err)
	}
	if err != nil || findings > 0 {
		os.Exit(1)
	}
}

// verify prints what holds and what does not, and returns how many findings there are.
func (o options) verify(ctx context.Context) (findings int, err error) {
	text, err := os.ReadFile(o.Public)
	if err != nil {
		return 0, err
	}
	public, err := ledger.ParseKeys(text)
	if err != nil {
		return 0, err
	}
	switch {
	case o.Data != "":
		return o.rows(ctx, public)
	case o.Proof != "":
		return 0, o.proof(ctx, nil, public)
	}
	return 0, errors.New("nothing to verify: name DATA, --proof or both")
}

// rows verifies everything that is kept, and then what is asked for besides.
func (o options) rows(ctx context.Context, public ledger.Keys) (findings int, err error) {
	db, err := store.Open(ctx, o.Data, store.Options{ReadOnly: true, Unsafe: true})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	v, err := ledger.Verify(ctx, db, o.Checkpoints, public, func(casebook.StudyID) []ledger.Fold { return nil })
	if err != nil {
		return 0, err
	}
	fmt.Printf("%d studies, %d entries, %d waiting for their place, %d checkpoints hold, key %s+%08x\n", v.Studies, v.Entries, v.Waiting, v.Checkpoints, public.Last().Name(), public.Last().KeyHash())
	for _, f := range v.Findings {
		fmt.Printf("  %s: %s %s: %s\n", f.Study, f.Table, f.Row, f.What)
	}
	if o.From > 0 {
		err = db.View(ctx, func(tx *store.Tx) error {
			c, err := ledger.ProveConsistency(ctx, tx, casebook.StudyID(o.Study), o.From, o.To)
			if err == nil {
				fmt.Printf("%s: the tree of %d entries, root %s, is the beginning of that of %d, root %s\n", c.Study, c.From, c.Before, c.To, c.After)
				for _, h := range c.Hashes {
					fmt.Printf("  %s\n", h)
				}
			}
			return err
		})
	}
	if err == nil && o.Proof != "" {
		err = db.View(ctx, func(tx *store.Tx) error { return o.proof(ctx, tx, public) })
	}
	return len(v.Findings), err
}

// proof prints what a proof shows, when it leads from its entry to a signed checkpoint. tx may be nil.
func (o options) proof(ctx context.Context, tx *store.Tx, public ledger.Keys) error {
	text := []byte(o.Proof)
	if !strings.HasPrefix(o.Proof, "{") {
		var err error
		if text, err = os.ReadFile(o.Proof); err != nil {
			return err
		}
	}
	p, err := ledger.ParseProof(text)
	if err != nil {
		return err
	}
	e := p.Entry
	points, err := ledger.Checkpoints(o.Checkpoints, e.Study, public)
	if err != nil {
		return err
	}
	c, err := p.Anchor(ctx, tx, points)
	if err != nil {
		return err
	}
	fmt.Printf("%s: entry %d of %d, %s %s %s, by %s as %s, %s\n", e.Study, e.Index, p.Size, e.What, e.Subject, e.Ref, e.Actor, e.Role, e.At.Format(time.RFC3339Nano))
	if e.Reason != "" {
		fmt.Printf("  why: %s\n", e.Reason)
	}
	fmt.Printf("  what: %s → %s\n  it stands in the tree that the checkpoint of %d entries signed, %s\n", e.Old, e.New, c.Size, c.At.Format(time.RFC3339))
	return nil
}
