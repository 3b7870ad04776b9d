package odm132_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"runtime"
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

// endless is a file whose clinical data go on for n subjects.
func endless(n int) io.Reader {
	head, tail, _ := strings.Cut(study(item), "</ODM>")
	return io.MultiReader(strings.NewReader(head+`<ClinicalData StudyOID="S" MetaDataVersionOID="M">`),
		&subjects{n: n}, strings.NewReader("</ClinicalData></ODM>"+tail))
}

type subjects struct {
	i, n int
	rest []byte
}

func (s *subjects) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		if s.i == s.n {
			return 0, io.EOF
		}
		s.i++
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
