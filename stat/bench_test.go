package stat

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func benchCounts(n int) []Counts {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]Counts, n)
	for i := range all {
		d := 200 + r.Int64N(4000)
		all[i] = Counts{r.Int64N(d / 20), d}
	}
	return all
}

func BenchmarkKRIUpdateAndScore(b *testing.B) {
	sites := benchCounts(300)
	o := Of(Rate, slices.Values(sites))
	b.ReportAllocs()
	i, sum := 0, 0.0
	for b.Loop() {
		s := &sites[i%300]
		now := Counts{s.Num + 1, s.Den + 14}
		o.Update(*s, now)
		*s = now
		sum += o.Funnel().Score(now)
		i++
	}
	if sum != sum {
		b.Fatal("no score")
	}
}

func BenchmarkRescore1000SitesBy27KRIs(b *testing.B) {
	sites := benchCounts(1000)
	cuts := Cuts{[]float64{-3, -2, 2, 3}, []int{-2, -1, 0, 1, 2}}
	kris := make([]Overdispersion, 27)
	for k := range kris {
		kris[k] = Of(Kind(k%2), slices.Values(sites))
	}
	b.ReportAllocs()
	for b.Loop() {
		flags := 0
		for k := range kris {
			f := kris[k].Funnel()
			for _, s := range sites {
				if flag, _ := cuts.Flag(f.Score(s)); flag != 0 {
					flags++
				}
			}
		}
		if flags == 0 {
			b.Fatal("no flag")
		}
	}
}

func benchReporting(subjects int) (Reporting, []Course) {
	r := rand.New(rand.NewPCG(1, 2))
	var pool Reporting
	var all []Course
	for range 1000 {
		c := make(Course, 10+r.IntN(20))
		for v, sum := 0, 0; v < len(c); v++ {
			sum += int(poisson(r, 0.4))
			c[v] = sum
		}
		pool.Add(c)
		all = append(all, c)
	}
	return pool, all[:subjects]
}

func BenchmarkExactReportingOf30Subjects(b *testing.B) {
	pool, site := benchReporting(30)
	b.ReportAllocs()
	for b.Loop() {
		pool.ReportedBy(site)
	}
}

func BenchmarkExactReportingOf10Subjects(b *testing.B) {
	pool, site := benchReporting(10)
	b.ReportAllocs()
	for b.Loop() {
		pool.ReportedBy(site)
	}
}

func BenchmarkOneVisitIsReported(b *testing.B) {
	pool, _ := benchReporting(1)
	b.ReportAllocs()
	for b.Loop() {
		pool.Move(12, -1, 3)
		pool.Move(12, 3, -1)
	}
}

func BenchmarkCUSUM(b *testing.B) {
	var c CUSUM
	b.ReportAllocs()
	for b.Loop() {
		c.Observe(0, 0.3, Under)
	}
}
