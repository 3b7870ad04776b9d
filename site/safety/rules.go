package safety

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"casebook"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/site"
	"casebook/site/keep"
	"casebook/store"
)

// Rules are what a study says of its safety reports.
type Rules struct {
	Log     *Log     `json:"log,omitempty"` // nothing is reconciled without
	Hours   Hours    `json:"hours,omitzero"`
	Message *Message `json:"message,omitempty"` // nothing is exported without
}

// Hours are within how many hours of awareness somebody is told; 0 is 24.
type Hours struct {
	Ethics int `json:"ethics,omitzero"`
	Office int `json:"office,omitzero"`
}

// Log says where the casebooks keep adverse events, by OID.
type Log struct {
	Form     string             `json:"form"`
	Serious  string             `json:"serious"` // the item that says so
	Value    string             `json:"value"`   // with which it says so
	Term     string             `json:"term"`
	Onset    string             `json:"onset,omitempty"`
	Outcome  string             `json:"outcome,omitempty"`
	Outcomes map[string]Outcome `json:"outcomes,omitempty"` // what the codes of the outcome's item mean; others are not compared
}

// Message is what a message of E2B(R3) says of the study and its sponsor.
type Message struct {
	Sender       string `json:"sender"`       // N.1.3, N.2.r.2: the identifier agreed with the receiver
	Receiver     string `json:"receiver"`     // N.1.4, N.2.r.3
	Organisation string `json:"organisation"` // C.3.2
	Country      string `json:"country"`      // ISO 3166-1 alpha-2, of the sender: C.1.1, and of the source: C.2.r.3
	Protocol     string `json:"protocol"`     // C.5.3
	Title        string `json:"title"`        // C.5.2
	Product      string `json:"product"`      // G.k.2.2, as long as the treatment is blinded
}

// time is within what time of awareness a recipient is told.
func (r Rules) time(to Recipient) time.Duration {
	hours := map[Recipient]int{Ethics: r.Hours.Ethics, Office: r.Hours.Office}[to]
	if hours == 0 {
		hours = 24
	}
	return time.Duration(hours) * time.Hour
}

// rulesOf returns the study's rules; Version is 0 where it has none.
func rulesOf(ctx context.Context, tx *store.Tx, study casebook.StudyID) (keep.Record[Rules], error) {
	return keep.Find[Rules](ctx, tx, study, rules, rulesID)
}

// SetRules sets the study's rules in the caller's write, by the version of its definition st. Errors: Unprocessable safety.item, safety.value,
// safety.hours; Invalid safety.choice, safety.country, site.text_*; Stale site.changed.
func SetRules(ctx context.Context, w *ledger.Writer, st *record.Study, seen int64, r Rules, reason string) error {
	was, err := rulesOf(ctx, w.Tx, w.Study)
	if err != nil {
		return err
	}
	if err := r.check(st); err != nil {
		return err
	}
	if err := site.Fits("reason", reason, seen > 0, maxNote); err != nil {
		return err
	}
	c := keep.Change{Kind: rules, ID: rulesID, Seen: seen, After: r, Entry: ledger.Entry{What: RulesSet, Reason: reason}}
	if seen > 0 {
		c.Before = was.Doc
	}
	return keep.Put(ctx, w, c)
}

func (r *Rules) check(st *record.Study) error {
	for place, hours := range map[string]int{"hours/ethics": r.Hours.Ethics, "hours/office": r.Hours.Office} {
		if hours < 0 || hours > 720 {
			return casebook.Fail(casebook.Unprocessable, "safety.hours").At(place)
		}
	}
	if r.Message != nil {
		if err := r.Message.check(); err != nil {
			return err
		}
	}
	if r.Log == nil {
		return nil
	}
	return r.Log.check(st.Index)
}

func (m *Message) check() error {
	for _, x := range []struct {
		place, text string
		most        int
	}{{"sender", m.Sender, 60}, {"receiver", m.Receiver, 60}, {"organisation", m.Organisation, 100}, {"protocol", m.Protocol, 50}, {"title", m.Title, 2000}, {"product", m.Product, 250}} {
		if err := site.Fits("message/"+x.place, x.text, true, x.most); err != nil {
			return err
		}
	}
	if len(m.Country) != 2 || strings.Trim(m.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return casebook.Fail(casebook.Invalid, "safety.country", m.Country).At("message/country")
	}
	return nil
}

func (l *Log) check(x *odm.Index) error {
	asked := x.FormItems(l.Form)
	for _, item := range []struct {
		place, oid string
		must       bool
	}{{"serious", l.Serious, true}, {"term", l.Term, true}, {"onset", l.Onset, false}, {"outcome", l.Outcome, false}} {
		if item.oid == "" && !item.must {
			continue
		}
		if !slices.ContainsFunc(asked, func(f odm.FormItem) bool { return f.Item.OID == item.oid }) {
			return casebook.Fail(casebook.Unprocessable, "safety.item", item.oid, l.Form).At("log/" + item.place)
		}
	}
	it := x.Item(l.Serious)
	if it.Accept(l.Value, x.CodeList(it.CodeList)) != nil {
		return casebook.Fail(casebook.Unprocessable, "safety.value", l.Value, l.Serious).At("log/value")
	}
	for _, code := range slices.Sorted(maps.Keys(l.Outcomes)) {
		if !slices.Contains(outcomes, l.Outcomes[code]) {
			return casebook.Fail(casebook.Invalid, "safety.choice", l.Outcomes[code]).At("log/outcomes/" + code)
		}
	}
	return nil
}

// Guess is what the names of a definition say of its log of adverse events, by CDASH and SDTM (AESER, AETERM, AESTDAT, AEOUT): an offer
// for a person to look at. It is nil where no form asks whether an event is serious and what it is called.
func Guess(st *record.Study) *Log {
	for i := range st.Version.Forms {
		l := &Log{Form: st.Version.Forms[i].OID}
		asked := st.Index.FormItems(l.Form)
		find := func(variables ...string) string {
			for _, f := range asked {
				if slices.ContainsFunc(variables, func(v string) bool { return f.Item.Means("AE", v) }) {
					return f.Item.OID
				}
			}
			return ""
		}
		l.Serious, l.Term, l.Onset, l.Outcome = find("AESER"), find("AETERM"), find("AESTDAT", "AESTDTC"), find("AEOUT")
		if l.Serious == "" || l.Term == "" {
			continue
		}
		l.Value = yes(st.Index, st.Index.Item(l.Serious))
		if list := codesOf(st.Index, l.Outcome); list != nil {
			l.Outcomes = meanings(list)
		}
		return l
	}
	return nil
}

func codesOf(x *odm.Index, item string) *odm.CodeList {
	if it := x.Item(item); it != nil {
		return x.CodeList(it.CodeList)
	}
	return nil
}

// yes is the value with which an item says that something is so.
func yes(x *odm.Index, it *odm.Item) string {
	for _, v := range []string{"Y", "true", "1", "YES", "Yes", "yes"} {
		if it.Accept(v, x.CodeList(it.CodeList)) == nil {
			return v
		}
	}
	return ""
}

// meanings are the codes of CDISC's codelist OUT (C66768), and what sponsors shorten them to.
func meanings(list *odm.CodeList) map[string]Outcome {
	said := map[string]Outcome{"RECOVERED": Recovered, "RECOVEREDRESOLVED": Recovered, "RESOLVED": Recovered, "RECOVERING": Recovering, "RECOVERINGRESOLVING": Recovering,
		"RESOLVING": Recovering, "NOTRECOVERED": NotRecovered, "NOTRECOVEREDNOTRESOLVED": NotRecovered, "NOTRESOLVED": NotRecovered, "SEQUELAE": Sequelae,
		"RECOVEREDRESOLVEDWITHSEQUELAE": Sequelae, "RECOVEREDWITHSEQUELAE": Sequelae, "FATAL": Fatal, "DEATH": Fatal, "UNKNOWN": Unknown}
	all := map[string]Outcome{}
	for _, c := range list.Items {
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return unicode.ToUpper(r)
			}
			return -1
		}, c.Code)
		if o, known := said[letters]; known {
			all[c.Code] = o
		}
	}
	return all
}

// choices are the forms of a definition with what they ask, for whoever sets the rules.
func choices(st *record.Study) []formChoice {
	all := []formChoice{}
	for i := range st.Version.Forms {
		f := &st.Version.Forms[i]
		one := formChoice{OID: f.OID, Name: text(f.Description, f.Name), Items: []itemChoice{}}
		for _, asked := range st.Index.FormItems(f.OID) {
			it := itemChoice{OID: asked.Item.OID, Name: text(asked.Item.Question, asked.Item.Name)}
			if list := st.Index.CodeList(asked.Item.CodeList); list != nil {
				it.Codes = list.Items
			}
			one.Items = append(one.Items, it)
		}
		all = append(all, one)
	}
	return all
}

type (
	formChoice struct {
		OID   string       `json:"oid"`
		Name  odm.Text     `json:"name"`
		Items []itemChoice `json:"items"`
	}
	itemChoice struct {
		OID   string         `json:"oid"`
		Name  odm.Text       `json:"name"`
		Codes []odm.CodeItem `json:"codes,omitempty"`
	}
)

func text(said odm.Text, name string) odm.Text {
	if len(said) > 0 {
		return said
	}
	return odm.Text{"": name}
}
