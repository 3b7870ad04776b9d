package validate

import (
	"testing"

	"casebook/docs/validation"
)

// Whatever a package says by itself is there in Chinese; what a check has seen is not translated.
func TestThePrintSaysEverythingInChinese(t *testing.T) {
	t.Parallel()
	rows, err := Requirements(validation.Requirements)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rows {
		all = append(all, r.Requirement, r.Standing)
	}
	for _, c := range Checks {
		all = append(all, c.Shows)
	}
	for _, task := range Tasks {
		all = append(all, task.What, task.Expect)
	}
	for _, sentence := range append(all, string(Passed), string(Failed), string(NotRun)) {
		if chinese[sentence] == "" {
			t.Errorf("nobody says in Chinese: %s", sentence)
		}
	}
	if chinese["A sentence that nobody has written."] != "" {
		t.Error("the control: everything is said")
	}
}
