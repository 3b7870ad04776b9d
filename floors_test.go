package casebook_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the packages of the product, lowest first, and why each floor stands where it does. A package imports
// only from floors below its own; what is announced upwards is data, a verb in a ledger entry. The folders below a
// package belong to it. A new package gets its place here first.
var floors = []struct {
	why      string
	packages []string
}{
	{"the words that everyone speaks", []string{"."}},
	{"pure: values in, values out, no rows and no network", []string{"check", "stat", "i18n", "ui", "docs"}},
	{"definitions, pure too, whose rules are translated; rows, and what is measured, which know no domain", []string{"odm", "store", "ops"}},
	{"every change, every conversation, every departure; what tells who a subject is", []string{"ledger", "web", "outbox", "backup", "vault"}},
	{"live settings, which the floors below receive through functions", []string{"settings"}},
	{"who is asking, and who is asked about; how long backups are kept", []string{"auth", "patient", "retention"}},
	{"what a study is made of, and what was filled in", []string{"trial", "record"}},
	{"the staff's day and the patient's day; a site and its casebooks go over to another version; who is given what", []string{"edc", "epro", "amendment", "allocation"}},
	{"what looks at a study from outside: reports in, signals and notices out", []string{"report", "monitor", "site", "platform", "notice", "openapi"}},
	{"the edge, the visitors and the vandals", []string{"gateway", "load", "chaos", "validate", "demo", "bench"}},
	{"the wiring: the only place that knows roles", []string{"cmd"}},
}

// floorOf finds the floor of a package and the package of the table that it belongs to.
func floorOf(pkg string) (floor int, owner string, ok bool) {
	for n, f := range floors {
		for _, p := range f.packages {
			if inPackage(pkg, p) {
				return n, p, true
			}
		}
	}
	return 0, "", false
}

// Imports go down, never up and never sideways, so that a floor can be understood, tested and replaced with only what
// is below it in mind.
func TestFloorsImportsOnlyGoDown(t *testing.T) {
	t.Parallel()
	check(t, upward, map[string]string{
		"casebook.go":          "package casebook",
		"odm/a.go":             "package odm\nimport _ \"casebook\"",
		"odm/sub/a.go":         "package sub\nimport _ \"casebook/odm\"", // within one package of the table
		"ledger/a.go":          "package ledger\nimport _ \"casebook/record\"",
		"trial/a.go":           "package trial\nimport _ \"casebook/record\"",
		"record/a.go":          "package record\nimport _ \"casebook/store/storetest\"",
		"store/storetest/a.go": "package storetest\nimport _ \"casebook/gateway\"", // only tests run it
		"helpers/a.go":         "package helpers",
		"edc/a.go":             "package edc\nimport _ \"casebook/nowhere\"",
	},
		"ledger imports record (ledger/a.go): up from floor 3",
		"trial imports record (trial/a.go): they stand on one floor, 6",
		"record imports store/storetest (record/a.go): only tests may",
		"helpers has no floor",
		"edc imports nowhere (edc/a.go): it has no floor")
}

func upward(m *module) (complaints []string) {
	homeless := map[string]bool{}
	for _, f := range m.files {
		from, owner, ok := floorOf(f.pkg)
		if !ok {
			homeless[f.pkg] = true
			continue
		}
		if testOnly(f.pkg) {
			continue
		}
		for _, spec := range f.Imports {
			full, _ := strconv.Unquote(spec.Path.Value)
			pkg, ours := strings.CutPrefix(full, "casebook/")
			if full == "casebook" {
				pkg, ours = ".", true
			}
			if !ours {
				continue
			}
			edge := fmt.Sprintf("%s imports %s (%s): ", f.pkg, pkg, f.path)
			switch to, other, ok := floorOf(pkg); {
			case testOnly(pkg):
				complaints = append(complaints, edge+"only tests may")
			case !ok:
				complaints = append(complaints, edge+"it has no floor; give it one in floors_test.go")
			case other == owner: // a package and its own folders
			case to == from:
				complaints = append(complaints, fmt.Sprintf("%sthey stand on one floor, %d (%s); what one announces the other follows in the ledger", edge, to, floors[to].why))
			case to > from:
				complaints = append(complaints, fmt.Sprintf("%sup from floor %d (%s) to floor %d (%s)", edge, from, floors[from].why, to, floors[to].why))
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(homeless)) {
		complaints = append(complaints, pkg+" has no floor; give it one in floors_test.go")
	}
	return complaints
}
