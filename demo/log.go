package demo

import (
	"strconv"
	"time"

	"casebook"
)

// suffer lets adverse events happen from consent to the last contact at the site's rate (a Poisson process), and
// enters them as the site learns of them. One that lasts is closed later, with a reason.
func (c *course) suffer() {
	wait := func() time.Duration { return time.Duration(c.chance.ExpFloat64() / c.adverse * float64(day)) }
	number := 0
	for onset := c.consent.Add(wait()); onset.Before(c.end); onset = onset.Add(wait()) {
		number++
		c.adverseEvent(strconv.Itoa(number), onset)
	}
}

func (c *course) adverseEvent(repeat string, onset time.Time) {
	over := onset.Add(day + time.Duration(c.chance.ExpFloat64()*float64(9*day)))
	entered := c.enteredAfter(onset.Add(time.Duration(c.chance.ExpFloat64() * float64(3*day))))
	severity := c.one("MILD", "MILD", "MODERATE", "SEVERE")
	serious := severity == "SEVERE" && c.odds(0.5)
	action := c.one("NONE", "NONE", "NONE", "REDUCED", "INTERRUPTED")
	about := func(ongoing bool) []Item {
		ended, outcome := date(over), "RECOVERED"
		if ongoing {
			ended, outcome = "", "RECOVERING"
		}
		return group("IG.AE", "1", "IT.AEONGO", yesNo(ongoing), "IT.AEENDAT", ended, "IT.AEOUT", outcome)
	}
	items := group("IG.AE", "1", "IT.AETERM", c.complaint(), "IT.AESTDAT", date(onset), "IT.AESEV", severity,
		"IT.AEREL", c.one("UNLIKELY", "NOT", "POSSIBLE", "PROBABLE"), "IT.AEACN", action, "IT.AESER", yesNo(serious))
	if serious {
		items = append(items, group("IG.SAE", "1", "IT.SAEREA", c.one("HOSP", "MEDIMP"), "IT.SAEAWARE", date(entered),
			"IT.SAENOTE", "入院观察后好转出院 Admitted for observation, discharged improved")...)
	}
	ongoing := over.After(entered)
	c.save(entered, "E.AE", "F.AE", repeat, append(items, about(ongoing)...))
	if ongoing && c.odds(0.85) {
		c.correct(c.enteredAfter(over), "E.AE", "F.AE", repeat, "不良事件已结束 The event has ended", about(false))
	}
}

func (c *course) complaint() string {
	return c.one("头晕 Dizziness", "头痛 Headache", "上呼吸道感染 Upper respiratory infection", "踝部水肿 Ankle swelling",
		"干咳 Dry cough", "乏力 Fatigue", "恶心 Nausea", "腹泻 Diarrhoea", "心悸 Palpitations", "面部潮红 Flushing",
		"失眠 Insomnia", "背痛 Back pain", "皮疹 Rash", "肌肉酸痛 Muscle pain")
}

// takeMedicines enters the medicines that the subject takes besides the study drug.
func (c *course) takeMedicines() {
	medicines := [...][4]string{
		{"阿托伐他汀 Atorvastatin", "血脂异常 Dyslipidaemia", "20", "QD"},
		{"二甲双胍 Metformin", "2 型糖尿病 Type 2 diabetes", "500", "BID"},
		{"奥美拉唑 Omeprazole", "慢性胃炎 Chronic gastritis", "20", "QD"},
		{"布洛芬 Ibuprofen", "背痛 Back pain", "300", "PRN"},
		{"氯雷他定 Loratadine", "过敏性鼻炎 Allergic rhinitis", "10", "PRN"},
	}
	for i, which := range c.chance.Perm(len(medicines))[:c.chance.IntN(3)] {
		m := medicines[which]
		since := c.consent.AddDate(0, -2-c.chance.IntN(60), 0).Format("2006-01")
		c.save(c.enteredAfter(c.base), "E.CM", "F.CM", strconv.Itoa(i+1), group("IG.CM", "1", "IT.CMTRT", m[0],
			"IT.CMINDC", m[1], "IT.CMDOSE", m[2], "IT.CMDOSU", "MG", "IT.CMFREQ", m[3], "IT.CMSTDAT", since, "IT.CMONGO", "Y"))
	}
}

// keepDiary sends a home blood pressure diary twice a week, and a symptom diary every four weeks, in the evening.
func (c *course) keepDiary() {
	half := 3 * day
	for on := c.base.Add(day); on.Before(c.end); on, half = on.Add(half), week-half {
		c.send("F.HBP", on, c.homePressure)
	}
	for on := c.base.Add(4 * week); on.Before(c.end); on = on.Add(4 * week) {
		c.send("F.SYM", on, c.symptoms)
	}
}

// send sends a diary on the evening of a day, unless the subject forgets it. Each evening's diary is one repeat of the
// event, named by its day on treatment.
func (c *course) send(form string, on time.Time, answers func(time.Time) []Item) {
	if !c.odds(c.diligence) {
		return
	}
	at := clock(on, 19.5, 22.5, c.chance)
	c.note(Event{
		At: at, Kind: Report, Event: "E.DIARY", EventRepeat: strconv.Itoa(1 + int(on.Sub(c.base)/day)), Form: form,
		FormRepeat: "1", Items: answers(at), By: casebook.UserID(c.subject),
	})
}

func (c *course) homePressure(at time.Time) []Item {
	morning, evening, took := c.odds(0.96), c.odds(0.97), c.odds(0.96)
	medicine := ""
	if took {
		medicine = minute(clock(at, 6.5, 9.5, c.chance))
	}
	items := group("IG.HBDAY", "1", "IT.HBDAT", date(at), "IT.HBMED", yesNo(took), "IT.HBMEDTIM", medicine,
		"IT.HBARM", c.one("LEFT", "LEFT", "RIGHT"), "IT.HBAMYN", yesNo(morning), "IT.HBPMYN", yesNo(evening))
	if morning {
		items = append(items, c.readings("IG.HBAM", "AM", clock(at, 6, 9, c.chance), -3)...)
	}
	if evening {
		items = append(items, c.readings("IG.HBPM", "PM", at.Add(-10*time.Minute), -6)...)
	}
	feeling := func() string { return c.one("NONE", "NONE", "NONE", "NONE", "MILD", "MODERATE") }
	return append(items, group("IG.HBSYM", "1", "IT.HBDIZZY", feeling(), "IT.HBHEAD", feeling(), "IT.HBANKLE", feeling(),
		"IT.HBFATIG", feeling())...)
}

// readings returns three readings of one sitting, each a little lower than the one before.
func (c *course) readings(in, half string, at time.Time, lift float64) []Item {
	items := group(in, "1", "IT."+half+"TIM", minute(at))
	lift += 5 * c.scatter * c.chance.NormFloat64()
	for k := range 3 {
		sys, dia := c.pressure(at, lift-1.5*float64(k), 3)
		n := strconv.Itoa(k + 1)
		items = append(items, group(in, "1", "IT."+half+"SYS"+n, sys, "IT."+half+"DIA"+n, dia,
			"IT."+half+"PUL"+n, whole(within(c.around(c.pulse-2, 4*c.scatter), 44, 125)))...)
	}
	return items
}

func (c *course) symptoms(at time.Time) []Item {
	trouble := func() string { return c.one("NONE", "NONE", "NONE", "MILD", "MODERATE", "SEVERE") }
	return group("IG.SYM", "1", "IT.SYMDAT", date(at), "IT.SYMSLEEP", trouble(), "IT.SYMCOUGH", trouble(),
		"IT.SYMWALK", trouble(), "IT.SYMMOOD", trouble(), "IT.SYMWELL", whole(within(c.around(7.5, 1.2), 0, 10)))
}
