package main

import (
	"bytes"
	"cmp"
	"os"
	"time"

	"casebook"
	"casebook/edc/definition"
	"casebook/odm/formats"
)

type studyPDF struct {
	File      string `arg:"" help:"A definition file, or a folder of our own text form." type:"existing"`
	Out       string `arg:"" help:"The PDF to write; what stands there is replaced."`
	Version   string `help:"The OID of the version; the last without it." placeholder:"OID"`
	Form      string `help:"The OID of the only form; all without it." placeholder:"OID"`
	Lang      string `help:"The language of texts and headings." enum:"en,zh-CN" default:"en"`
	Annotated bool   `help:"Beside each item its OID, type, codes and rules."`
}

// Run writes the forms of a version on paper, A4.
func (c *studyPDF) Run() error {
	study, _, err := readDefinition(c.File)
	if err != nil {
		return err
	}
	v, err := formats.Options{Version: c.Version}.VersionOf(study)
	if err != nil {
		return err
	}
	if c.Form != "" && v.Index().Form(c.Form) == nil {
		return casebook.Fail(casebook.NotFound, "record.form_unknown", c.Form).At("form")
	}
	var out bytes.Buffer
	how := definition.Print{Study: cmp.Or(study.Name, study.OID), Lang: c.Lang, Annotated: c.Annotated, Form: c.Form, At: time.Now().UTC().Truncate(time.Second)}
	if err := definition.CRF(&out, v, how); err != nil {
		return err
	}
	return os.WriteFile(c.Out, out.Bytes(), 0o644)
}
