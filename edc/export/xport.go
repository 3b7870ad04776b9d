package export

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"casebook/odm"
)

// The SAS transport format, version 5, as SAS's technical note TS-140 describes it: cards of 80 bytes, a description of each
// variable in 140, numbers in IBM's floating point, texts of at most 200 bytes.
const (
	cardSize     = 80
	namestrSize  = 140
	maxTransport = 200
)

// variable is a column of a transport file. A text that is longer than 200 bytes goes on in further variables.
type variable struct {
	column
	from    int // its column in the table
	piece   int // which 200 bytes of it
	numeric bool
	size    int
}

// numeric reports whether SAS holds a type as a number. Dates stay texts of ISO 8601, so that a partial one is kept.
func numeric(t odm.DataType) bool { return t == "integer" || t == "float" || t == "double" }

// variables are a table's columns as SAS has them, wide enough for the longest text that there is.
func (t *table) variables(m *measured) (all []variable) {
	taken := map[string]bool{}
	for _, c := range t.columns {
		taken[c.name] = true
	}
	for i, c := range t.columns {
		if numeric(c.kind) {
			all = append(all, variable{c, i, 0, true, 8})
			continue
		}
		// A text may be cut before its 200th byte, in front of a character that would be torn: 197 always fit.
		pieces := 1
		if m.longest[i] > maxTransport {
			pieces = (m.longest[i] + maxTransport - utf8.UTFMax) / (maxTransport - utf8.UTFMax + 1)
		}
		for n := range pieces {
			v := variable{c, i, n, false, min(max(m.longest[i], 1), maxTransport)}
			if n > 0 {
				v.name = shortName(c.name[:min(len(c.name), 7)]+strconv.Itoa(n), taken)
			}
			all = append(all, v)
		}
	}
	return all
}

// transports writes a transport file for each table but the audit trail, and define.xml, which describes them.
func transports(ctx context.Context, c *Cut, create func(name string) (io.WriteCloser, error)) error {
	t := c.tables()
	sizes, err := t.measure(ctx, c, analysed)
	if err != nil {
		return err
	}
	f, err := create("define.xml")
	if err != nil {
		return err
	}
	if err := errors.Join(c.define(f, t, sizes), f.Close()); err != nil {
		return err
	}
	return t.write(ctx, c, func(set *table) (sink, error) {
		if !analysed(set) {
			return nil, nil
		}
		f, err := create(strings.ToLower(set.name) + ".xpt")
		if err != nil {
			return nil, err
		}
		x := &transport{out: bufio.NewWriter(f), file: f, variables: set.variables(sizes[set])}
		if err := x.begin(set, c.Until); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return x, nil
	})
}

// transport is one file while it is written.
type transport struct {
	out       *bufio.Writer
	file      io.Closer
	variables []variable
	size      int // of one observation
	written   int // bytes of observations
	line      []byte
}

// header is a card that says what follows: its name, and thirty digits.
func header(name, digits string) string {
	return fmt.Sprintf("HEADER RECORD*******%-8sHEADER RECORD!!!!!!!%-30s  ", name, digits)
}

func (x *transport) begin(t *table, moment time.Time) error {
	at := strings.ToUpper(moment.UTC().Format("02Jan06:15:04:05"))
	zeros := strings.Repeat("0", 30)
	cards := []string{
		header("LIBRARY", zeros),
		fmt.Sprintf("%-8s%-8s%-8s%-8s%-8s%24s%-16s", "SAS", "SAS", "SASLIB", "9.4", "casebook", "", at),
		fmt.Sprintf("%-80s", at),
		header("MEMBER", "000000000000000001600000000140"),
		header("DSCRPTR", zeros),
		fmt.Sprintf("%-8s%-8s%-8s%-8s%-8s%24s%-16s", "SAS", t.name, "SASDATA", "9.4", "casebook", "", at),
		fmt.Sprintf("%-16s%16s%s%8s", at, "", fixed(t.label, 40), ""),
		header("NAMESTR", fmt.Sprintf("000000%04d00000000000000000000", len(x.variables))),
	}
	for _, card := range cards {
		if _, err := x.out.WriteString(card); err != nil {
			return err
		}
	}
	for i, v := range x.variables {
		if _, err := x.out.Write(v.namestr(i+1, x.size)); err != nil {
			return err
		}
		x.size += v.size
	}
	if err := x.fill(len(x.variables) * namestrSize); err != nil {
		return err
	}
	_, err := x.out.WriteString(header("OBS", zeros))
	return err
}

// fixed is a text of n bytes: cut between two characters, or filled up with spaces.
func fixed(text string, n int) string {
	text = whole(text, n)
	return text + strings.Repeat(" ", n-len(text))
}

// whole is as much of a text as fits into n bytes without tearing a character.
func whole(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// namestr describes a variable: TS-140, struct NAMESTR.
func (v *variable) namestr(number, position int) []byte {
	b := make([]byte, 0, namestrSize)
	kind := uint16(2)
	if v.numeric {
		kind = 1
	}
	for _, n := range []uint16{kind, 0, uint16(v.size), uint16(number)} {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	b = append(b, fixed(v.name, 8)+fixed(v.label, 40)+fixed("", 8)...) // no format
	b = append(b, make([]byte, 8)...)
	b = append(b, fixed("", 8)...) // no informat
	b = append(b, make([]byte, 4)...)
	b = binary.BigEndian.AppendUint32(b, uint32(position))
	return append(b, make([]byte, 52)...)
}

// fill writes spaces after n bytes, to the end of the card.
func (x *transport) fill(n int) error {
	_, err := x.out.WriteString(strings.Repeat(" ", (cardSize-n%cardSize)%cardSize))
	return err
}

func (x *transport) row(cells []string) error {
	x.line = x.line[:0]
	rest, from := "", -1
	for _, v := range x.variables {
		if v.numeric {
			x.line = append(x.line, ibm(cells[v.from])...)
			continue
		}
		if v.from != from {
			rest, from = cells[v.from], v.from
		}
		piece := whole(rest, v.size)
		rest = rest[len(piece):]
		x.line = append(x.line, fixed(piece, v.size)...)
	}
	x.written += len(x.line)
	_, err := x.out.Write(x.line)
	return err
}

// ibm is a number in IBM's floating point: a sign, an exponent of 16 with an excess of 64, and 56 bits of fraction. What is
// no number is SAS's missing value, a point.
func ibm(text string) []byte {
	b := make([]byte, 8)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		b[0] = '.'
		return b
	}
	if f == 0 {
		return b
	}
	fraction, exponent := math.Frexp(math.Abs(f)) // in [0.5, 1)
	shift := ((exponent % 4) + 4) % 4
	power := (exponent - shift) / 4 // of 16
	if shift > 0 {
		power++
		fraction = math.Ldexp(fraction, shift-4) // in [1/16, 1)
	}
	if power < -64 {
		return b
	}
	if power > 63 { // more than IBM's format can say
		b[0] = '.'
		return b
	}
	binary.BigEndian.PutUint64(b, uint64(math.Ldexp(fraction, 56)))
	b[0] = byte(power + 64)
	if f < 0 {
		b[0] |= 0x80
	}
	return b
}

func (x *transport) close() error {
	return errors.Join(x.fill(x.written), x.out.Flush(), x.file.Close())
}
