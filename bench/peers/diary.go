package main

import (
	"fmt"
	"strings"
	"time"
)

// An answer is one item of the diary of home blood pressure, instrument F.HBP of the demo study.
type answer struct {
	item  string
	value string // as JSON
}

// answers are those of a day with three readings in the morning and three in the evening, the same in every diary.
var answers = []answer{
	{"IT.HBMED", `"Y"`}, {"IT.HBMEDTIM", `"07:20"`}, {"IT.HBARM", `"LEFT"`}, {"IT.HBAMYN", `"Y"`}, {"IT.HBPMYN", `"Y"`},
	{"IT.AMTIM", `"06:40"`}, {"IT.AMSYS1", "131"}, {"IT.AMDIA1", "82"}, {"IT.AMPUL1", "68"}, {"IT.AMSYS2", "128"}, {"IT.AMDIA2", "80"},
	{"IT.AMPUL2", "66"}, {"IT.AMSYS3", "127"}, {"IT.AMDIA3", "79"}, {"IT.AMPUL3", "67"},
	{"IT.PMTIM", `"19:30"`}, {"IT.PMSYS1", "126"}, {"IT.PMDIA1", "78"}, {"IT.PMPUL1", "71"}, {"IT.PMSYS2", "125"}, {"IT.PMDIA2", "77"},
	{"IT.PMPUL2", "70"}, {"IT.PMSYS3", "124"}, {"IT.PMDIA3", "77"}, {"IT.PMPUL3", "69"},
	{"IT.HBDIZZY", `"NONE"`}, {"IT.HBHEAD", `"MILD"`}, {"IT.HBANKLE", `"NONE"`}, {"IT.HBFATIG", `"NONE"`},
}

const device = "load generator; Android 14; casebook patient app; zh-CN"

// day is the day of diary n: one of the last half year.
func day(n int) time.Time { return time.Now().UTC().AddDate(0, 0, -1-n%180) }

// inJSON is a diary as JSON; key is what its own name is called.
func inJSON(key, id, patient string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{%q:%q,"patientId":%q,"instrument":"F.HBP","answeredAt":%q,"device":%q,"data":{"IT.HBDAT":%q`,
		key, id, patient, day(n).Format(time.DateOnly)+"T20:30:00Z", device, day(n).Format(time.DateOnly))
	for _, a := range answers {
		fmt.Fprintf(&b, `,%q:%s`, a.item, a.value)
	}
	b.WriteString("}}")
	return b.String()
}

// inXML is the same diary as an instance of form.
func inXML(id, patient string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<data id="hbp" version="1"><meta><instanceID>uuid:%s</instanceID></meta><patientId>%s</patientId><answeredAt>%sT20:30:00Z</answeredAt><device>%s</device><IT.HBDAT>%[3]s</IT.HBDAT>`,
		id, patient, day(n).Format(time.DateOnly), device)
	for _, a := range answers {
		fmt.Fprintf(&b, `<%s>%s</%[1]s>`, a.item, strings.Trim(a.value, `"`))
	}
	b.WriteString("</data>")
	return b.String()
}

// form is the diary's XForm: the questions by their names, without rules.
func form() string {
	names := []string{"patientId", "answeredAt", "device", "IT.HBDAT"}
	for _, a := range answers {
		names = append(names, a.item)
	}
	var fields, binds, inputs strings.Builder
	for _, name := range names {
		fmt.Fprintf(&fields, "<%s/>", name)
		fmt.Fprintf(&binds, `<bind nodeset="/data/%s" type="string"/>`, name)
		fmt.Fprintf(&inputs, `<input ref="/data/%s"><label>%[1]s</label></input>`, name)
	}
	return `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>Home blood pressure</h:title>` +
		`<model><instance><data id="hbp" version="1"><meta><instanceID/></meta>` + fields.String() + `</data></instance>` +
		`<bind nodeset="/data/meta/instanceID" type="string" readonly="true()"/>` + binds.String() + `</model></h:head><h:body>` + inputs.String() + `</h:body></h:html>`
}
