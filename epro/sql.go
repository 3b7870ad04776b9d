package epro

import (
	"fmt"
	"strings"
)

// marks writes values as a list of placeholders behind args. The last value is repeated up to a power of two, so that the
// engine meets few different statements.
func marks[T any](values []T, args ...any) (string, []any) {
	n := 1
	for n < len(values) {
		n *= 2
	}
	list := make([]string, n)
	for i := range n {
		args = append(args, values[min(i, len(values)-1)])
		list[i] = fmt.Sprintf("$%d", len(args))
	}
	return "(" + strings.Join(list, ",") + ")", args
}

// texts and integers are the columns of an insert of many rows.
type (
	texts    [][]string
	integers [][]int64
)

func columns(width, rows int) texts {
	t := make(texts, width)
	for i := range t {
		t[i] = make([]string, rows)
	}
	return t
}

func (t texts) set(row int, values ...string) {
	for i, v := range values {
		t[i][row] = v
	}
}

func numbers(width, rows int) integers {
	t := make(integers, width)
	for i := range t {
		t[i] = make([]int64, rows)
	}
	return t
}

func (t integers) set(row int, values ...int64) {
	for i, v := range values {
		t[i][row] = v
	}
}
