package odm132_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"casebook/odm/odm132"
)

// BenchmarkRead reads the largest real study; BenchmarkTokens is the least that its XML costs.
func BenchmarkRead(b *testing.B) {
	file := largest(b)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := odm132.Read(bytes.NewReader(file)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	file := largest(b)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		dec := xml.NewDecoder(bytes.NewReader(file))
		for {
			if _, err := dec.Token(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	s, _ := readFile(b, corpus(b, "odm/viedoc_phase2_template_studydesign.xml"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := odm132.Write(io.Discard, s, options); err != nil {
			b.Fatal(err)
		}
	}
}

func largest(b *testing.B) []byte {
	file, err := os.ReadFile(corpus(b, "odm/viedoc_phase2_template_studydesign.xml"))
	if err != nil {
		b.Fatal(err)
	}
	return file
}

// BenchmarkStream reads a study of clinical data that is written while it is read, so nothing is stored: its values one by
// one, its definition with the data skipped, and the bare tokens, the least that its XML costs. A gigabyte takes
//
//	CASEBOOK_STREAM_MB=1024 go test ./odm/odm132 -run '^$' -bench Stream -benchtime 1x -count 3
func BenchmarkStream(b *testing.B) {
	size := int64(4)
	if n, err := strconv.ParseInt(os.Getenv("CASEBOOK_STREAM_MB"), 10, 64); err == nil {
		size = n
	}
	for name, read := range map[string]func(io.Reader) error{
		"values":     func(r io.Reader) error { return odm132.ReadValues(r, func(odm132.Datum) error { return nil }) },
		"definition": func(r io.Reader) error { _, _, err := odm132.Read(r); return err },
		"tokens":     tokens,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size << 20)
			peak := uint64(0)
			for b.Loop() {
				debug.FreeOSMemory()
				gauge := &gauged{r: casebooks(size << 20), every: 4 << 20, at: func() {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					peak = max(peak, m.Sys-m.HeapReleased)
				}}
				if err := read(gauge); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
		})
	}
}

func tokens(r io.Reader) error {
	for dec := xml.NewDecoder(r); ; {
		if _, err := dec.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// casebooks is a file of at least size bytes: subjects with twelve visits of two forms, twenty values each, of which some say
// why they changed.
func casebooks(size int64) io.Reader {
	var one strings.Builder
	for visit := range 12 {
		fmt.Fprintf(&one, "\n    <StudyEventData StudyEventOID=\"E.W%d\" StudyEventRepeatKey=\"1\">", visit)
		for _, form := range []string{"VS", "LB"} {
			fmt.Fprintf(&one, "\n      <FormData FormOID=\"F.%s\" FormRepeatKey=\"1\">\n        <ItemGroupData ItemGroupOID=\"IG.%s\" ItemGroupRepeatKey=\"1\">", form, form)
			for item := range 20 {
				fmt.Fprintf(&one, "\n          <ItemData ItemOID=\"IT.%s.%d\" Value=\"%d\"", form, item, 100+visit*item)
				if item%10 == 9 {
					one.WriteString("><AuditRecord><UserRef UserOID=\"U.7\"/><LocationRef LocationOID=\"03\"/><DateTimeStamp>2026-03-01T09:30:00Z</DateTimeStamp>" +
						"<ReasonForChange>typing error &amp; source</ReasonForChange></AuditRecord></ItemData>")
				} else {
					one.WriteString("/>")
				}
			}
			one.WriteString("\n        </ItemGroupData>\n      </FormData>")
		}
		one.WriteString("\n    </StudyEventData>")
	}
	one.WriteString("\n  </SubjectData>")
	head, tail, _ := strings.Cut(study(item), "</ODM>")
	return io.MultiReader(strings.NewReader(head+`<ClinicalData StudyOID="S" MetaDataVersionOID="M">`),
		&subjects{n: int(size/int64(one.Len())) + 1, casebook: one.String()}, strings.NewReader("</ClinicalData></ODM>"+tail))
}

// endless is a file whose clinical data go on for n subjects.
func endless(n int) io.Reader {
	head, tail, _ := strings.Cut(study(item), "</ODM>")
	return io.MultiReader(strings.NewReader(head+`<ClinicalData StudyOID="S" MetaDataVersionOID="M">`),
		&subjects{n: n}, strings.NewReader("</ClinicalData></ODM>"+tail))
}

type subjects struct {
	i, n     int
	casebook string // what each holds; one value if it is ""
	rest     []byte
}

func (s *subjects) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		if s.i == s.n {
			return 0, io.EOF
		}
		s.i++
		if s.casebook != "" {
			s.rest = append(fmt.Appendf(s.rest[:0], "\n  <SubjectData SubjectKey=\"%06d\">", s.i), s.casebook...)
			continue
		}
		s.rest = fmt.Appendf(s.rest[:0], `<SubjectData SubjectKey="%d"><StudyEventData StudyEventOID="E"><FormData FormOID="F">`+
			`<ItemGroupData ItemGroupOID="G"><ItemData ItemOID="I" Value="%d"/></ItemGroupData></FormData></StudyEventData></SubjectData>`, s.i, s.i)
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// Not parallel: it measures the heap.
func TestMemoryDoesNotGrowWithClinicalData(t *testing.T) {
	live := func(file io.Reader) int64 {
		var before, during runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		gauge := &gauged{r: file, every: 4 << 20, at: func() {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			during.HeapAlloc = max(during.HeapAlloc, m.HeapAlloc)
		}}
		if _, _, err := odm132.Read(gauge); err != nil {
			t.Fatal(err)
		}
		return int64(during.HeapAlloc) - int64(before.HeapAlloc)
	}
	if grown := live(endless(100_000)); grown > 2<<20 { // 22 MB of clinical data
		t.Errorf("%d bytes are held while clinical data are skipped", grown)
	}
	// The control: definitions are held, so the gauge sees what is held.
	var defs strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&defs, `<ItemDef OID="I.%d" Name="an item of some name" DataType="text"/>`, i)
	}
	if grown := live(strings.NewReader(study(defs.String()))); grown < 10<<20 {
		t.Errorf("100,000 items are held in %d bytes: the gauge does not gauge", grown)
	}
}

// gauged calls at each time so many more bytes were read.
type gauged struct {
	r           io.Reader
	every, seen int
	at          func()
}

func (g *gauged) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if g.seen += n; g.seen >= g.every {
		g.seen = 0
		g.at()
	}
	return n, err
}
