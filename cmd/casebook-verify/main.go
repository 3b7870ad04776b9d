// Command casebook-verify verifies a ledger with nothing but its rows, its published checkpoints and the public key, on any
// machine that can read them. It writes nothing and knows no study's domain: that the tables agree with the ledger is what
// casebook verify adds.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"casebook"
	"casebook/ledger"
	"casebook/store"

	"github.com/alecthomas/kong"
)

type options struct {
	Data        string `arg:"" help:"sqlite:PATH of the file of rows, or postgres://…"`
	Checkpoints string `required:"" help:"Folder of the published checkpoints; best a copy that was kept elsewhere." type:"existingdir"`
	Public      string `required:"" help:"File of the public keys." type:"existingfile"`
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
	return len(v.Findings), err
}
