package export

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/go-json-experiment/json"
)

// line is one value, as NDJSON tells it.
type line struct {
	Study       string `json:"study"`
	Site        string `json:"site"`
	Subject     string `json:"subject"`
	Event       string `json:"event"`
	EventRepeat string `json:"eventRepeat"`
	Form        string `json:"form"`
	FormRepeat  string `json:"formRepeat"`
	Group       string `json:"group"`
	GroupRepeat string `json:"groupRepeat"`
	Item        string `json:"item"`
	Value       string `json:"value,omitempty"`
	Blank       string `json:"blank,omitempty"`
	By          string `json:"by"`
	At          string `json:"at"`
	Version     string `json:"version"` // OID of the definition that the form was last saved under
}

// lines writes every value as one line of JSON.
func lines(ctx context.Context, c *Cut, out io.Writer) error {
	w := bufio.NewWriter(out)
	err := c.Each(ctx, func(b *Casebook) error {
		for _, f := range b.Forms {
			for _, k := range f.Items {
				l := line{string(f.Study), string(b.Site), string(b.ID), f.Event, f.EventRepeat, f.Form, f.FormRepeat, k.Group, k.Repeat, k.Item,
					k.Value.Value, k.Blank, string(k.By), at(k.At), c.version(f.Definition).Definition.OID}
				if err := json.MarshalWrite(w, l); err != nil {
					return err
				}
				if err := w.WriteByte('\n'); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return errors.Join(err, w.Flush())
}
