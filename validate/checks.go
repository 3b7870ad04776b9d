package validate

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // RFC 6238 names it
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Check executes a requirement on a running installation.
type Check struct {
	ID     string // of the requirement
	Shows  string
	look   func(*examiner)
	inFile bool // needs the rows in a file
}

// Checks are those that an installation can carry out itself. The last stops the program.
var Checks = []Check{
	{"REG-01", "A changed value has an entry with who, role, when, old, new and why.", changed, false},
	{"REG-02", "The first value is still in the history after a change, marked as the first.", stillThere, false},
	{"REG-03", "No role can write to the trail or take an entry from it.", trailIsReadOnly, false},
	{"REG-04", "A change without a reason is refused and changes nothing.", needsReason, false},
	{"REG-05", "A subject's trail is found by a search, and leaves as CSV with the same entries.", trailLeaves, false},
	{"REG-06", "An export is an entry of the trail.", exportsAreEntries, false},
	{"REG-09", "A signature bears the printed name, the time, the zone and the meaning in words.", signatureSays, false},
	{"REG-10", "A change after the signature makes it void, and the record says so.", signatureBreaks, false},
	{"REG-11", "Nobody signs without the password, with one component, or as another.", signatureIsOnesOwn, false},
	{"REG-12", "A closed account's name is not given again.", nameIsGone, false},
	{"REG-13", "Passwords of 11 characters and common ones are refused, one of 64 is taken.", passwords, false},
	{"REG-14", "Guessing is slowed down; another person signs in from the same place.", guessing, false},
	{"REG-15", "With a second factor the password alone opens nothing; a code is good once, and so is a recovery code.", secondFactor, false},
	{"REG-16", "A session says that it ends after 15 minutes without use.", idle, false},
	{"REG-17", "A subject of another site is answered like one that does not exist.", otherSite, false},
	{"REG-18", "A closed account's session ends within a second.", endsAtOnce, false},
	{"REG-20", "A frozen form takes no value; what is not complete is not locked; each by its role only.", order, false},
	{"REG-07", "A clock of the browser that is years behind changes no entry's time.", serverTime, false},
	{"REG-19", "While a casebook is frozen the site's investigator reads it and takes its trail.", siteKeepsItsData, false},
	{"REG-21", "A blinded value is told to no blinded role at any of seven addresses; the value beside it is.", blindedItem, false},
	{"REG-22", "A treatment is opened for a reason in words and a password only, once, with an entry.", emergency, false},
	{"REG-27", "An address stands in no answer, in no entry and in no byte of the rows; her site alone is shown it, which is an entry.", apart, false},
	{"REG-29", "A subject's request has a deadline, is closed with an answer only, and is in the trail.", dataRequest, false},
	{"REG-23", "The archival ODM file holds the change with its reason, and is well-formed.", copies, false},
	{"REG-25", "A backup restores to rows that verify; one with a flipped bit is refused.", backups, true},
	{"REG-32", "Who runs the installation, who gives roles and who audits are three people: each does one of it, reads no data and gets no second role.", duties, false},
	{"REG-24", "The archival file, read by a reader of XML alone, holds each value in its order, and ends with what the page shows.", outlives, false},
	{"REG-26", "A package of evidence is taken as it was signed, and refused with one bit of any file flipped.", evidence, false},
	{"REG-28", "A consent has a version; the phone waits for the signature, and after a withdrawal nothing is asked and nothing is taken.", withdrawn, false},
	{"REG-30", "The program is connected with nobody outside this machine, after all that it was asked.", stays, false},
	{"REG-31", "Who came to the door is written down, the trail goes back more than half a year, and nothing takes an entry away.", logs, false},
	{"REG-33", "The outside speaks TLS 1.2 and 1.3 and no older, and tells browsers so; a secret is in no byte of the rows.", outside, false},
	{"REG-35", "The score of a signal follows from the evidence that it was raised on, in other arithmetic, and the ledger gives its numbers again.", again, false},
	{"REG-36", "A second version of the checks is tried without a change, and asks what it told.", amended, false},
	{"REG-34", "A report sent twice gets one receipt; another content under its id is put aside.", reports, false},
	{"REG-08", "A value altered in the file behind the product is found and located; the unaltered file has no finding.", tampering, true},
}

// consent is a subject with one filled form, made for the check.
type consent struct {
	x       *examiner
	by      *visitor // the coordinator
	subject string
	form    string
}

func (x *examiner) consent() consent {
	c := consent{x: x, by: x.as("coordinator")}
	var made struct{ Subject string }
	c.by.ask("POST", x.study("/subjects"), map[string]string{"site": "03"}).must(201).into(&made)
	c.subject, c.form = made.Subject, x.study("/subjects/"+url.PathEscape(made.Subject)+"/forms/E.SCR/1/F.ICF/1")
	c.by.ask("PATCH", c.form, `{"items":[{"group":"IG.ICF","repeat":"1","item":"IT.ICFYN","value":"Y"},{"group":"IG.ICF","repeat":"1","item":"IT.ICFDAT","value":"2026-03-02"},
		{"group":"IG.ICF","repeat":"1","item":"IT.ICFTIM","value":"09:00"},{"group":"IG.ICF","repeat":"1","item":"IT.ICFVER","value":"2.0"},
		{"group":"IG.ICF","repeat":"1","item":"IT.ICFCOPY","value":"Y"}]}`, "If-None-Match", "*").must(200)
	return c
}

func (c consent) change(value, reason string, version int) answer {
	return c.by.ask("PATCH", c.form, map[string]any{"reason": reason, "items": []map[string]string{{"group": "IG.ICF", "repeat": "1", "item": "IT.ICFTIM", "value": value}}},
		"If-Match", fmt.Sprintf("%q", fmt.Sprint(version)))
}

type historyEntry struct {
	By, ByName, Role, Old, New, Reason, Trace string
	At                                        time.Time
	First                                     bool
}

func (c consent) history() (all []historyEntry) {
	var h struct{ Entries []historyEntry }
	c.by.ask("GET", c.form+"/history?group=IG.ICF&repeat=1&item=IT.ICFTIM", nil).must(200).into(&h)
	return h.Entries
}

func changed(x *examiner) {
	c := x.consent()
	c.change("09:30", "the source says half past", 1).must(200)
	all := c.history()
	x.need(len(all) == 2, "%d entries, not 2", len(all))
	if x.err != nil {
		return
	}
	e := all[0]
	x.need(e.By == x.house.Users["coordinator"] && e.ByName != "" && e.Role == "coordinator" && e.Old == "09:00" && e.New == "09:30" && e.Reason == "the source says half past" &&
		!e.At.IsZero() && len(e.Trace) == 32, "the entry says %+v", e)
	x.saw("%s: %s (%s) at %s changed %s to %s: %q", c.subject, e.By, e.Role, e.At.Format(time.RFC3339), e.Old, e.New, e.Reason)
}

func stillThere(x *examiner) {
	c := x.consent()
	c.change("09:45", "typing error", 1).must(200)
	all := c.history()
	x.need(len(all) == 2 && all[len(all)-1].First && all[len(all)-1].New == "09:00", "the history is %+v", all)
	x.saw("%d versions of the value of %s are shown, 09:00 as the first", len(all), c.subject)
}

func trailIsReadOnly(x *examiner) {
	c := x.consent()
	n := 0
	for role := range x.house.Users {
		v := x.as(role)
		for _, path := range []string{x.study("/trail"), x.study("/trail/1"), c.form + "/history", x.study("/changes")} {
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				a := v.ask(method, path, `{}`)
				x.need(slices.Contains([]int{403, 404, 405}, a.status), "%s as %s: answered %d", a.what, role, a.status)
				n++
			}
		}
	}
	x.need(len(c.history()) == 1, "the history is no longer as it was")
	x.saw("%d requests of %d roles were refused", n, len(x.house.Users))
}

func needsReason(x *examiner) {
	c := x.consent()
	c.change("10:15", "", 1).must(422, "record.reason_required")
	x.need(len(c.history()) == 1, "something was written")
	x.saw("%s: 422 record.reason_required, one entry as before", c.subject)
}

type trail struct {
	Entries []struct {
		ID, What, By, Reason string
		Index                int64
	}
}

func trailLeaves(x *examiner) {
	c := x.consent()
	c.change("09:50", "found again by this sentence", 1).must(200)
	var t trail
	x.as("monitor").ask("GET", x.study("/trail?what=record.item.saved&subject="+url.QueryEscape(c.subject)), nil).must(200).into(&t)
	x.need(len(t.Entries) == 2, "%d entries of the subject, not 2", len(t.Entries))
	csv := x.as("investigator").ask("GET", x.study("/trail/export?what=record.item.saved&subject="+url.QueryEscape(c.subject)), nil).must(200).text
	x.need(strings.Count(csv, "IT.ICFTIM") == 2 && strings.Contains(csv, "found again by this sentence") && strings.Contains(csv, ",09:00,09:50,"), "the CSV is %s", brief(csv))
	x.saw("2 entries of %s on the page, both in the CSV of %d bytes", c.subject, len(csv))
}

func exportsAreEntries(x *examiner) {
	count := func() int {
		var t trail
		x.as("datamanager").ask("GET", x.study("/trail?what=edc.list.exported"), nil).must(200).into(&t)
		return len(t.Entries)
	}
	before := count()
	x.as("datamanager").ask("GET", x.study("/queries/export?state=Open"), nil).must(200)
	after := count()
	x.need(after == before+1, "%d entries of exports before, %d after", before, after)
	x.saw("one export, one entry more (%d)", after)
}

type signature struct {
	ID, Name, Meaning, Zone string
	At                      time.Time
	Says                    map[string]string
	Holds                   bool
}

func (c consent) sign(by *visitor, user, password string) answer {
	return by.ask("POST", c.x.study("/signatures"), map[string]any{"user": user, "password": password, "meaning": "approval", "zone": "Asia/Shanghai",
		"parts": []map[string]string{{"subject": c.subject, "scope": "E.SCR/1/F.ICF/1"}}})
}

func (c consent) signed() signature {
	var out struct{ Signatures []signature }
	c.sign(c.x.as("investigator"), c.x.house.Users["investigator"], c.x.house.Secret).must(201).into(&out)
	c.x.need(len(out.Signatures) == 1, "%d signatures", len(out.Signatures))
	if c.x.err != nil {
		return signature{}
	}
	return out.Signatures[0]
}

func signatureSays(x *examiner) {
	s := x.consent().signed()
	x.need(s.Name != "" && !s.At.IsZero() && s.Zone == "Asia/Shanghai" && s.Says["en"] != "" && s.Says["zh-CN"] != "", "the signature says %+v", s)
	x.saw("%s, %s (%s): %s", s.Name, s.At.Format(time.RFC3339), s.Zone, s.Says["en"])
}

func signatureBreaks(x *examiner) {
	c := x.consent()
	first := c.signed()
	c.change("09:20", "typing error", 1).must(200)
	var out struct{ Signatures []signature }
	c.by.ask("GET", x.study("/subjects/"+url.PathEscape(c.subject)+"/standings"), nil).must(200).into(&out)
	i := slices.IndexFunc(out.Signatures, func(s signature) bool { return s.ID == first.ID })
	x.need(i >= 0 && !out.Signatures[max(i, 0)].Holds, "after the change: %+v", out.Signatures)
	x.saw("the signature %s of %s no longer holds", first.ID, c.subject)
}

func signatureIsOnesOwn(x *examiner) {
	c := x.consent()
	me, other := x.house.Users["investigator"], x.house.Users["coordinator"]
	c.sign(x.as("coordinator"), other, x.house.Secret).must(403)
	c.sign(x.as("investigator"), "", x.house.Secret).must(422, "auth.sign.both")
	c.sign(x.as("investigator"), me, "not the password").must(422, "auth.sign.failed")
	c.sign(x.as("investigator"), other, x.house.Secret).must(422, "auth.sign.failed")
	x.saw("refused: by a coordinator, with one component, with a wrong password, as %s", other)
}

// person invites somebody, and returns the name and the secret of the link.
func (x *examiner) person() (user, token string) {
	user = x.unique("oq")
	var link struct{ Path string }
	x.as("admin").ask("POST", "/api/v1/people", map[string]string{"user": user, "name": "Examined " + user, "nameZh": "", "locale": "en", "identified": "document"}).must(201).into(&link)
	_, token, found := strings.Cut(link.Path, "#")
	x.need(found, "the invitation has no secret: %q", link.Path)
	return user, token
}

// good is a password that is taken.
const good = "four quiet herons at the weir"

// employed is a person who has chosen a password.
func (x *examiner) employed() string {
	user, token := x.person()
	(&visitor{x: x}).ask("PUT", "/api/v1/invitation", map[string]string{"token": token, "password": good}).must(200)
	return user
}

func (x *examiner) close(user string) {
	x.as("admin").ask("POST", "/api/v1/people/"+user+"/deactivation", map[string]string{"reason": "examined"}).must(200)
}

func nameIsGone(x *examiner) {
	user := x.employed()
	x.close(user)
	x.as("admin").ask("POST", "/api/v1/people", map[string]string{"user": user, "name": "Another", "nameZh": "", "locale": "en", "identified": "document"}).must(409, "auth.person.exists")
	x.saw("%s was closed and refused to a second person", user)
}

func passwords(x *examiner) {
	_, token := x.person()
	choose := func(password string) answer {
		return (&visitor{x: x}).ask("PUT", "/api/v1/invitation", map[string]string{"token": token, "password": password})
	}
	choose("elevenchars").must(422, "auth.password.short")
	choose("aaaaaaaaaaaaaaa").must(422, "auth.password.common")
	choose(strings.Repeat("a heron at the weir ", 4)[:64]).must(200)
	x.saw("11 characters and a common one refused, 64 characters taken")
}

func guessing(x *examiner) {
	user, other := x.employed(), x.employed()
	slowed := 0
	for range 7 {
		a := (&visitor{x: x}).ask("POST", "/api/v1/session", map[string]string{"user": user, "password": "a wrong password"})
		if a.status == http.StatusTooManyRequests {
			slowed++
			x.need(a.header.Get("Retry-After") != "", "no Retry-After")
		} else {
			a.must(401, "auth.failed")
		}
	}
	x.need(slowed > 0, "seven guesses at once, none slowed")
	x.signIn(other, good)
	x.saw("%d of 7 guesses had to wait; %s signed in meanwhile", slowed, other)
}

// totp is the code of RFC 6238 for a secret in base32: SHA-1, 30 s, six digits.
func totp(secret string, at time.Time) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(secret, "="))
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30) // a hash takes everything
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1_000_000), nil
}

// enrol sets up a second factor, and returns its secret and the code that was used.
func (v *visitor) enrol() (secret, code string, codes struct{ Recovery []string }) {
	x := v.x
	var offer struct{ Secret string }
	v.ask("POST", "/api/v1/account/factor/offer", `{}`).must(200).into(&offer)
	var a answer
	for range 2 { // a code may be over before it arrives: it is good for the rest of its 30 s
		var err error
		code, err = totp(offer.Secret, x.house.World.Now())
		x.need(err == nil, "the secret is none: %v", err)
		if a = v.ask("POST", "/api/v1/account/factor", map[string]string{"password": good, "secret": offer.Secret, "code": code}); a.status != http.StatusUnprocessableEntity {
			break
		}
	}
	a.must(201).into(&codes)
	return offer.Secret, code, codes
}

func secondFactor(x *examiner) {
	user := x.employed()
	v := x.signIn(user, good)
	_, code, codes := v.enrol()
	x.need(len(codes.Recovery) > 1, "%d recovery codes", len(codes.Recovery))
	if x.err != nil {
		return
	}
	enter := func(code string) answer {
		return (&visitor{x: x}).ask("POST", "/api/v1/session", map[string]string{"user": user, "password": good, "code": code})
	}
	enter("").must(401, "auth.second_factor")
	enter(code).must(401)
	enter(codes.Recovery[0]).must(200)
	enter(codes.Recovery[0]).must(401)
	x.saw("the password alone, the used code %s and the used recovery code opened nothing; one of %d recovery codes did", code, len(codes.Recovery))
}

func idle(x *examiner) {
	var s struct{ Idle int }
	x.as("coordinator").ask("GET", "/api/v1/session", nil).must(200).into(&s)
	x.need(s.Idle > 0 && s.Idle <= 15*60, "it ends after %d s", s.Idle)
	x.saw("idle limit %d s", s.Idle)
}

func otherSite(x *examiner) {
	v := x.as("coordinator")
	there, none := v.ask("GET", x.study("/subjects/"+x.house.Other), nil).must(404), v.ask("GET", x.study("/subjects/NO-99-999"), nil).must(404)
	code := func(a answer) (c struct{ Code string }) { a.into(&c); return c }
	x.need(code(there) == code(none) && code(none).Code != "", "told apart: %s and %s", brief(there.text), brief(none.text))
	x.as("monitor").ask("GET", x.study("/subjects/"+x.house.Other), nil).must(200)
	x.saw("%s: 404 %s, like one that does not exist; the monitor reads it", x.house.Other, code(none).Code)
}

func endsAtOnce(x *examiner) {
	user := x.employed()
	v := x.signIn(user, good)
	v.ask("GET", "/api/v1/session", nil).must(200)
	x.close(user)
	begun := x.house.World.Now()
	for x.err == nil && v.ask("GET", "/api/v1/session", nil).status != 401 {
		x.need(x.house.World.Now().Sub(begun) < time.Second, "the session lives on after a second")
	}
	x.saw("the session ended within %d ms", x.house.World.Now().Sub(begun).Milliseconds())
}

func order(x *examiner) {
	c := x.consent()
	stage := func(role, step, scope, reason string) answer {
		return x.as(role).ask("POST", x.study("/stages"), map[string]any{"step": step, "reason": reason, "parts": []map[string]string{{"subject": c.subject, "scope": scope}}})
	}
	stage("coordinator", "freeze", "", "").must(403)
	stage("monitor", "lock", "", "").must(403)
	stage("datamanager", "lock", "", "").must(409, "record.stage_step")
	stage("monitor", "freeze", "E.SCR/1/F.ICF/1", "").must(200)
	c.change("11:00", "after freezing", 1).must(409, "record.frozen")
	stage("monitor", "unfreeze", "E.SCR/1/F.ICF/1", "").must(422, "record.stage_reason")
	stage("monitor", "unfreeze", "E.SCR/1/F.ICF/1", "examined").must(200)
	c.change("11:00", "after unfreezing", 1).must(200)
	x.saw("%s: frozen, entry refused, not unfrozen without a reason, unfrozen, entered", c.subject)
}

// duties gives three people one duty of the installation each, and asks each for those of the others and for a study's data.
func duties(x *examiner) {
	admin, asked := x.as("admin"), map[string]string{"operator": "/api/v1/settings", "security": "/api/v1/people", "auditor": "/api/v1/audit"}
	give := func(user, study, role string) answer {
		return admin.ask("POST", "/api/v1/people/"+user+"/roles", map[string]string{"study": study, "role": role, "site": ""})
	}
	for role := range asked {
		user := x.employed()
		give(user, "platform", role).good()
		v := x.signIn(user, good)
		for of, path := range asked {
			if a := v.ask("GET", path, nil); of == role {
				a.must(200)
			} else {
				a.must(403)
			}
		}
		for _, path := range []string{"/matrix", "/queries", "/trail"} {
			a := v.ask("GET", x.study(path), nil)
			x.need(a.status == 403 || a.status == 404, "the %s reads %s: %d", role, path, a.status)
		}
		for of := range asked {
			if of != role {
				give(user, "platform", of).must(409, "auth.role.duties")
			}
		}
		give(user, "platform", "admin").must(409, "auth.role.duties")
		give(user, x.house.Study, "datamanager").must(409, "auth.role.duties")
	}
	for _, path := range []string{"/matrix", "/queries", "/trail"} {
		a := admin.ask("GET", x.study(path), nil)
		x.need(a.status == 403 || a.status == 404, "the administrator reads %s: %d", path, a.status)
	}
	x.as("datamanager").ask("GET", "/api/v1/people", nil).must(403)
	x.as("datamanager").ask("GET", x.study("/queries"), nil).must(200)
	x.saw("operator, security and auditor each have one of 3 duties and none of 3 addresses of data; 12 second roles refused")
}

func reports(x *examiner) {
	id := x.unique("oq")
	send := func(systolic int) answer {
		return (&visitor{x: x}).ask("POST", "/report", map[string]any{"id": id, "patientId": x.house.Other, "data": map[string]int{"systolic": systolic, "diastolic": 90}},
			"Authorization", "Bearer "+x.house.Token)
	}
	var first, again struct{ Receipt string }
	send(150).must(200).into(&first)
	a := send(150).must(200)
	a.into(&again)
	x.need(again.Receipt == first.Receipt && first.Receipt != "" && a.header.Get("Idempotent-Replay") == "true", "receipts %q and %q", first.Receipt, again.Receipt)
	send(151).must(409, "report.other_body")
	x.saw("receipt %s twice, the other content refused", first.Receipt)
}
