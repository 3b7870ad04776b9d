package casebook_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/modfile"
)

// pages are the module's texts, by path: every *.md, and whatever else a checker of them looks at.
type pages struct {
	fs.FS
	md map[string]string
}

func readPages(root fs.FS) (*pages, error) {
	p := &pages{root, map[string]string{}}
	return p, walk(root, func(name string) error {
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		p.md[name] = string(text)
		return err
	})
}

// walk visits the files that people wrote.
func walk(root fs.FS, visit func(name string) error) error {
	return fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		return visit(name)
	})
}

// checkPages runs a checker over this module's pages, and over pages with faults planted in them, of which it must name
// each and nothing else.
func checkPages(t *testing.T, checker func(*pages) ([]string, error), planted map[string]string, named ...string) {
	t.Helper()
	for _, complaint := range complaintsOf(t, checker, os.DirFS(".")) {
		t.Error(complaint)
	}
	tree := fstest.MapFS{}
	for name, text := range planted {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	complaints := complaintsOf(t, checker, tree)
	if len(complaints) != len(named) {
		t.Errorf("the control: %d complaints, want %d: %q", len(complaints), len(named), complaints)
	}
	for _, want := range named {
		if !slices.ContainsFunc(complaints, func(c string) bool { return strings.Contains(c, want) }) {
			t.Errorf("the control: no complaint says %q; they are %q", want, complaints)
		}
	}
}

func complaintsOf(t *testing.T, checker func(*pages) ([]string, error), root fs.FS) []string {
	t.Helper()
	p, err := readPages(root)
	if err != nil {
		t.Fatal(err)
	}
	complaints, err := checker(p)
	if err != nil {
		t.Fatal(err)
	}
	return complaints
}

const (
	dependencies = "docs/dependencies.md"
	architecture = "ARCHITECTURE.md"
	changelog    = "CHANGELOG.md"
)

// readmes say the same, each in its language.
var readmes = []string{"README.md", "README.zh-CN.md"}

// tableRow finds the rows of a table that begin with a name in backticks.
var tableRow = regexp.MustCompile("(?m)^\\| `([^`]+)`")

func rows(text string) map[string]bool {
	found := map[string]bool{}
	for _, row := range tableRow.FindAllStringSubmatch(text, -1) {
		found[row[1]] = true
	}
	return found
}

// missing compares what is with what a page lists.
func missing(page string, is, listed map[string]bool) (complaints []string) {
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if !listed[name] {
			complaints = append(complaints, fmt.Sprintf("%s has no line for %s", page, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if !is[name] {
			complaints = append(complaints, fmt.Sprintf("%s has a line for %s, which is not there", page, name))
		}
	}
	return complaints
}

// Whoever approves what is linked in reads one page, so it is whole.
func TestDocsEveryDirectDependencyHasItsLine(t *testing.T) {
	t.Parallel()
	checkPages(t, undeclared, map[string]string{
		"go.mod": "module casebook\nrequire (\n\texample.com/sun v1.0.0\n\texample.com/sun/deep/v2 v2.0.0 // indirect\n" +
			"\texample.com/moon v1.0.0\n\texample.com/star v1.0.0 // indirect\n)\n",
		"ward/a.go":       "package ward\nimport (\"fmt\"; \"casebook/bed\"; _ \"example.com/sun/deep/v2/er\")\n",
		"ward/a_test.go":  "package ward\nimport _ \"example.com/moon\"\n",
		"ui/package.json": `{"dependencies": {"kite": "1.0.0"}, "devDependencies": {"@types/kite": "1.0.0"}}`,
		dependencies:      "| `example.com/sun/deep/v2` | x |\n| `example.com/comet` | x |\n| `kite` | x |\n",
	}, "no line for example.com/moon", "no line for @types/kite", "a line for example.com/comet, which is not there")
}

func undeclared(p *pages) ([]string, error) {
	direct, err := imported(p)
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(p, "ui/package.json")
	if err != nil {
		return nil, err
	}
	var npm struct {
		Dependencies    map[string]string `json:"dependencies"`
		DevDependencies map[string]string `json:"devDependencies"`
	}
	if err := json.Unmarshal(text, &npm); err != nil {
		return nil, err
	}
	for name := range npm.Dependencies {
		direct[name] = true
	}
	for name := range npm.DevDependencies {
		direct[name] = true
	}
	return missing(dependencies, direct, rows(p.md[dependencies])), nil
}

// imported are the modules of go.mod that a Go file of ours, tests included, imports from. What go.mod says of direct
// and indirect is not asked.
func imported(p *pages) (map[string]bool, error) {
	text, err := fs.ReadFile(p, "go.mod")
	if err != nil {
		return nil, err
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	return found, walk(p, func(name string) error {
		if path.Ext(name) != ".go" || strings.HasPrefix(name, "bench/http/") || strings.HasPrefix(name, "bench/peers/") { // which are modules of their own
			return nil
		}
		text, err := fs.ReadFile(p, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			pkg, _ := strconv.Unquote(spec.Path.Value)
			best := ""
			for _, r := range mod.Require {
				if inPackage(pkg, r.Mod.Path) && len(r.Mod.Path) > len(best) {
					best = r.Mod.Path
				}
			}
			if best != "" {
				found[best] = true
			}
		}
		return nil
	})
}

// The map names every street, and no street that is not there.
func TestDocsArchitectureNamesEveryPackage(t *testing.T) {
	t.Parallel()
	checkPages(t, unmapped, map[string]string{
		"casebook.go":       "package casebook",
		"ward/a.go":         "package ward",
		"ward/bed/a.go":     "package bed",
		"ward/er/a_test.go": "package er",
		architecture:        "| `casebook` | the words |\n| `ward` | x |\n| `hall` | x |\n",
	}, "no line for ward/bed", "a line for hall")
}

func unmapped(p *pages) ([]string, error) {
	packages := map[string]bool{}
	err := walk(p, func(name string) error {
		if path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") {
			dir := path.Dir(name)
			if dir == "." {
				dir = "casebook"
			}
			packages[dir] = true
		}
		return nil
	})
	return missing(architecture, packages, rows(p.md[architecture])), err
}

// Somebody who has just arrived finds the two commands that matter, in either language, and misses nothing that the
// other language has.
func TestDocsReadmesSayHowToStartAndAreAlike(t *testing.T) {
	t.Parallel()
	checkPages(t, unlike, map[string]string{
		"README.md":       "# A\n## B\n```sh\n# no heading\nmake run\nmake test\n```\n### C\n",
		"README.zh-CN.md": "# 甲\n## 乙\n`make run`\n",
	}, "README.zh-CN.md does not name make test", "README.md has 2 sections and README.zh-CN.md has 1")
}

var (
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
	heading = regexp.MustCompile(`(?m)^###? `)
)

func unlike(p *pages) (complaints []string, _ error) {
	sections := map[string]int{}
	for _, readme := range readmes {
		for _, command := range []string{"make run", "make test"} {
			if !strings.Contains(p.md[readme], command) {
				complaints = append(complaints, fmt.Sprintf("%s does not name %s", readme, command))
			}
		}
		sections[readme] = len(heading.FindAllString(fence.ReplaceAllString(p.md[readme], ""), -1))
	}
	if en, zh := sections[readmes[0]], sections[readmes[1]]; en != zh {
		complaints = append(complaints, fmt.Sprintf("%s has %d sections and %s has %d", readmes[0], en, readmes[1], zh))
	}
	return complaints, nil
}

// A link that leads nowhere is worse than none.
func TestDocsLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	checkPages(t, broken, map[string]string{
		"README.md": "[a](docs/a.md) [b](docs/b.md#part) [c](https://example.com/c) [d](#here)\n![e](docs/e.png)\n" +
			"```\n[f](docs/f.md)\n```\n",
		"docs/a.md": "[up](../README.md) [out](../../elsewhere.md) [same](b.md)",
	}, "README.md links to docs/b.md", "README.md links to docs/e.png", "docs/a.md links to ../../elsewhere.md", "docs/a.md links to b.md")
}

var link = regexp.MustCompile(`\]\(([^)\s#]+)(?:#[^)\s]*)?\)`)

func broken(p *pages) (complaints []string, _ error) {
	for _, name := range slices.Sorted(maps.Keys(p.md)) {
		for _, found := range link.FindAllStringSubmatch(fence.ReplaceAllString(p.md[name], ""), -1) {
			to := found[1]
			if strings.Contains(to, ":") { // another place on the network
				continue
			}
			if _, err := fs.Stat(p, path.Join(path.Dir(name), to)); err != nil {
				complaints = append(complaints, fmt.Sprintf("%s links to %s, which is not there", name, to))
			}
		}
	}
	return complaints, nil
}

// What the next release changes is written down before it is one.
func TestDocsChangelogHasRoomForTheNextRelease(t *testing.T) {
	t.Parallel()
	unreleased := regexp.MustCompile(`(?m)^## Unreleased$`)
	checkPages(t, func(p *pages) (complaints []string, _ error) {
		if !unreleased.MatchString(p.md[changelog]) {
			complaints = append(complaints, changelog+" has no section Unreleased")
		}
		return complaints, nil
	}, map[string]string{changelog: "# Changelog\n## 1.0.0\nUnreleased things\n"}, "no section Unreleased")
}
