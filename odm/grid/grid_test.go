package grid_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/odm/grid"
)

// rows reads a CSV file into its rows, each with its number and line.
func rows(t *testing.T, file string) (out []string, err error) {
	t.Helper()
	err = grid.ReadCSV(strings.NewReader(file), func(h *grid.Head) error {
		out = append(out, strings.Join(h.Columns, "/"))
		return nil
	}, func(r *grid.Row) error {
		out = append(out, fmt.Sprintf("%d@%d %s", r.Number, r.Line, strings.Join(r.Cells, "/")))
		return nil
	})
	return out, err
}

func TestRowsOfACSVFile(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][]string{
		"a,b\n1,2\n":                          {"a/b", "2@2 1/2"},
		"\ufeffa,b\r\n1,2\r\n":                {"a/b", "2@2 1/2"},
		" a ;b\n1;\"2,5\"\n":                  {"a/b", "2@2 1/2,5"},
		"a\tb\n1\t2":                          {"a/b", "2@2 1/2"},
		"a,b\n\"1\nx\",2\n,\n3,\"4 \"\"q\"\n": {"a/b", "2@2 1\nx/2", "4@5 3/4 \"q"},
	} {
		got, err := rows(t, file)
		if err != nil {
			t.Errorf("%q: %v", file, err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", file, got, want)
		}
	}
}

func TestAnEmptyRowCountsAndIsNotRead(t *testing.T) {
	t.Parallel()
	got, err := rows(t, "a,b\n,\n \n1,2\n")
	if want := []string{"a/b", "4@4 1/2"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// endless gives the same line for ever.
type endless struct{ line string }

func (e endless) Read(p []byte) (int, error) { return copy(p, e.line), nil }

func TestATableHasBounds(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{"rows": "a\n", "bytes": strings.Repeat("a", 4096)} {
		n := 0
		err := grid.ReadCSV(endless{line}, func(*grid.Head) error { return nil }, func(*grid.Row) error { n++; return nil })
		e, ok := errors.AsType[*casebook.Error](err)
		if !ok || e.Code != "odm.too_large" || e.Args[0] != name || n > grid.MaxRows {
			t.Errorf("%s without end: %v after %d rows", name, err, n)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestAReadersOwnErrorStaysOne(t *testing.T) {
	t.Parallel()
	if err := grid.ReadCSV(broken{}, nil, nil); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the reader's error becomes %v", err)
	}
	if _, err := grid.OpenXLSX(broken{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the reader's error becomes %v", err)
	}
}

func TestWhatIsAlikeIsToldOnce(t *testing.T) {
	t.Parallel()
	var l grid.Losses
	err := grid.ReadCSV(strings.NewReader("a,b\n1,2\n3,4\n"), func(*grid.Head) error { return nil }, func(r *grid.Row) error {
		l.Note(r, 1, true, "alike")
		l.Add(r, 0, false, "each")
		return nil
	})
	var got []string
	for _, x := range l.List() {
		got = append(got, fmt.Sprintf("%s (%d): %s", x.Place, x.Line, x.What))
	}
	want := []string{"row 2, column b (2): alike; 2 times, first here", "row 2, column a (2): each", "row 3, column a (3): each"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
