package main

import (
	"os"

	"casebook/edc/definition"
	"casebook/odm/formats"
)

type studySpec struct {
	File    string `arg:"" help:"A definition file, or a folder of our own text form." type:"existing"`
	Version string `help:"The OID of the version; the last without it." placeholder:"OID"`
	Lang    string `help:"The language of texts and headings." enum:"en,zh-CN" default:"en"`
}

// Run prints the edit-check specification of a version: every rule, where it stands, and whether it runs.
func (c *studySpec) Run() error {
	study, _, err := readDefinition(c.File)
	if err != nil {
		return err
	}
	v, err := formats.Options{Version: c.Version}.VersionOf(study)
	if err != nil {
		return err
	}
	return definition.Specification(os.Stdout, study, v, c.Lang)
}
