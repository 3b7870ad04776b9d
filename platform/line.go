package platform

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// put writes a change as one line of JSON, as the encoder would, which spends on it as long as the database does on reading it.
func (c *Change) put(b *bytes.Buffer) error {
	o := object{b: append(b.AvailableBuffer(), '{')}
	o.text("cursor", c.Cursor)
	o.number("index", c.Index)
	o.text("id", c.ID)
	o.text("what", c.What)
	o.some("site", string(c.Site))
	o.some("subject", string(c.Subject))
	o.some("ref", c.Ref)
	o.value("old", c.Old)
	o.value("new", c.New)
	o.some("reason", c.Reason)
	o.text("actor", string(c.Actor))
	o.text("role", c.Role)
	o.some("location", c.Location)
	o.moment("at", c.At)
	if !c.DeviceAt.IsZero() {
		o.moment("deviceAt", c.DeviceAt)
	}
	o.number("release", c.Release)
	o.some("trace", c.Trace)
	b.Write(append(o.b, '}'))
	return o.err
}

// object is a JSON object that grows by members.
type object struct {
	b   []byte
	err error
}

func (o *object) name(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) text(name, value string) {
	o.name(name)
	b, err := jsontext.AppendQuote(o.b, value)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.b = b
}

// some leaves out what is empty.
func (o *object) some(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) number(name string, n int64) {
	o.name(name)
	o.b = strconv.AppendInt(o.b, n, 10)
}

// value is JSON that is valid; it may stand in several lines, and is put into one.
func (o *object) value(name string, v jsontext.Value) {
	if v == nil {
		return
	}
	if bytes.ContainsAny(v, "\r\n") {
		v = v.Clone()
		if err := v.Compact(); err != nil && o.err == nil {
			o.err = err
		}
	}
	o.name(name)
	o.b = append(o.b, v...)
}

func (o *object) moment(name string, at time.Time) {
	o.name(name)
	o.b = append(at.AppendFormat(append(o.b, '"'), time.RFC3339Nano), '"')
}
