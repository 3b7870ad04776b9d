package coding

import (
	"io/fs"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"
)

// readMedDRA reads MedDRA's ASCII distribution: llt.asc with the terms that texts are coded as, and mdhier.asc with the paths above
// them. Fields are divided by $ (MedDRA Distribution File Format Document). The other files say once more what these two say.
func readMedDRA(language string, folder fs.FS) ([]Term, error) {
	name := func(text string) odm.Text { return odm.Text{language: text} }
	above := map[string][][]Level{} // by the code of the preferred term
	err := lines(folder, "mdhier.asc", func(text string) error {
		f, err := fields(text, 12)
		if err != nil {
			return err
		}
		// pt, hlt, hlgt, soc: four codes and then four names; the last field says whether the path is the primary one.
		levels := make([]Level, 4)
		for i, level := range [...]string{"pt", "hlt", "hlgt", "soc"} {
			c, err := code(f[i])
			if err != nil {
				return err
			}
			if f[4+i] == "" {
				return casebook.Fail(casebook.Invalid, "coding.file_name", c)
			}
			levels[i] = Level{level, c, name(f[4+i])}
		}
		pt := levels[0].Code
		if f[11] == "Y" {
			above[pt] = slices.Insert(above[pt], 0, levels)
		} else {
			above[pt] = append(above[pt], levels)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var terms []Term
	seen := map[string]bool{}
	err = lines(folder, "llt.asc", func(text string) error {
		f, err := fields(text, 10)
		if err != nil {
			return err
		}
		c, err := code(f[0])
		switch {
		case err != nil:
			return err
		case f[1] == "":
			return casebook.Fail(casebook.Invalid, "coding.file_name", c)
		case above[f[2]] == nil:
			return casebook.Fail(casebook.Invalid, "coding.file_parent", c, clip(f[2]), "mdhier.asc")
		case f[9] != "Y" && f[9] != "N":
			return casebook.Fail(casebook.Invalid, "coding.file_currency", c, clip(f[9]))
		case seen[c]:
			return casebook.Fail(casebook.Invalid, "coding.file_twice", c)
		}
		seen[c] = true
		t := Term{Code: c, Name: f[1], Current: f[9] == "Y"}
		for _, path := range above[f[2]] {
			t.Paths = append(t.Paths, append([]Level{{"llt", c, name(f[1])}}, path...))
		}
		terms = append(terms, t)
		return nil
	})
	return sorted(terms, "llt.asc", err)
}

// fields divides a line at $, and refuses one with fewer than least fields.
func fields(text string, least int) ([]string, error) {
	f := strings.Split(text, "$")
	if len(f) < least {
		return nil, casebook.Fail(casebook.Invalid, "coding.file_fields", len(f), least)
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f, nil
}

// sorted puts the terms in the order of their codes, and refuses a file without any.
func sorted(terms []Term, file string, err error) ([]Term, error) {
	if err != nil {
		return nil, err
	}
	if len(terms) == 0 {
		return nil, casebook.Fail(casebook.Invalid, "coding.file_empty").At(file)
	}
	slices.SortFunc(terms, func(a, b Term) int { return strings.Compare(a.Code, b.Code) })
	return terms, nil
}

// MedDRARelease reads meddra_release.asc: the version and language that the files say they are; "" where there is no such file.
func MedDRARelease(folder fs.FS) (version, language string, err error) {
	const name = "meddra_release.asc"
	if _, missing := find(folder, name); missing != nil {
		return "", "", nil
	}
	err = lines(folder, name, func(text string) error {
		f, err := fields(text, 2)
		if err == nil && version == "" {
			version, language = f[0], f[1]
		}
		return err
	})
	return version, language, err
}
