package main

import (
	"os"

	"casebook/odm"
	"casebook/odm/formats"
	"casebook/record"
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
	idle := map[odm.Place]string{}
	for _, k := range record.Compile(v, 0).Kept {
		idle[odm.Place{Path: k.Place, Code: k.Code}] = sentence(k.Why)
	}
	return odm.Specification(os.Stdout, study, v, c.Lang, idle)
}
