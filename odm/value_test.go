package odm_test

import (
	"errors"
	"strings"
	"testing"

	"casebook"
	"casebook/odm"
)

func TestAcceptByDataType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		types   string
		fits    string // separated by blanks
		refused string
		code    string
	}{
		{"integer", "0 -1 +7 007 99999999999999999999", "1.0 x - 1e3 ١ 0x1", "odm.value.integer"},
		{"float", "1 1.5 -0.25 +3. .5 001.10", "1,5 . 1e3 INF 1.2.3 --1", "odm.value.float"},
		{"double", "1 1.5 1.5E+10 1D-3 2e3 INF -INF NaN", "1. .5 1e inf +INF e3", "odm.value.double"},
		{"boolean", "true false 1 0", "TRUE yes 2 t", "odm.value.boolean"},
		{"date", "2024-02-29 2000-02-29 1999-12-31 2024-01-01Z 2024-01-01+08:00", "2023-02-29 1900-02-29 2024-13-01 " +
			"2024-00-01 2024-04-31 2024-1-1 24-01-01 2024/01/01 0000-01-01 2024-01-01+15:00 2024-01", "odm.value.date"},
		{"time", "00:00:00 23:59:59.999 24:00:00 12:30:00Z 12:30:00-05:30 12:30:00+14:00", "24:00:01 12:30 12:60:00 " +
			"12:30:60 12:30:00. 12:30:00+14:01 12:30:00+5", "odm.value.time"},
		{"datetime", "2024-02-29T23:59:59 2024-02-29T23:59:59.5+08:00", "2024-02-29 2024-02-30T00:00:00 " +
			"2024-02-29T12:00 2024-02-29t12:00:00", "odm.value.datetime"},
		{"partialDate incompleteDate", "2024 2024-02 2024-02-29", "202 2024- 2024-2 2024-13 2023-02-29 0000 2024-02-",
			"odm.value.partial_date"},
		{"incompleteDate", "2024---05 --02-14 ----- 2024-02-- ----31 --02-29", "2024-02-30 --02-30 --04-31 2024--- 2024----T",
			"odm.value.partial_date"},
		{"partialTime incompleteTime", "12 12Z 12:30 12:30+08:00 12:30:15 12:30:15.25Z", "1 24 12: 12:60 12:30:",
			"odm.value.partial_time"},
		{"incompleteTime", "-:30:00 12:-:- -:-:- 12:30:-Z 12:30:-- -:-:--", "-:60:00 -:30 -:-:--- - ::", "odm.value.partial_time"},
		{"partialDatetime incompleteDatetime", "2024 2024-02 2024-02-29 2024-02-29T12 2024-02-29T12:30 2024-02-29T12:30:15Z",
			"2024-02T12 2023-02-29T12 2024-02-29T 2024-02-29T25", "odm.value.partial_datetime"},
		{"incompleteDatetime", "2024---05T-:30:- -----T-:-:- 2024-02-29T12:-:-", "2024---05 2024-02-30T12:-:-",
			"odm.value.partial_datetime"},
		{"durationDatetime", "P1Y P2W -P3D PT36H P1Y2M3DT4H5M6.7S +P1D", "P PT P1 1Y P1H PT1D P1M1Y P1.5D P1YT P1W2D",
			"odm.value.duration"},
		{"intervalDatetime", "2024/2025 2024-01-01/P1M P1M/2024-01-01T12", "2024 P1M/P1M 2024/ /2024 a/b", "odm.value.interval"},
		{"URI", "https://example.org/a?b=1#c urn:x ../a 数据", "a|b <a> \x01", "odm.value.uri"},
		{"hexBinary", "0A ff 00", "0 0g abc", "odm.value.binary"},
		{"hexFloat", "3FF0000000000000", strings.Repeat("0", 34), "odm.value.binary"},
		{"base64Binary", "AAAA AA== AAA=", "AAA A=== AA=A AA-_", "odm.value.binary"},
		{"base64Float", "P/AAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAA", "odm.value.binary"},
		{"colour", "", "red", "odm.value.data_type"},
	} {
		for typ := range strings.FieldsSeq(c.types) {
			it := odm.Item{DataType: odm.DataType(typ)}
			for v := range strings.FieldsSeq(c.fits) {
				if err := it.Accept(v, nil); err != nil {
					t.Errorf("%s refuses %q: %v", typ, v, err)
				}
			}
			for v := range strings.FieldsSeq(c.refused) {
				expect(t, it.Accept(v, nil), c.code, typ+" "+v)
			}
			expect(t, it.Accept(" 1", nil), c.code, typ+" with a blank")
			if err := it.Accept("", nil); err != nil {
				t.Errorf("%s refuses no value: %v", typ, err)
			}
		}
	}
}

func expect(t *testing.T, err error, code, what string) {
	t.Helper()
	e, ok := errors.AsType[*casebook.Error](err)
	if !ok || e.Code != code || e.Kind != casebook.Invalid {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

func TestAcceptBySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		item  odm.Item
		value string
		code  string // "" when it fits
	}{
		{odm.Item{DataType: "text", Length: 4}, "四个汉字", ""},
		{odm.Item{DataType: "text", Length: 4}, "五个汉字呀", "odm.value.length"},
		{odm.Item{DataType: "text", Length: 4}, "a b ", ""},
		{odm.Item{DataType: "text"}, "line\nline", ""},
		{odm.Item{DataType: "text"}, "\xff", "odm.value.utf8"},
		{odm.Item{DataType: "integer", Length: 3}, "-123", ""},
		{odm.Item{DataType: "integer", Length: 3}, "1234", "odm.value.digits"},
		{odm.Item{DataType: "float", Length: 4, Digits: 1, HasDigits: true}, "-123.4", ""},
		{odm.Item{DataType: "float", Length: 4, Digits: 1, HasDigits: true}, "12.34", "odm.value.decimals"},
		{odm.Item{DataType: "float", Length: 4, Digits: 1, HasDigits: true}, "1234.5", "odm.value.digits"},
		{odm.Item{DataType: "float", HasDigits: true}, "5", ""},
		{odm.Item{DataType: "float", HasDigits: true}, "5.5", "odm.value.decimals"},
		{odm.Item{DataType: "float", Digits: 0}, "5.55", ""},
		{odm.Item{DataType: "double", Length: 2, Digits: 1, HasDigits: true}, "1.5E+100", ""},
		{odm.Item{DataType: "date", Length: 3}, "2024-01-01", ""},
	} {
		err := c.item.Accept(c.value, nil)
		if c.code != "" {
			expect(t, err, c.code, c.value)
		} else if err != nil {
			t.Errorf("%s of length %d refuses %q: %v", c.item.DataType, c.item.Length, c.value, err)
		}
	}
}

func TestAcceptByCodeList(t *testing.T) {
	t.Parallel()
	yn := &odm.CodeList{Name: "Yes/No", DataType: "text", Items: []odm.CodeItem{{Code: "Y"}, {Code: "N"}}}
	text := odm.Item{DataType: "text", CodeList: "L"}
	if err := text.Accept("Y", yn); err != nil {
		t.Error(err)
	}
	expect(t, text.Accept("y", yn), "odm.value.code_list", "another case")
	if err := text.Accept("10000001", &odm.CodeList{External: &odm.External{Dictionary: "MedDRA"}}); err != nil {
		t.Errorf("a code of an outside dictionary: %v", err)
	}
	flag := odm.Item{DataType: "boolean", CodeList: "L"}
	oneZero := &odm.CodeList{DataType: "text", Items: []odm.CodeItem{{Code: "1"}, {Code: "0"}}}
	if err := flag.Accept("true", oneZero); err != nil {
		t.Errorf("a boolean in its other spelling: %v", err)
	}
	expect(t, flag.Accept("2", oneZero), "odm.value.boolean", "no boolean")
}

func BenchmarkAccept(b *testing.B) {
	list := &odm.CodeList{Items: []odm.CodeItem{{Code: "Y"}, {Code: "N"}, {Code: "U"}}}
	for _, c := range []struct {
		name, value string
		item        odm.Item
		list        *odm.CodeList
	}{
		{"integer", "128", odm.Item{DataType: "integer", Length: 3}, nil},
		{"float", "36.6", odm.Item{DataType: "float", Length: 4, Digits: 1, HasDigits: true}, nil},
		{"datetime", "2024-02-29T12:30:00+08:00", odm.Item{DataType: "datetime"}, nil},
		{"incomplete", "2024---05T-:30:-", odm.Item{DataType: "incompleteDatetime"}, nil},
		{"coded", "U", odm.Item{DataType: "text", Length: 1}, list},
		{"text", "头痛,自早晨起,服药后缓解", odm.Item{DataType: "text", Length: 200}, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c.item.Accept(c.value, c.list) != nil {
					b.Fatal("refused")
				}
			}
		})
	}
}

func TestAnAcceptedValueCostsNoAllocation(t *testing.T) {
	it := odm.Item{DataType: "float", Length: 4, Digits: 1, HasDigits: true}
	if n := testing.AllocsPerRun(100, func() { _ = it.Accept("36.6", nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	// The control: a refusal does allocate, so the counter counts.
	if n := testing.AllocsPerRun(100, func() { _ = it.Accept("x", nil) }); n == 0 {
		t.Error("the counter of allocations does not count")
	}
}

func TestAcceptSeveralAnswers(t *testing.T) {
	t.Parallel()
	it := odm.Item{DataType: "text", Multiple: true}
	list := &odm.CodeList{Name: "L", Items: []odm.CodeItem{{Code: "1"}, {Code: "2"}}}
	for value, ok := range map[string]bool{"": true, `[]`: true, `["1"]`: true, `["2","1"]`: true, `["3"]`: false, `["1","1"]`: false,
		`[""]`: false, "1": false, `[1]`: false, `{"1":1}`: false, `["1"`: false} {
		if err := it.Accept(value, list); (err == nil) != ok {
			t.Errorf("%q gives %v", value, err)
		}
	}
}
