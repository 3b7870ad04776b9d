package validate

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"
)

// serverTime changes a value with a clock of the browser that is years behind.
func serverTime(x *examiner) {
	c := x.consent()
	before := x.house.World.Now()
	c.by.ask("PATCH", c.form, map[string]any{"reason": "a clock that is wrong", "items": []map[string]string{{"group": "IG.ICF", "repeat": "1", "item": "IT.ICFTIM", "value": "09:40"}}},
		"If-Match", `"1"`, "Date", "Thu, 01 Jan 1998 00:00:00 GMT").must(200)
	after := x.house.World.Now()
	all := c.history()
	x.need(len(all) == 2, "%d entries, not 2", len(all))
	if x.err != nil {
		return
	}
	at := all[0].At
	x.need(at.After(before.Add(-time.Second)) && at.Before(after.Add(time.Second)), "the entry says %s, the request came between %s and %s", at, before, after)
	x.saw("asked with the date 1998-01-01, entered at %s", at.Format(time.RFC3339))
}

// siteKeepsItsData freezes a casebook and has the site's investigator read and take it all the same.
func siteKeepsItsData(x *examiner) {
	c := x.consent()
	subject := url.PathEscape(c.subject)
	x.as("monitor").ask("POST", x.study("/stages"), map[string]any{"step": "freeze", "parts": []map[string]string{{"subject": c.subject, "scope": ""}}}).must(200)
	v := x.as("investigator")
	form := v.ask("GET", c.form, nil).must(200).text
	csv := v.ask("GET", x.study("/trail/export?subject="+url.QueryEscape(c.subject)), nil).must(200).text
	x.need(strings.Contains(form, "IT.ICFTIM") && strings.Contains(csv, "IT.ICFTIM"), "the form or its trail is not there: %s, %s", brief(form), brief(csv))
	pdf := v.ask("GET", x.study("/subjects/"+subject+"/pdf"), nil)
	x.saw("%s frozen: the investigator reads the form and takes the trail of %d bytes; the print answers %d", c.subject, len(csv), pdf.status)
}

// own is a study of the examination's own, in which one item is blinded: the investigator's account is its pharmacist, the project
// manager's its investigator, the monitor's looks after the lists.
type own struct {
	x       *examiner
	study   string
	subject string
}

func (o own) at(path string) string { return "/api/v1/studies/" + o.study + path }

func (x *examiner) own() own {
	o := own{x: x, study: strings.ToUpper(x.unique("oq"))}
	admin := x.as("admin")
	admin.ask("POST", "/api/v1/studies", map[string]string{"id": o.study, "name": "Examined", "environment": "TRAINING", "manager": x.house.Users["datamanager"]}).good()
	for user, role := range map[string]string{"coordinator": "coordinator", "investigator": "pharmacist", "projectmanager": "investigator", "monitor": "unblinded"} {
		admin.ask("POST", "/api/v1/people/"+x.house.Users[user]+"/roles", map[string]string{"study": o.study, "role": role, "site": ""}).good()
	}
	manager := x.as("datamanager")
	manager.ask("POST", o.at("/sites"), map[string]any{"id": "01", "name": map[string]string{"en": "Hospital"}, "zone": "UTC"}).good()
	var draft struct{ Hash string }
	manager.ask("PUT", o.at("/drafts/D.1"), `{"oid":"D.1","name":"1","eventRefs":[{"oid":"E.1","order":1}],"events":[{"oid":"E.1","name":"Visit","type":"Scheduled","forms":[{"oid":"F.1","order":1}]}],
		"forms":[{"oid":"F.1","name":"Samples","groups":[{"oid":"G.1","order":1}]}],"groups":[{"oid":"G.1","name":"Samples","items":[{"oid":"TIME","order":1},{"oid":"LEVEL","order":2}]}],
		"items":[{"oid":"TIME","name":"Time","dataType":"text","length":40},{"oid":"LEVEL","name":"Level","dataType":"text","length":40,"blinded":true}]}`, "If-None-Match", "*").good().into(&draft)
	manager.ask("POST", o.at("/drafts/D.1/validate"), map[string]any{"hash": draft.Hash, "waivers": []string{}}).good().into(&draft)
	manager.ask("POST", o.at("/drafts/D.1/publish"), map[string]string{"hash": draft.Hash}).good()
	var made struct{ Subject string }
	x.as("coordinator").ask("POST", o.at("/subjects"), map[string]string{"site": "01"}).must(201).into(&made)
	o.subject = made.Subject
	return o
}

// everywhere are addresses at which a value of the own study's subject would stand.
func (o own) everywhere() []string {
	subject := url.PathEscape(o.subject)
	return []string{o.at("/subjects/" + subject), o.at("/subjects/" + subject + "/forms/E.1/1/F.1/1"), o.at("/trail"), o.at("/trail/export"), o.at("/changes"), o.at("/matrix"), o.at("/allocations")}
}

func blindedItem(x *examiner) {
	o := x.own()
	sealed, plain := x.unique("sealed"), x.unique("plain")
	pharmacist, coordinator := x.as("investigator"), x.as("coordinator")
	form := o.at("/subjects/" + url.PathEscape(o.subject) + "/forms/E.1/1/F.1/1")
	pharmacist.ask("PATCH", o.at("/subjects/"+url.PathEscape(o.subject)+"/blinded-values"), fmt.Sprintf(`{"values":[{"event":"E.1","eventRepeat":"1","form":"F.1","formRepeat":"1","group":"G.1","repeat":"1","item":"LEVEL","value":%q}]}`, sealed)).must(204)
	coordinator.ask("PATCH", form, fmt.Sprintf(`{"items":[{"group":"G.1","repeat":"1","item":"TIME","value":%q}]}`, plain), "If-None-Match", "*").must(200)
	told := 0
	for _, role := range []string{"coordinator", "datamanager", "projectmanager"} {
		v := x.as(role)
		for _, path := range o.everywhere() {
			text := v.ask("GET", path, nil).text
			x.need(!strings.Contains(text, sealed), "%s tells the %s a blinded value", path, role)
			if strings.Contains(text, plain) {
				told++
			}
		}
		v.ask("GET", o.at("/blinded-values"), nil).must(403)
	}
	x.need(told > 3, "the value beside it, which is not blinded, was told %d times: nobody looked where values are", told)
	x.need(strings.Contains(pharmacist.ask("GET", o.at("/blinded-values"), nil).must(200).text, sealed), "the pharmacist does not see the value")
	x.saw("the pharmacist's value was told to nobody of 3 blinded roles at %d addresses, the value beside it %d times", len(o.everywhere()), told)
}

func emergency(x *examiner) {
	o := x.own()
	keeper := x.as("monitor")
	treatment := x.unique("treatment")
	var list struct{ List string }
	keeper.ask("POST", o.at("/randomisation-lists"), map[string]any{"name": "Examined", "factors": []string{}, "require": []string{}, "blocks": []int{2}, "places": 2,
		"arms": []map[string]any{{"treatment": treatment + "-A", "ratio": 1}, {"treatment": treatment + "-B", "ratio": 1}}}).must(201).into(&list)
	keeper.ask("POST", o.at("/randomisation-lists/"+list.List+"/release"), map[string]string{"user": x.house.Users["monitor"], "password": x.house.Secret}).must(200)
	subject := o.at("/subjects/" + url.PathEscape(o.subject))
	x.as("coordinator").ask("POST", subject+"/allocation", `{}`).must(201)
	v := x.as("projectmanager") // an investigator here
	ask := func(text, password string) answer {
		return v.ask("POST", subject+"/unblinding", map[string]string{"reason": "emergency", "text": text, "user": x.house.Users["projectmanager"], "password": password})
	}
	ask("", x.house.Secret).must(422)
	ask("unconscious", "not the password").must(422, "auth.sign.failed")
	opened := ask("unconscious", x.house.Secret).must(201).text
	x.need(strings.Contains(opened, treatment), "the treatment was not told: %s", brief(opened))
	var t trail
	x.as("datamanager").ask("GET", o.at("/trail?what=allocation.unblinded"), nil).must(200).into(&t)
	x.need(len(t.Entries) == 1, "%d entries of the unblinding, not 1", len(t.Entries))
	x.saw("refused without a reason in words and without a password; told once to the investigator; entry %s", func() string {
		if len(t.Entries) == 0 {
			return "none"
		}
		return t.Entries[0].ID
	}())
}

// apart sets an address and looks for it wherever else it might stand.
func apart(x *examiner) {
	c := x.consent()
	address := x.unique("canary") + "@example.org"
	subject := x.study("/subjects/" + url.PathEscape(c.subject))
	c.by.ask("PUT", subject+"/epro/reach", map[string]string{"channel": "mail", "address": address, "language": "en"}).must(200)
	told, asked := 0, []string{subject, subject + "/epro/reach", x.study("/epro/reach"), x.study("/trail?subject=" + url.QueryEscape(c.subject)), x.study("/trail/export?subject=" + url.QueryEscape(c.subject)), x.study("/changes")}
	for _, role := range []string{"coordinator", "investigator", "monitor", "datamanager", "projectmanager"} {
		for _, path := range asked {
			text := x.as(role).ask("GET", path, nil).text
			x.need(!strings.Contains(text, address), "%s tells the %s the address", path, role)
			if strings.Contains(text, c.subject) {
				told++
			}
		}
	}
	x.need(told > 10, "the subject itself was told %d times: nobody looked where it is", told)
	for _, role := range []string{"monitor", "datamanager", "projectmanager"} {
		a := x.as(role).ask("GET", subject+"/epro/identity", nil)
		x.need(a.status == 403 || a.status == 404, "the %s is answered %d", role, a.status)
	}
	x.need(strings.Contains(c.by.ask("GET", subject+"/epro/identity", nil).must(200).text, address), "her site is not shown the address")
	var t trail
	c.by.ask("GET", x.study("/trail?what=epro.identity.read&subject="+url.QueryEscape(c.subject)), nil).must(200).into(&t)
	x.need(len(t.Entries) == 1, "%d entries say that it was shown, not 1", len(t.Entries))
	x.saw("told to nobody at %d addresses, her subject %d times; shown to the coordinator, one entry%s", len(asked), told, x.inNoByte(address, c.subject))
}

// inNoByte looks for a text in the file of rows, beside one that must be there.
func (x *examiner) inNoByte(text, beside string) string {
	if x.house.Rows == "" {
		return ""
	}
	var bytes []byte
	for _, file := range []string{x.house.Rows, x.house.Rows + "-wal"} {
		b, err := os.ReadFile(file)
		x.need(err == nil || errors.Is(err, fs.ErrNotExist), "%v", err)
		bytes = append(bytes, b...)
	}
	x.need(strings.Contains(string(bytes), beside) && !strings.Contains(string(bytes), text), "the file of rows holds the address, or not the subject")
	return fmt.Sprintf("; in none of %d bytes of the rows", len(bytes))
}

func dataRequest(x *examiner) {
	c := x.consent()
	today := x.house.World.Now().UTC().Format(time.DateOnly)
	v := x.as("coordinator")
	var made struct {
		ID  string
		Doc struct{ Deadline, State string }
	}
	a := v.ask("POST", x.study("/sites/03/data-requests"), map[string]string{"kind": "correction", "subject": c.subject, "from": "subject", "text": "The time is wrong.", "received": today}).must(201)
	a.into(&made)
	x.need(made.ID != "", "it has no number: %s", brief(a.text))
	list := v.ask("GET", x.study("/data-requests"), nil).must(200).text
	x.need(strings.Contains(list, made.ID), "%s is not in the list", made.ID)
	v.ask("POST", x.study("/data-requests/"+made.ID+"/steps"), map[string]any{"version": 1, "step": "answer", "answer": ""}).must(400)
	v.ask("POST", x.study("/data-requests/"+made.ID+"/steps"), map[string]any{"version": 1, "step": "answer", "answer": "Corrected."}).must(200)
	var t trail
	v.ask("GET", x.study("/trail?subject="+url.QueryEscape(c.subject)), nil).must(200).into(&t)
	n := 0
	for _, e := range t.Entries {
		if strings.Contains(e.What, "request") {
			n++
		}
	}
	x.need(n == 2, "%d entries of the request, not 2", n)
	x.saw("%s: received %s, not closed without an answer, answered, two entries", made.ID, today)
}
