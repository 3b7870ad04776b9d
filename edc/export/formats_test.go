package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/demo"
	"casebook/ledger"
	"casebook/odm"
	"casebook/odm/fhir"
	"casebook/odm/odmtest"
	"casebook/record"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/xuri/excelize/v2"
)

// adverse enters an event in Chinese and Japanese, longer than SAS takes in one variable.
const adverse = "轻度头痛，休息后缓解；日本語の記載：頭痛、めまい。"

func (h *house) adverse(subject casebook.SubjectID, term string) {
	h.t.Helper()
	h.clock.Add(time.Minute)
	_, err := h.forms.Save(h.ctx, record.Save{Expect: -1, Key: record.Key{Study: demo.ID, Subject: subject, Event: "E.AE", EventRepeat: "1", Form: "F.AE", FormRepeat: "1"},
		Items: []record.Value{{Group: "IG.AE", Repeat: "1", Item: "IT.AETERM", Value: term}}})
	h.must(err)
}

// files writes a format of several files.
func (h *house) files(format string) map[string][]byte {
	h.t.Helper()
	h.place()
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	f, err := Find(format)
	h.must(err)
	files := map[string]*memory{}
	h.must(f.Files(h.ctx, c, func(name string) (io.WriteCloser, error) {
		if files[name] != nil {
			return nil, fmt.Errorf("%s twice", name)
		}
		files[name] = &memory{}
		return files[name], nil
	}))
	all := map[string][]byte{}
	for name, f := range files {
		all[name] = f.Bytes()
	}
	return all
}

func datasetSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	path := odmtest.Corpus(t, "../..", "edc/dataset-json/dataset.schema.json")
	schema, err := jsonschema.NewCompiler().Compile(path)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestEveryItemGroupIsADatasetThatTheOfficialSchemaTakes(t *testing.T) {
	t.Parallel()
	schema := datasetSchema(t)
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.adverse("07-001", adverse)
		files := h.files("dataset-json")
		groups := 0
		for name, text := range files {
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			h.must(err)
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if strings.HasPrefix(name, "IG.") {
				groups++
			}
		}
		st, err := h.forms.Study(h.ctx, demo.ID)
		h.must(err)
		if want := len(st.Version.Groups); groups != want {
			t.Errorf("%d item groups, want %d", groups, want)
		}
		var vs struct {
			Records int     `json:"records"`
			Rows    [][]any `json:"rows"`
			Columns []struct {
				ItemOID, DataType, TargetDataType string
			} `json:"columns"`
		}
		h.must(json.Unmarshal(files["IG.VS.json"], &vs, json.MatchCaseInsensitiveNames(true)))
		if vs.Records != 2 || len(vs.Rows) != 2 {
			t.Fatalf("%d records, %d rows", vs.Records, len(vs.Rows))
		}
		for i, c := range vs.Columns {
			if c.ItemOID == "IT.SYS" && (c.DataType != "integer" || vs.Rows[1][i] != float64(150)) {
				t.Errorf("the systolic pressure is %v, a %s", vs.Rows[1][i], c.DataType)
			}
			if c.ItemOID == "IT.VSARM" && vs.Rows[0][i] != nil {
				t.Errorf("what was not done is %v", vs.Rows[0][i])
			}
		}
		if !bytes.Contains(files["IG.BODY.json"], []byte(`"68.5"`)) {
			t.Error("a decimal is no text")
		}
		if !bytes.Contains(files["IG.AE.json"], []byte(adverse)) {
			t.Error("Chinese and Japanese did not arrive as they were")
		}
		broken := bytes.Replace(files["IG.VS.json"], []byte(`"records":2`), []byte(`"records":"2"`), 1) // the control
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(broken))
		h.must(err)
		if schema.Validate(doc) == nil {
			t.Error("the schema takes anything")
		}
	})
}

func TestIn20QueriesHaveTheirOwnElementAndTheOfficialSchemaTakesThem(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		st, err := h.forms.Study(h.ctx, demo.ID)
		h.must(err)
		h.clock.Add(time.Minute)
		ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "chenrui", Role: "monitor", Location: "sponsor"})
		ask := func(item string) {
			h.must(h.ledger.Write(ctx, demo.ID, func(w *ledger.Writer) error {
				_, err := h.forms.Raise(ctx, w, st, record.Question{Key: vitals("07-001"), Group: "IG.VS", Repeat: "1", Item: item, Text: odm.Text{"en": "What does the source say?"}})
				return err
			}))
		}
		ask("IT.SYS")
		ask("IT.PULSE") // which has no value
		file := h.write("odm2", time.Time{})
		odmtest.Valid(t, "../..", "odm-2.0/ODM.xsd", file)
		for _, want := range []string{`<Value SeqNum="1">146</Value>`, `ItemOID="IT.VSARM" IsNull="Yes"`, `Source="System" Type="System" State="Closed"`,
			`Source="Site Monitor" Type="Manual" State="Open"`, "<Signature>", `UserType="Monitor"`} {
			if !bytes.Contains(file, []byte(want)) {
				t.Errorf("it lacks %s", want)
			}
		}
		if n := bytes.Count(file, []byte("<Query ")); n != 3 {
			t.Errorf("%d queries, want 3: two about values, one about a value that is not there", n)
		}
	})
}

func TestAWorkbookHoldsNumbersAsNumbersAndNoFormula(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.adverse("07-001", "=HYPERLINK(\"http://evil\")")
		file := h.write("xlsx", time.Time{})
		if again := h.write("xlsx", time.Time{}); !bytes.Equal(file, again) {
			t.Error("the same cut is another file")
		}
		book, err := excelize.OpenReader(bytes.NewReader(file))
		h.must(err)
		defer book.Close()
		rows, err := book.GetRows("IG.VS")
		h.must(err)
		sys := slices.Index(rows[0], "IT.SYS")
		cell, err := excelize.CoordinatesToCellName(sys+1, 3)
		h.must(err)
		kind, err := book.GetCellType("IG.VS", cell)
		h.must(err)
		if len(rows) != 3 || rows[2][sys] != "150" || kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
			t.Errorf("%d rows; the pressure is %q of the type %v", len(rows), rows[2][sys], kind)
		}
		z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		h.must(err)
		for _, f := range z.File {
			r, err := f.Open()
			h.must(err)
			text, err := io.ReadAll(r)
			h.must(err)
			if bytes.Contains(text, []byte("<f>")) {
				t.Errorf("%s holds a formula", f.Name)
			}
		}
		for _, name := range []string{"subjects", "blanks", "queries", "audit"} {
			if rows, err := book.GetRows(name); err != nil || len(rows) < 2 {
				t.Errorf("%s: %d rows, %v", name, len(rows), err)
			}
		}
	})
}

func TestACellThatExcelWouldRoundOrCutIsATextThatSaysSo(t *testing.T) {
	t.Parallel()
	if got := cellOf("integer", "1234567890123456"); got != "1234567890123456" {
		t.Errorf("16 digits become %v", got)
	}
	if got := cellOf("float", "-0.250"); got != -0.25 {
		t.Errorf("-0.250 becomes %v", got)
	}
	long, _ := cellOf("text", strings.Repeat("字", maxCell+1)).(string)
	if n := len([]rune(long)); n != maxCell || !strings.HasSuffix(long, "(32768 characters; the CSV has them all)") {
		t.Errorf("%d characters, ending in %q", n, long[max(0, len(long)-60):])
	}
}

func TestAnsweredFormsAreResponsesThatAreReadAgain(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		h.adverse("07-001", adverse)
		files := h.files("fhir")
		if lost := files["losses.ndjson"]; bytes.Contains(lost, []byte("QuestionnaireResponse/")) {
			t.Errorf("lost: %s", lost)
		}
		st, err := h.forms.Study(h.ctx, demo.ID)
		h.must(err)
		v := st.Version
		if n := bytes.Count(files["Questionnaire.ndjson"], []byte("\n")); n != len(v.Forms) {
			t.Errorf("%d questionnaires, want %d", n, len(v.Forms))
		}
		lines := bytes.Split(bytes.TrimSpace(files["QuestionnaireResponse.ndjson"]), []byte("\n"))
		if len(lines) != 3 {
			t.Fatalf("%d responses, want 3", len(lines))
		}
		found := map[string]string{}
		for _, line := range lines {
			form := regexp.MustCompile(`urn:casebook:HTN-24:(F\.[A-Z]+)\|`).FindSubmatch(line)
			if form == nil {
				t.Fatalf("no questionnaire is named: %s", line)
			}
			r, losses, err := fhir.ReadResponse(bytes.NewReader(line), v, string(form[1]))
			h.must(err)
			if len(losses) > 0 {
				t.Errorf("%s: %v", form[1], losses)
			}
			for _, a := range r.Answers {
				found[r.SubjectIdentifier+"/"+a.Item] = a.Value + a.Blank
			}
		}
		for place, want := range map[string]string{"03-001/IT.SYS": "146", "03-001/IT.VSARM": "not_done", "07-001/IT.AETERM": adverse, "03-001/IT.WEIGHT": "68.5"} {
			if found[place] != want {
				t.Errorf("%s is %q, want %q", place, found[place], want)
			}
		}
	})
}

// readTransport is an independent reader of SAS's transport format, version 5 (TS-140).
func readTransport(file []byte) (names []string, rows [][]string, err error) {
	if len(file)%80 != 0 {
		return nil, nil, fmt.Errorf("%d bytes are no cards", len(file))
	}
	card := func(i int) string { return string(file[80*i : 80*i+80]) }
	if !strings.HasPrefix(card(7), "HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!000000") {
		return nil, nil, fmt.Errorf("the eighth card is %q", card(7))
	}
	var n int
	if _, err := fmt.Sscanf(card(7)[54:58], "%d", &n); err != nil {
		return nil, nil, err
	}
	type described struct {
		numeric        bool
		length, offset int
	}
	var all []described
	size := 0
	for i := range n {
		b := file[8*80+140*i:]
		d := described{binary.BigEndian.Uint16(b) == 1, int(binary.BigEndian.Uint16(b[4:])), int(binary.BigEndian.Uint32(b[84:]))}
		all = append(all, d)
		names = append(names, strings.TrimRight(string(b[8:16]), " "))
		size += d.length
	}
	begin := 8*80 + (140*n+79)/80*80
	if !strings.HasPrefix(string(file[begin:]), "HEADER RECORD*******OBS     HEADER RECORD") {
		return nil, nil, fmt.Errorf("no observations at %d", begin)
	}
	for rest := file[begin+80:]; len(rest) >= size && len(bytes.TrimRight(rest, " ")) > 0; rest = rest[size:] {
		var row []string
		for _, d := range all {
			cell := rest[d.offset : d.offset+d.length]
			if !d.numeric {
				row = append(row, strings.TrimRight(string(cell), " "))
				continue
			}
			row = append(row, ibmToText(cell))
		}
		rows = append(rows, row)
	}
	return names, rows, nil
}

func ibmToText(b []byte) string {
	if b[0] == '.' && bytes.Count(b[1:], []byte{0}) == 7 {
		return ""
	}
	fraction := binary.BigEndian.Uint64(b) & (1<<56 - 1)
	f := math.Ldexp(float64(fraction), 4*(int(b[0]&0x7F)-64)-56)
	if b[0]&0x80 != 0 {
		f = -f
	}
	return fmt.Sprint(f)
}

func TestATransportFileIsReadByAnotherReaderAndDefined(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		long := strings.Repeat(adverse, 4) // 4 × 77 bytes
		h.adverse("07-001", long)
		files := h.files("xport")
		names, rows, err := readTransport(files["vs.xpt"])
		h.must(err)
		value := func(names []string, row []string, name string) string { return row[slices.Index(names, name)] }
		if len(rows) != 2 || value(names, rows[0], "SYS") != "146" || value(names, rows[1], "SUBJID") != "07-001" || value(names, rows[1], "PULSE") != "" {
			t.Errorf("vital signs: %v %v", names, rows)
		}
		names, rows, err = readTransport(files["ae.xpt"])
		h.must(err)
		if got := value(names, rows[0], "AETERM") + value(names, rows[0], "AETERM1"); got != long {
			t.Errorf("the term became %q", got)
		}
		if names, rows, err := readTransport(files["body.xpt"]); err != nil || value(names, rows[0], "WEIGHT") != "68.5" {
			t.Errorf("the weight: %v %v", rows, err)
		}
		define := files["define.xml"]
		for _, want := range []string{`SASDatasetName="VS"`, `Name="SYS" DataType="integer"`, `xlink:href="vs.xpt"`, "AETERM1", "<CodeListRef"} {
			if !bytes.Contains(define, []byte(want)) {
				t.Errorf("define.xml lacks %s", want)
			}
		}
		odmtest.Valid(t, "../..", "odm-1.3.2/ODM1-3-2.xsd", undefined(define))
	})
}

// undefined removes from a Define-XML what is not of ODM.
func undefined(file []byte) []byte {
	file = regexp.MustCompile(`(?s)\s*<def:leaf.*?</def:leaf>|\s*<def:Origin[^>]*/>`).ReplaceAll(file, nil)
	return regexp.MustCompile(` (xmlns:)?(def|xlink)(:\w+)?="[^"]*"`).ReplaceAll(file, nil)
}

func TestNumbersInIBMsFormat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{ // TS-140 has 1 and the rest follows by hand
		"1": "4110000000000000", "-1": "c110000000000000", "0": "0000000000000000", "16": "4210000000000000", "0.5": "4080000000000000",
		"0.0625": "4010000000000000", "": "2e00000000000000", "118.625": "4276a00000000000", "1e99": "2e00000000000000",
	} {
		if got := fmt.Sprintf("%x", ibm(text)); got != want {
			t.Errorf("%q becomes %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"0.1", "3.14159265358979", "-123456789.125", "1e-60", "7e70"} {
		var want float64
		fmt.Sscan(text, &want)
		if got := ibmToText(ibm(text)); got != fmt.Sprint(want) {
			t.Errorf("%s comes back as %s", text, got)
		}
	}
}

func TestNamesOfSASAreShortAndUnique(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{}
	for _, c := range [][2]string{{"IT.SYSTOLICBP", "SYSTOLIC"}, {"IT.systolicbp2", "SYSTOLI2"}, {"1", "_1"}, {"IT.收缩压", "_"}, {"IT.舒张压", "_2"}} {
		if got := shortName(c[0], taken); got != c[1] {
			t.Errorf("%s becomes %s, want %s", c[0], got, c[1])
		}
	}
}

// An export that nobody waits for any more ends, and closes what it has opened.
func TestAnExportEndsWithItsContext(t *testing.T) {
	t.Parallel()
	h := build(t, "sqlite")
	h.day()
	ctx, cancel := context.WithCancel(h.ctx)
	c, err := Open(h.ctx, h.db, h.trials, demo.ID, time.Time{})
	h.must(err)
	cancel()
	for _, f := range Formats {
		open := 0
		if f.File != nil {
			err = f.File(ctx, c, io.Discard)
		} else {
			err = f.Files(ctx, c, func(string) (io.WriteCloser, error) { open++; return counted{&open}, nil })
		}
		if err == nil || open != 0 {
			t.Errorf("%s: %v, and %d files are open", f.Name, err, open)
		}
	}
}

type counted struct{ open *int }

func (counted) Write(b []byte) (int, error) { return len(b), nil }
func (c counted) Close() error              { *c.open--; return nil }

// What a file of ODM tells, taken in again by the rules of entry, is what was there.
func TestValuesGoOutAsODMAndComeInAgain(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.day()
		want := h.now()
		for _, format := range []string{"odm1.3.2", "odm1.3.2-archival"} {
			file := h.write(format, time.Time{})
			empty := build(t, "sqlite")
			st, err := empty.forms.Study(empty.ctx, demo.ID)
			empty.must(err)
			rows, err := st.ReadODM(demo.ID, bytes.NewReader(file))
			empty.must(err)
			done, err := empty.forms.Import(empty.ctx, demo.ID, rows, "", false)
			empty.must(err)
			if !done.Applied || len(done.Errors) > 0 {
				t.Fatalf("%s: %+v", format, done)
			}
			if got := empty.now(); !maps.Equal(got, want) || len(want) < 8 {
				t.Errorf("%s: there is %v, want %v", format, got, want)
			}
		}
	})
}
