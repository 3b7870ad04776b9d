package load

import (
	"context"
	"net/http"
	"strconv"

	"casebook"

	"github.com/go-json-experiment/json"
)

// coordinator corrects values: opens a casebook, reads up to three of its forms, and saves one corrected measurement in
// each, on the version that was read.
type coordinator struct {
	*desk
	turn int      // subjects differ between coordinators
	todo []string // forms to work on
	// the form that is open, and the correction that is ready to be saved; "" and nil before
	form, version string
	correction    []byte
}

func (c *coordinator) next(int64) request {
	switch {
	case c.correction != nil:
		return request{"save", c.request("PATCH", c.form, c.version, c.correction), false}
	case len(c.todo) > 0:
		c.form, c.todo = c.todo[0], c.todo[1:]
		return request{"form", c.get(c.form), true}
	}
	c.form = ""
	c.turn += c.Connections
	return request{"casebook", c.get(c.subject(c.turn)), true}
}

func (c *coordinator) take(a *answer) (ok bool) {
	switch {
	case c.correction != nil: // saved, or somebody else was first: either way on to the next
		c.correction = nil
		return true
	case a.status >= 300:
		return true
	case c.form != "":
		c.version = a.etag
		c.correction, ok = correct(a, c.correctable)
		return ok && c.version != ""
	}
	const formsOfOneSitting = 3
	forms, ok := filled(c.subject(c.turn), a)
	if n := len(forms); n > formsOfOneSitting {
		at := c.turn % (n - formsOfOneSitting + 1)
		forms = forms[at : at+formsOfOneSitting]
	}
	c.todo = forms
	return ok
}

// value is an item of a form, as far as it is needed to correct it.
type value struct {
	Group  string `json:"group"`
	Repeat string `json:"repeat"`
	Item   string `json:"item"`
	Value  string `json:"value"`
}

// correct returns the body that changes one of the measurements in a form by one, or nil when the form holds none.
func correct(a *answer, measured map[string]bool) (body []byte, ok bool) {
	var form struct {
		Items []value `json:"items"`
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &form) != nil {
		return nil, false
	}
	for _, v := range form.Items {
		n, err := strconv.Atoi(v.Value)
		if err != nil || !measured[v.Item] {
			continue
		}
		v.Value = strconv.Itoa(n + 1 - n%2*2) // to and fro: a value must not wander off in a long run
		body, err = json.Marshal(struct {
			Items  []value `json:"items"`
			Reason string  `json:"reason"`
		}{[]value{v}, "Corrected against the source document"})
		return body, err == nil
	}
	return nil, true
}

// measured finds the items that can be corrected in a study's definition: whole numbers with a unit that nobody
// computes.
func (d *desk) measured(ctx context.Context, c *conn) (map[string]bool, error) {
	a, err := c.do(ctx, d.get(d.study+"/definition"), d.World.Now().Add(d.Timeout))
	if err != nil {
		return nil, err
	}
	var study struct {
		Definition struct {
			Items []struct {
				OID      string   `json:"oid"`
				DataType string   `json:"dataType"`
				Units    []string `json:"units"`
			} `json:"items"`
			Groups []struct {
				Items []struct {
					OID    string `json:"oid"`
					Method string `json:"method"`
				} `json:"items"`
			} `json:"groups"`
		} `json:"definition"`
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &study) != nil {
		return nil, casebook.Fail(casebook.NotFound, "load.no_definition", d.Study, a.status)
	}
	found := map[string]bool{}
	for _, i := range study.Definition.Items {
		found[i.OID] = i.DataType == "integer" && len(i.Units) > 0
	}
	for _, g := range study.Definition.Groups {
		for _, ref := range g.Items {
			if ref.Method != "" {
				delete(found, ref.OID)
			}
		}
	}
	return found, nil
}
