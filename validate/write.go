package validate

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"

	"casebook"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/note"
)

// The files of a package.
const (
	DataFile     = "validation.json"
	PrintFile    = "validation.pdf"       // in English
	ChineseFile  = "validation.zh-CN.pdf" // the same in Chinese
	PageFile     = "index.html"
	ManifestFile = "MANIFEST"
)

var written = []string{DataFile, PrintFile, ChineseFile, PageFile}

const manifestTitle = "casebook validation package"

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Write puts the package into dir, which it makes, and signs it: MANIFEST is a signed note (C2SP signed-note) that names
// the SHA-256 of every other file.
func (p *Package) Write(dir string, key note.Signer) error {
	data, err := json.Marshal(p, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		return err
	}
	hash := fmt.Sprintf("%x", sha256.Sum256(data))
	english, err := p.pdf(hash, key.Name(), nil)
	if err != nil {
		return err
	}
	inChinese, err := p.pdf(hash, key.Name(), chinese)
	if err != nil {
		return err
	}
	var html bytes.Buffer
	if err := page.Execute(&html, p); err != nil {
		return err
	}
	files := map[string][]byte{DataFile: append(data, '\n'), PrintFile: english, ChineseFile: inChinese, PageFile: html.Bytes()}
	text := manifestTitle + "\n"
	for _, name := range written {
		text += fmt.Sprintf("%x  %s\n", sha256.Sum256(files[name]), name)
	}
	if files[ManifestFile], err = note.Sign(&note.Note{Text: text}, key); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Inspect verifies the manifest of a package with the public key, and every file against it.
func Inspect(dir string, public ...note.Verifier) error {
	signed, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if err != nil {
		return err
	}
	n, err := note.Open(signed, note.VerifierList(public...))
	if err != nil {
		return casebook.Fail(casebook.Unprocessable, "validate.manifest").Wrap(err)
	}
	lines := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	if len(lines) != len(written)+1 || lines[0] != manifestTitle {
		return casebook.Fail(casebook.Unprocessable, "validate.manifest").Wrap(errors.New("it lists other files"))
	}
	for i, name := range written {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if lines[i+1] != fmt.Sprintf("%x  %s", sha256.Sum256(text), name) {
			return casebook.Fail(casebook.Unprocessable, "validate.altered").At(name)
		}
	}
	return nil
}
