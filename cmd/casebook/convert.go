package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"casebook"
	"casebook/odm"
	"casebook/odm/folder"
	"casebook/odm/formats"
)

// textFolder is our own text form as a folder; formats knows it as one file.
const textFolder = "folder"

type studyConvert struct {
	In         string `arg:"" help:"A definition file, or a folder of our own text form." type:"existing"`
	Out        string `arg:"" help:"The file to write, or the folder; what stands there is replaced."`
	To         string `required:"" help:"The format: ${formats}, folder."`
	Version    string `help:"The OID of the version, for formats that hold one." placeholder:"OID"`
	Form       string `help:"The OID of the form, for formats that hold one." placeholder:"OID"`
	Extensions bool   `help:"Write back what a file held of other namespaces; it is then valid once they are stripped."`
	JSON       bool   `help:"Print one JSON object."`
}

// converted is what convert prints.
type converted struct {
	File   string     `json:"file"`
	From   string     `json:"from"`
	To     string     `json:"to"`
	Read   []odm.Loss `json:"read"`   // what reading could not carry over
	Losses []odm.Loss `json:"losses"` // what the new format cannot say
}

// Run reads the one format and writes the other.
func (c *studyConvert) Run() error {
	study, report, err := readDefinition(c.In)
	if err != nil {
		return err
	}
	done := converted{File: filepath.Base(c.Out), From: report.Format, To: c.To, Read: append([]odm.Loss{}, report.Losses...), Losses: []odm.Loss{}}
	if c.To == textFolder {
		err = writeFolder(c.Out, study)
	} else {
		var losses []odm.Loss
		losses, err = c.write(study)
		done.Losses = append(done.Losses, losses...)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(done)
	}
	fmt.Printf("%s (%s) → %s (%s)\n", filepath.Base(c.In), done.From, done.File, done.To)
	printLosses(done.Read)
	printLosses(done.Losses)
	return nil
}

// write writes the file only when all of it could be made.
func (c *studyConvert) write(study *odm.Study) ([]odm.Loss, error) {
	f, err := formats.Called(c.To)
	if err != nil {
		return nil, err
	}
	if f.Write == nil {
		return nil, casebook.Fail(casebook.Invalid, "odm.format.read_only", c.To)
	}
	var out bytes.Buffer
	losses, err := f.Write(&out, study, formats.Options{Created: time.Now().UTC(), System: "casebook", Version: c.Version, Form: c.Form,
		Extensions: c.Extensions})
	if err != nil {
		return nil, err
	}
	return losses, os.WriteFile(c.Out, out.Bytes(), 0o644)
}

// writeFolder writes a study as a folder. Files of a study that was there before and are no more are removed; others
// stay.
func writeFolder(dir string, study *odm.Study) error {
	all, err := folder.Files(study)
	if err != nil {
		return err
	}
	before, err := readFolder(dir)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for path := range before {
		if _, still := all[path]; !still {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
				return err
			}
		}
	}
	for path, text := range all {
		file := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// readFolder reads the files of a study from a folder: study.json and what is under versions.
func readFolder(dir string) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir() && name != "." && name != "versions" && !strings.HasPrefix(name, "versions/"):
			return fs.SkipDir
		case d.IsDir() || name != "study.json" && !strings.HasPrefix(name, "versions/") || !strings.HasSuffix(name, ".json"):
			return nil
		}
		all[name], err = os.ReadFile(path)
		return err
	})
	return all, err
}
