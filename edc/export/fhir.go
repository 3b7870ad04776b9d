package export

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/record"
	"casebook/trial"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// responses writes the forms as FHIR R4, a line for each resource, as FHIR's bulk data are: the Questionnaires of all versions,
// and a QuestionnaireResponse for each form. What a resource has no place for is a line of losses.ndjson.
func responses(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) (err error) {
	r := &responding{c: c}
	defer func() { err = errors.Join(err, r.close()) }()
	for i, out := range []*ndjson{&r.questionnaires, &r.responses, &r.losses} {
		f, err := create([]string{"Questionnaire", "QuestionnaireResponse", "losses"}[i] + ".ndjson")
		if err != nil {
			return err
		}
		*out = ndjson{bufio.NewWriter(f), f}
	}
	for _, v := range c.versions {
		for _, f := range v.Definition.Forms {
			if err := r.questionnaire(v, f.OID); err != nil {
				return err
			}
		}
	}
	return c.Each(ctx, func(b *Casebook) error {
		for _, f := range b.Forms {
			if err := r.response(b, f); err != nil {
				return fmt.Errorf("%s %s: %w", b.ID, f.Ref(), err)
			}
		}
		return nil
	})
}

// ndjson is a file of lines of JSON.
type ndjson struct {
	*bufio.Writer
	file io.Closer
}

// line writes JSON, indented or not, as one line.
func (n *ndjson) line(text []byte) error {
	v := jsontext.Value(text)
	if err := v.Compact(); err != nil {
		return err
	}
	_, err := n.Write(append(v, '\n'))
	return err
}

func (n *ndjson) close() error {
	if n.file == nil {
		return nil
	}
	return errors.Join(n.Flush(), n.file.Close())
}

type responding struct {
	c                                 *Cut
	questionnaires, responses, losses ndjson
}

func (r *responding) close() error {
	return errors.Join(r.questionnaires.close(), r.responses.close(), r.losses.close())
}

func (r *responding) questionnaire(v *trial.Version, form string) error {
	var text bytes.Buffer
	study := &odm.Study{OID: string(r.c.Trial.ID), Name: r.c.Trial.Name}
	losses, err := fhir.Write(&text, study, v.Definition, form)
	if err != nil {
		return err
	}
	var q map[string]jsontext.Value
	if err := json.Unmarshal(text.Bytes(), &q); err != nil {
		return err
	}
	url, version, _ := strings.Cut(fhir.Canonical(string(r.c.Trial.ID), form, v.Definition.OID), "|")
	for name, text := range map[string]string{"url": url, "version": version, "id": fhir.Identity(url, version)} {
		if q[name], err = jsontext.AppendQuote(nil, text); err != nil {
			return err
		}
	}
	whole, err := json.Marshal(q, json.Deterministic(true))
	if err != nil {
		return err
	}
	return errors.Join(r.questionnaires.line(whole), r.lost("Questionnaire/"+fhir.Identity(url, version), losses))
}

func (r *responding) response(b *Casebook, f *record.Form) error {
	v := r.c.version(f.Definition)
	of := fhir.Response{ID: fhir.ResponseID(string(f.Subject), f.Ref()), Identifier: string(f.Subject) + "/" + f.Ref(),
		Questionnaire: fhir.Canonical(string(f.Study), f.Form, v.Definition.OID), Status: "in-progress", Authored: at(f.UpdatedAt),
		SubjectIdentifier: string(b.ID)}
	if f.State == record.Complete {
		of.Status = "completed"
	}
	for _, k := range f.Items {
		if k.Value.Value != "" || k.Blank != "" {
			of.Answers = append(of.Answers, fhir.Answer{Group: k.Group, Repeat: k.Repeat, Item: k.Item, Value: k.Value.Value, Blank: k.Blank})
		}
	}
	var text bytes.Buffer
	losses, err := fhir.WriteResponse(&text, v.Definition, f.Form, of)
	if err != nil {
		return err
	}
	return errors.Join(r.responses.line(text.Bytes()), r.lost("QuestionnaireResponse/"+of.ID, losses))
}

// lost tells what a resource has no place for.
func (r *responding) lost(resource string, losses []odm.Loss) error {
	for _, l := range losses {
		text, err := json.Marshal(map[string]any{"resource": resource, "place": l.Place, "code": l.Code, "what": l.What, "texts": l.Texts}, json.Deterministic(true))
		if err != nil {
			return err
		}
		if err := r.losses.line(text); err != nil {
			return err
		}
	}
	return nil
}
