package fhir_test

import (
	"regexp"
	"strings"
	"testing"

	"casebook/odm/fhir"

	"pgregory.net/rapid"
)

func TestEveryNameHasAnIDThatFHIRTakes(t *testing.T) {
	t.Parallel()
	fits := regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)
	rapid.Check(t, func(t *rapid.T) {
		name, ref := rapid.StringN(1, 70, -1).Draw(t, "name"), rapid.String().Draw(t, "ref")
		id, response := fhir.ID(name), fhir.ResponseID(name, ref)
		if !fits.MatchString(id) || !fits.MatchString(response) {
			t.Fatalf("%q, %q", id, response)
		}
		if fhir.SubjectOf(response) != id {
			t.Fatalf("%q is of %q", response, fhir.SubjectOf(response))
		}
		if back := fhir.Name(id); back != name && !(back == "" && strings.HasPrefix(id, "..")) {
			t.Fatalf("%q came back as %q", name, back)
		}
	})
	for _, id := range []string{"", ".", ".2", ".2f", ".zz", "a.41", "..x", "ü"} {
		if got := fhir.Name(id); got != "" {
			t.Errorf("%q is no id of ours, and was read as %q", id, got)
		}
	}
}
