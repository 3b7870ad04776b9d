package demo

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// group returns the items of one item group, given as pairs of item and value; an empty value is left out.
func group(group, repeat string, pairs ...string) []Item {
	items := make([]Item, 0, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			items = append(items, Item{group, repeat, pairs[i], pairs[i+1]})
		}
	}
	return items
}

func date(t time.Time) string                  { return t.In(china).Format(time.DateOnly) }
func minute(t time.Time) string                { return t.In(china).Format("15:04") }
func whole(x float64) string                   { return strconv.Itoa(int(math.Round(x))) }
func tenths(x float64) string                  { return strconv.FormatFloat(x, 'f', 1, 64) }
func (c *course) odds(p float64) bool          { return c.chance.Float64() < p }
func (c *course) yes(p float64) string         { return yesNo(c.odds(p)) }
func (c *course) around(x, sd float64) float64 { return x + sd*c.chance.NormFloat64() }

func yesNo(yes bool) string {
	if yes {
		return "Y"
	}
	return "N"
}

// one of several; the earlier the likelier.
func (c *course) one(of ...string) string {
	i := int(c.chance.ExpFloat64() * float64(len(of)) / 3)
	return of[min(i, len(of)-1)]
}

// fill returns the items of a visit's form as the site enters them.
func (c *course) fill(form string, v visit, on time.Time) []Item {
	switch form {
	case "F.ICF":
		return group("IG.ICF", "1", "IT.ICFYN", "Y", "IT.ICFDAT", date(on), "IT.ICFTIM", minute(on),
			"IT.ICFVER", "2.0", "IT.ICFCOPY", "Y")
	case "F.DM":
		return c.demography()
	case "F.IE":
		return c.eligibility(on)
	case "F.MH":
		return c.history()
	case "F.VS":
		return c.vitalSigns(on)
	case "F.EG":
		return c.cardiogram(on)
	case "F.LB":
		return c.laboratory(on)
	case "F.DA":
		return c.drug(v, on)
	}
	return nil
}

func (c *course) demography() []Item {
	age := c.consent.Year() - c.born.Year()
	if c.consent.YearDay() < c.born.YearDay() {
		age--
	}
	sex, childbearing := "M", ""
	if c.female {
		sex, childbearing = "F", yesNo(age < 50)
	}
	items := group("IG.DM", "1", "IT.BRTHDAT", date(c.born), "IT.AGE", strconv.Itoa(age), "IT.SEX", sex,
		"IT.CHILDPOT", childbearing, "IT.ETHNIC", c.one("HAN", "HAN", "HAN", "HAN", "OTHER"),
		"IT.HTYEAR", strconv.Itoa(c.consent.Year()-c.chance.IntN(12)))
	smoke, cigarettes := c.one("NEVER", "FORMER", "CURRENT"), ""
	if smoke == "CURRENT" {
		cigarettes = strconv.Itoa(5 * (1 + c.chance.IntN(4)))
	}
	return append(items, group("IG.SU", "1", "IT.SMOKE", smoke, "IT.CIGS", cigarettes,
		"IT.ALCOHOL", c.one("RARELY", "NEVER", "WEEKLY", "DAILY"))...)
}

func (c *course) eligibility(on time.Time) []Item {
	eligible, note := "Y", ""
	if c.why == "SCREENFAIL" {
		eligible, note = "N", "坐位平均收缩压低于 140 mmHg Mean seated systolic pressure below 140 mmHg"
	}
	return group("IG.IE", "1", "IT.IEDAT", date(on), "IT.IN01", "Y", "IT.IN02", "Y", "IT.IN03", eligible,
		"IT.EX01", "N", "IT.EX02", "N", "IT.EX03", "N", "IT.EX04", "N", "IT.IEYN", eligible, "IT.IENOTE", note)
}

func (c *course) history() []Item {
	conditions := [...]string{
		"血脂异常 Dyslipidaemia", "2 型糖尿病 Type 2 diabetes", "慢性胃炎 Chronic gastritis", "骨关节炎 Osteoarthritis",
		"脂肪肝 Fatty liver", "失眠 Insomnia", "痛风 Gout", "过敏性鼻炎 Allergic rhinitis",
	}
	n := min(c.chance.IntN(5), 3)
	items := group("IG.MHYN", "1", "IT.MHYN", yesNo(n > 0))
	for i, which := range c.chance.Perm(len(conditions))[:n] {
		since := strconv.Itoa(c.consent.Year() - 1 - c.chance.IntN(15))
		if c.odds(0.4) {
			since += fmt.Sprintf("-%02d", 1+c.chance.IntN(12))
		}
		items = append(items, group("IG.MH", strconv.Itoa(i+1), "IT.MHTERM", conditions[which], "IT.MHSTDAT", since,
			"IT.MHONGO", c.yes(0.8))...)
	}
	return items
}

func (c *course) vitalSigns(on time.Time) []Item {
	sys, dia := c.pressure(on, 0, 7)
	if c.why == "SCREENFAIL" {
		sys = c.written(within(c.around(134, 3), 120, 139))
	}
	items := group("IG.VS", "1", "IT.VSDAT", date(on), "IT.VSTIM", minute(on), "IT.VSARM", c.one("RIGHT", "LEFT"),
		"IT.SYS", sys, "IT.DIA", dia, "IT.PULSE", whole(within(c.around(c.pulse, 5*c.scatter), 48, 118)))
	return append(items, group("IG.BODY", "1", "IT.HEIGHT", tenths(c.height), "IT.WEIGHT", tenths(c.around(c.weight, 0.6)))...)
}

func (c *course) cardiogram(on time.Time) []Item {
	if c.odds(0.03) {
		return group("IG.EGYN", "1", "IT.ECGYN", "N")
	}
	result, finding := c.one("NORM", "NORM", "NORM", "ABNNS"), ""
	if result != "NORM" {
		finding = c.one("左心室高电压 High left ventricular voltage", "偶发房性早搏 Occasional atrial premature beats")
	}
	items := group("IG.EGYN", "1", "IT.ECGYN", "Y")
	return append(items, group("IG.EG", "1", "IT.EGDAT", date(on), "IT.EGHR", whole(within(c.around(c.pulse, 5), 46, 118)),
		"IT.EGQTCF", whole(c.around(412, 16)), "IT.EGRES", result, "IT.EGSPEC", finding)...)
}

// laboratory draws values whose tails leave the expected ranges now and then, as real ones do.
func (c *course) laboratory(on time.Time) []Item {
	if c.odds(0.02) {
		return group("IG.LBYN", "1", "IT.LBYN", "N")
	}
	haemoglobin := 148.0
	if c.female {
		haemoglobin = 132
	}
	skewed := func(median, spread float64) float64 { return median * math.Exp(spread*c.chance.NormFloat64()) }
	items := group("IG.LBYN", "1", "IT.LBYN", "Y")
	return append(items, group("IG.LB", "1", "IT.LBDAT", date(on), "IT.LBFAST", c.yes(0.96),
		"IT.POTAS", tenths(c.around(4.3, 0.45)), "IT.SODIUM", whole(c.around(140, 2.6)),
		"IT.CREAT", whole(skewed(76, 0.2)), "IT.ALT", whole(skewed(24, 0.5)), "IT.GLUC", tenths(skewed(5.6, 0.16)),
		"IT.CHOL", tenths(c.around(5, 1)), "IT.HGB", whole(c.around(haemoglobin, 11)))...)
}

// drug hands out a tablet a day and two spare ones until the next visit, and counts what came back.
func (c *course) drug(v visit, on time.Time) []Item {
	out := map[string]int{"E.BL": 30, "E.W4": 30, "E.W8": 30, "E.W12": 30, "E.W16": 60}[v.event]
	expected := map[string]int{"E.W4": 28, "E.W8": 28, "E.W12": 28, "E.W16": 28, "E.W24": 56}[v.event]
	kit, tablets := "", ""
	if out > 0 {
		kit, tablets = fmt.Sprintf("K%s-%04d", c.site, c.chance.IntN(10_000)), strconv.Itoa(out)
	}
	items := group("IG.DAOUT", "1", "IT.DADAT", date(on), "IT.DADISP", yesNo(out > 0), "IT.DAKIT", kit,
		"IT.DAOUT", tablets, "IT.DARETYN", yesNo(expected > 0))
	if expected == 0 {
		return items
	}
	taken := expected - min(int(c.chance.ExpFloat64()*1.6), expected/2)
	return append(items, group("IG.DARET", "1", "IT.DAEXP", strconv.Itoa(expected), "IT.DATAKEN", strconv.Itoa(taken))...)
}

func (c *course) endOfStudy() []Item {
	return group("IG.DS", "1", "IT.DSDAT", date(c.end), "IT.DSCOMP", yesNo(c.why == ""), "IT.DSREAS", c.why)
}
