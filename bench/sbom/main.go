// Command sbom prints a CycloneDX 1.6 bill of materials of a built program: its modules as the program itself names them, with
// the hashes of go.sum, and the packages of its pages as ui/package-lock.json names them, each with its licence. A licence that
// it does not know is an error, and not a guess.
package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type component struct {
	Type     string    `json:"type"`
	Name     string    `json:"name"`
	Version  string    `json:"version"`
	PURL     string    `json:"purl"`
	Hashes   []hash    `json:"hashes,omitzero"`
	Licenses []license `json:"licenses"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type license struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

func licensed(id string) []license {
	l := license{}
	l.License.ID = id
	return []license{l}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("which program?")
	}
	modules, main, err := program(args[0])
	if err != nil {
		return err
	}
	pages, err := packages("ui/package-lock.json")
	if err != nil {
		return err
	}
	return json.MarshalWrite(os.Stdout, map[string]any{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata": map[string]any{"component": main}, "components": slices.Concat(modules, pages)}, json.Deterministic(true), jsontext.WithIndent(" "))
}

// program reads the modules that a program was linked from.
func program(path string) (all []component, main component, err error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, main, err
	}
	main = component{Type: "application", Name: "casebook", Version: info.Main.Version, Licenses: licensed("Apache-2.0")}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			main.Version = s.Value
		}
	}
	main.PURL = "pkg:generic/casebook@" + main.Version
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		return nil, main, err
	}
	for _, m := range info.Deps {
		c := component{Type: "library", Name: m.Path, Version: m.Version, PURL: "pkg:golang/" + m.Path + "@" + m.Version}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:"))
		if err != nil {
			return nil, main, err
		}
		c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}} // of the module's tree, as go.sum has it
		id, err := licence(filepath.Join(strings.TrimSpace(string(cache)), escaped(m.Path)+"@"+m.Version))
		if err != nil {
			return nil, main, fmt.Errorf("%s: %w", m.Path, err)
		}
		c.Licenses = licensed(id)
		all = append(all, c)
	}
	return all, main, nil
}

// escaped writes a module's path as its folder in the cache is named: capitals as ! and the small letter.
func escaped(path string) string {
	var b strings.Builder
	for _, r := range path {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('!')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// texts are sentences by which a licence is known; the first that fits counts.
var texts = []struct{ id, sentence string }{
	{"Apache-2.0", "Apache License"},
	{"MPL-2.0", "Mozilla Public License"},
	{"BSD-3-Clause", "Neither the name"},
	{"BSD-3-Clause", "may be used to endorse or promote"},
	{"BSD-2-Clause", "Redistributions in binary form must reproduce"},
	{"ISC", "Permission to use, copy, modify, and/or distribute"},
	{"MIT", "Permission is hereby granted, free of charge"},
}

// licence tells which licence lies in a module's folder. One that is not known is an error: a person must look.
func licence(dir string) (string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		name := strings.ToUpper(f.Name())
		if f.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		one := strings.Join(strings.Fields(string(text)), " ")
		for _, t := range texts {
			if strings.Contains(one, t.sentence) {
				return t.id, nil
			}
		}
	}
	return "", fmt.Errorf("no licence that is known in %s", filepath.Base(dir))
}

// packages reads those that the pages ship; what only builds or tests them is not in the program.
func packages(lock string) (all []component, err error) {
	text, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var file struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dev                         bool
		}
	}
	if err := json.Unmarshal(text, &file, json.MatchCaseInsensitiveNames(true)); err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(file.Packages)) {
		p := file.Packages[path]
		name := strings.TrimPrefix(path, "node_modules/")
		if path == "" || p.Dev {
			continue
		}
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.Integrity, "sha512-"))
		if err != nil || p.License == "" {
			return nil, fmt.Errorf("%s: licence %q, hash %q", name, p.License, p.Integrity)
		}
		all = append(all, component{Type: "library", Name: name, Version: p.Version, PURL: "pkg:npm/" + strings.ReplaceAll(name, "@", "%40") + "@" + p.Version,
			Hashes: []hash{{"SHA-512", hex.EncodeToString(sum)}}, Licenses: licensed(p.License)})
	}
	return all, nil
}
