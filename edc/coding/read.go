package coding

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"

	"casebook"
)

// maxFile bounds one file of a dictionary, in bytes: several times the largest there is.
const maxFile = 1 << 30

// Read reads the files of a dictionary from a folder. The language is that of the names. Errors: Invalid coding.file_… with the file
// and the line.
func Read(kind Kind, language string, folder fs.FS) ([]Term, error) {
	if kind == WHODrug {
		return readWHODrug(language, folder)
	}
	return readMedDRA(language, folder)
}

// lines reads a file of the folder line by line, whatever the case of its name. What is not UTF-8 is Latin-1, as older distributions are.
func lines(folder fs.FS, name string, line func(text string) error) error {
	found, err := find(folder, name)
	if err != nil {
		return err
	}
	f, err := folder.Open(found)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return err
	case len(b) > maxFile:
		return casebook.Fail(casebook.TooLarge, "coding.file_large", maxFile>>20).At(found)
	}
	text := strings.TrimPrefix(string(b), "\ufeff")
	if !utf8.ValidString(text) {
		text = latin1(b)
	}
	n := 0
	for s := range strings.Lines(text) {
		n++
		s = strings.TrimRight(s, "\r\n")
		if strings.TrimSpace(s) == "" {
			continue
		}
		err := error(nil)
		if strings.ContainsRune(s, 0) {
			err = casebook.Fail(casebook.Invalid, "coding.file_nul")
		} else {
			err = line(s)
		}
		if e, ok := errors.AsType[*casebook.Error](err); ok {
			return e.At(found + ", line " + strconv.Itoa(n))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func find(folder fs.FS, name string) (string, error) {
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(e.Name(), name) {
			return e.Name(), nil
		}
	}
	return "", casebook.Fail(casebook.Invalid, "coding.file_missing", name).At(path.Base(name))
}

func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// code refuses what is no code: codes stand in keys and addresses.
func code(text string) (string, error) {
	if text == "" || len(text) > 20 || strings.ContainsFunc(text, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }) {
		return "", casebook.Fail(casebook.Invalid, "coding.file_code", clip(text))
	}
	return text, nil
}

// clip is the beginning of a text, for an error.
func clip(text string) string {
	const most = 40
	text = strings.ToValidUTF8(text, "�")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
