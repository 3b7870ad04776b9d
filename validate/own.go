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
	o.publish("D.1", "")
	var made struct{ Subject string }
	x.as("coordinator").ask("POST", o.at("/subjects"), map[string]string{"site": "01"}).must(201).into(&made)
	o.subject = made.Subject
	return o
}

// publish makes a version of the study; more are members of the item TIME.
func (o own) publish(version, more string) {
	manager, at := o.x.as("datamanager"), o.at("/drafts/"+version)
	var draft struct{ Hash string }
	manager.ask("PUT", at, fmt.Sprintf(`{"oid":%q,"name":%q,"eventRefs":[{"oid":"E.1","order":1}],"events":[{"oid":"E.1","name":"Visit","type":"Scheduled","forms":[{"oid":"F.1","order":1}]}],
		"forms":[{"oid":"F.1","name":"Samples","groups":[{"oid":"G.1","order":1}]}],"groups":[{"oid":"G.1","name":"Samples","items":[{"oid":"TIME","order":1},{"oid":"LEVEL","order":2}]}],
		"items":[{"oid":"TIME","name":"Time","dataType":"text","length":40%s},{"oid":"LEVEL","name":"Level","dataType":"text","length":40,"blinded":true}]}`, version, version, more), "If-None-Match", "*").good().into(&draft)
	manager.ask("POST", at+"/validate", map[string]any{"hash": draft.Hash, "waivers": []string{}}).good().into(&draft)
	manager.ask("POST", at+"/publish", map[string]string{"hash": draft.Hash}).good()
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

// withdrawn has a version of the consent published, signed on paper and taken back, and asks the patient's phone each time.
func withdrawn(x *examiner) {
	manager, c := x.as("datamanager"), x.consent()
	text := func(en, zh string) map[string]string { return map[string]string{"en": en, "zh-CN": zh} }
	var version struct{ Number int64 }
	manager.ask("PUT", x.study("/epro/consent"), map[string]any{"format": "casebook-consent/1", "title": text("Taking part", "参加研究"), "approval": "examined", "required": true, "again": true,
		"sections": []map[string]any{{"title": text("What", "内容"), "text": text("A diary.", "日记。")}}, "statement": text("I take part.", "我参加。")}).must(200).into(&version)
	x.need(version.Number > 0, "the version has no number")
	subject := x.study("/subjects/" + url.PathEscape(c.subject) + "/epro/")
	var invited struct{ Code, PIN string }
	c.by.ask("POST", subject+"phones", map[string]string{"reporter": ""}).must(201).into(&invited)
	var phone struct{ Device, Token string }
	nobody := &visitor{x: x}
	nobody.ask("POST", "/api/v1/epro/enrol", map[string]string{"study": x.house.Study, "code": invited.Code, "pin": invited.PIN, "name": "Examined", "zone": "UTC"}).must(201).into(&phone)
	type plan struct {
		Consent string
		Windows []any
		Unasked []string
		Forms   map[string]struct{ Hash string }
	}
	is := func(state string) (p plan) {
		nobody.ask("GET", "/api/v1/epro/plan", nil, "Authorization", "Bearer "+phone.Token).must(200).into(&p)
		x.need(p.Consent == state && (state == "signed" || len(p.Windows) == 0), "the phone is told %q and %d windows, not %q", p.Consent, len(p.Windows), state)
		return p
	}
	is("needed")
	yesterday := x.house.World.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	c.by.ask("POST", subject+"consent", map[string]any{"number": version.Number, "language": "en", "signedOn": yesterday, "reporter": "self", "name": "A. Patient", "informed": "B. Doctor"}).must(201)
	is("signed")
	c.by.ask("DELETE", subject+"consent", map[string]string{"reason": ""}).must(422)
	c.by.ask("DELETE", subject+"consent", map[string]string{"reason": "told the site"}).must(200)
	p := is("withdrawn")
	x.need(len(p.Forms) > 0, "the phone knows no form")
	for form, f := range p.Forms {
		now := x.house.World.Now().UTC().Format(time.RFC3339Nano)
		var told struct{ Results []struct{ Code string } }
		nobody.ask("POST", "/api/v1/epro/records", map[string]any{"highest": 1, "zone": "UTC", "now": now, "records": []map[string]any{{"id": "0195a7d2-9c1e-7a3b-8f00-" + fmt.Sprintf("%x", x.house.World.Bytes(6)),
			"device": phone.Device, "subject": c.subject, "seq": 1, "previous": "", "form": form, "window": "", "definition": f.Hash, "language": "en", "opened": now, "finished": now, "zone": "UTC",
			"contact": now, "elapsed": 0, "values": []any{}, "log": []any{}}}}, "Authorization", "Bearer "+phone.Token).into(&told)
		x.need(len(told.Results) == 1 && told.Results[0].Code == "epro.quarantine.consent", "what was answered afterwards: %+v", told.Results)
		break
	}
	x.saw("version %d: needed, signed on paper, taken back with a reason; no window is asked, and what is answered afterwards is set apart", version.Number)
}

// amended publishes a second version with a check that the first has not, tries it on a site, and carries it out.
func amended(x *examiner) {
	o := x.own()
	manager, coordinator := x.as("datamanager"), x.as("coordinator")
	form := o.at("/subjects/" + url.PathEscape(o.subject) + "/forms/E.1/1/F.1/1")
	coordinator.ask("PATCH", form, `{"items":[{"group":"G.1","repeat":"1","item":"TIME","value":"11:00"}]}`, "If-None-Match", "*").must(200)
	o.publish("D.2", `,"checks":[{"comparator":"EQ","values":["12:00"],"message":{"en":"Is it noon?","zh-CN":"是正午吗？"}}]`)
	count := func() int {
		var list struct{ Queries []any }
		manager.ask("GET", o.at("/queries"), nil).must(200).into(&list)
		return len(list.Queries)
	}
	type moved struct {
		Casebooks []struct {
			Subject string
			Opened  []any
		}
	}
	var tried, done moved
	manager.ask("POST", o.at("/sites/01/amendment/trial"), map[string]any{"to": 2, "after": ""}).must(200).into(&tried)
	x.need(len(tried.Casebooks) == 1 && len(tried.Casebooks[0].Opened) == 1, "the trial tells of %+v", tried.Casebooks)
	x.need(count() == 0, "the trial has changed something")
	manager.ask("POST", o.at("/sites/01/amendment/steps"), map[string]any{"to": 2, "expect": 1, "reason": "approved"}).must(200).into(&done)
	x.need(len(done.Casebooks) == 1 && count() == 1, "after it: %+v, %d queries", done.Casebooks, count())
	versions := manager.ask("GET", o.at("/versions"), nil).must(200).text
	x.need(strings.Contains(versions, "D.1") && strings.Contains(versions, "D.2"), "the versions are %s", brief(versions))
	x.saw("two versions of the checks; the trial told that the second asks one question of %s, and it did", o.subject)
}
