package casebook_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// unwatched are the folders below root with tests whose goroutines nobody looks for afterwards.
func unwatched(root fs.FS) (folders []string, err error) {
	watched := map[string]bool{}
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		base := path.Base(name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, own := fs.Stat(root, path.Join(name, "go.mod")) // another module
			if base == "testdata" || base == "node_modules" || name != "." && (strings.HasPrefix(base, ".") || own == nil) {
				return fs.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_test.go") {
			text, err := fs.ReadFile(root, name)
			watched[path.Dir(name)] = watched[path.Dir(name)] || strings.Contains(string(text), "goleak."+"VerifyTestMain(m")
			return err
		}
		return nil
	})
	for folder, is := range watched {
		if !is && folder != "." { // the tests about the sources start nothing
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	return folders, err
}

func TestEveryPackageLooksForGoroutinesThatItsTestsLeft(t *testing.T) {
	t.Parallel()
	folders, err := unwatched(os.DirFS("."))
	if err != nil || len(folders) > 0 {
		t.Errorf("TestMain with goleak.VerifyTestMain is missing in %q %v", folders, err)
	}
	control := fstest.MapFS{"a/a_test.go": {Data: []byte("package a; func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }")},
		"b/b_test.go": {Data: []byte("package b")}, "b/c/d.go": {Data: []byte("package c")}, "e/go.mod": {}, "e/e_test.go": {Data: []byte("package e")}}
	if folders, _ := unwatched(control); !slices.Equal(folders, []string{"b"}) {
		t.Errorf("the control: %q", folders)
	}
}
