package main

import (
	"fmt"
	"strings"

	"casebook/odm"
	"casebook/odm/formats"
)

type studyDiff struct {
	A    string `arg:"" help:"The definition as it was." type:"existing"`
	B    string `arg:"" help:"The definition as it is." type:"existing"`
	From string `help:"The OID of the version in A; the last without it." placeholder:"OID"`
	To   string `help:"The OID of the version in B; the last without it." placeholder:"OID"`
	JSON bool   `help:"Print one JSON object."`
}

// compared is what diff prints.
type compared struct {
	From    string         `json:"from"` // the versions' OIDs
	To      string         `json:"to"`
	Changes []odm.Change   `json:"changes"`
	Impacts map[string]int `json:"impacts"` // how many changes have each
}

// Run compares the two versions.
func (c *studyDiff) Run() error {
	a, err := oneVersion(c.A, c.From)
	if err != nil {
		return err
	}
	b, err := oneVersion(c.B, c.To)
	if err != nil {
		return err
	}
	found := compared{From: a.OID, To: b.OID, Changes: append([]odm.Change{}, odm.Diff(a, b)...), Impacts: map[string]int{}}
	for _, change := range found.Changes {
		for _, name := range change.Impact {
			found.Impacts[name]++
		}
	}
	if c.JSON {
		return printJSON(found)
	}
	for _, change := range found.Changes {
		fmt.Println(change)
	}
	var counts []string
	for _, name := range odm.Impact(0xFF).Names() {
		if n := found.Impacts[name]; n > 0 {
			counts = append(counts, fmt.Sprintf("%s: %d", name, n))
		}
	}
	fmt.Printf("%d changes from %s to %s", len(found.Changes), a.OID, b.OID)
	if len(counts) > 0 {
		fmt.Printf("; %s", strings.Join(counts, ", "))
	}
	fmt.Println()
	return nil
}

// oneVersion reads a file and returns one of its versions.
func oneVersion(file, oid string) (*odm.Version, error) {
	study, _, err := readDefinition(file)
	if err != nil {
		return nil, err
	}
	return formats.Options{Version: oid}.VersionOf(study)
}
