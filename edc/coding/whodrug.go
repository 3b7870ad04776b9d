package coding

import (
	"io/fs"
	"strings"

	"casebook"
	"casebook/odm"
)

// readWHODrug reads WHODrug's B3 format: columns of fixed width, in characters. A line of DD.txt is a name: the drug record number (6),
// the sequence numbers 1 (2) and 2 (3), a check digit, and from column 31 on the name; 01 and 001 name the preferred one. A line of
// DDA.txt gives the ATC code (7, from column 13) of a record and sequence number 1; INA.txt says what ATC codes (7) mean, on which
// level (1). The widths are those by which public programs read these files; ours were made by them.
func readWHODrug(language string, folder fs.FS) ([]Term, error) {
	name := func(text string) odm.Text { return odm.Text{language: text} }
	classes, err := readClasses(name, folder)
	if err != nil {
		return nil, err
	}
	assigned, err := readAssigned(classes, folder)
	if err != nil {
		return nil, err
	}
	var terms []Term
	preferred, seen := map[string]Level{}, map[string]bool{}
	err = lines(folder, "DD.txt", func(line string) error {
		text := []rune(line)
		if len(text) <= 30 {
			return casebook.Fail(casebook.Invalid, "coding.file_columns", len(text), 31)
		}
		c, err := code(string(text[:11]))
		called := strings.TrimSpace(string(text[30:]))
		switch {
		case err != nil:
			return err
		case called == "":
			return casebook.Fail(casebook.Invalid, "coding.file_name", c)
		case seen[c]:
			return casebook.Fail(casebook.Invalid, "coding.file_twice", c)
		}
		if seen[c] = true; c[6:] == "01001" {
			preferred[c[:6]] = Level{"preferred", c, name(called)}
		}
		terms = append(terms, Term{Code: c, Name: called, Current: true})
		return nil
	})
	for i := range terms {
		t := &terms[i]
		below := []Level{{"drug", t.Code, name(t.Name)}}
		if p, ok := preferred[t.Code[:6]]; ok {
			below = append(below, p)
		}
		for _, atc := range assigned[t.Code[:8]] {
			t.Paths = append(t.Paths, append(below[:len(below):len(below)], upwards(classes, atc)...))
		}
		if len(t.Paths) == 0 {
			t.Paths = [][]Level{below}
		}
	}
	return sorted(terms, "DD.txt", err)
}

func readClasses(name func(string) odm.Text, folder fs.FS) (map[string]Level, error) {
	classes := map[string]Level{}
	return classes, lines(folder, "INA.txt", func(line string) error {
		text := []rune(line)
		if len(text) <= 8 {
			return casebook.Fail(casebook.Invalid, "coding.file_columns", len(text), 9)
		}
		c, err := code(strings.TrimSpace(string(text[:7])))
		level, called := text[7], strings.TrimSpace(string(text[8:]))
		switch {
		case err != nil:
			return err
		case level < '1' || level > '5':
			return casebook.Fail(casebook.Invalid, "coding.file_level", clip(string(level)))
		case called == "":
			return casebook.Fail(casebook.Invalid, "coding.file_name", c)
		}
		classes[c] = Level{"atc" + string(level), c, name(called)}
		return nil
	})
}

// readAssigned are the ATC codes of each record and sequence number 1, in the order of the file.
func readAssigned(classes map[string]Level, folder fs.FS) (map[string][]string, error) {
	assigned := map[string][]string{}
	return assigned, lines(folder, "DDA.txt", func(line string) error {
		text := []rune(line)
		if len(text) < 13 {
			return casebook.Fail(casebook.Invalid, "coding.file_columns", len(text), 13)
		}
		drug, err := code(string(text[:8]))
		if err != nil {
			return err
		}
		atc, err := code(strings.TrimSpace(string(text[12:min(19, len(text))])))
		if err != nil {
			return err
		}
		if _, ok := classes[atc]; !ok {
			return casebook.Fail(casebook.Invalid, "coding.file_parent", drug, atc, "INA.txt")
		}
		assigned[drug] = append(assigned[drug], atc)
		return nil
	})
}

// upwards are an ATC class and those that it belongs to: their codes are its beginnings of 5, 4, 3 and 1 characters.
func upwards(classes map[string]Level, atc string) (path []Level) {
	for _, n := range [...]int{7, 5, 4, 3, 1} {
		if n > len(atc) {
			continue
		}
		if l, ok := classes[atc[:n]]; ok {
			path = append(path, l)
		}
	}
	return path
}
