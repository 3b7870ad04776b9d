package coding

import (
	"context"
	"net/http"
	"slices"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/i18n"
	"casebook/ledger"
	"casebook/odm"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

const maxBody = 512 << 10

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const path = "/api/v1/studies/{study}/coding"
	code, manage := auth.SiteInside(auth.TermCode), auth.InStudy(auth.StudyManage)
	return []auth.Route{
		{Pattern: "GET " + path, Policy: code, Handle: s.getWork},
		{Pattern: "GET " + path + "/terms", Policy: code, Handle: s.getTerms},
		{Pattern: "POST " + path + "/decisions", Policy: code, Handle: s.postDecision},
		{Pattern: "POST " + path + "/automatic", Policy: code, Handle: s.postAutomatic},
		{Pattern: "POST " + path + "/queries", Policy: code, Handle: s.postQuery},
		{Pattern: "GET " + path + "/export", Policy: auth.SiteInside(auth.ExportMake), Handle: s.export},
		{Pattern: "GET " + path + "/setup", Policy: manage, Handle: s.getSetup},
		{Pattern: "PUT " + path + "/setup", Policy: manage, Handle: s.putSetup},
		{Pattern: "GET " + path + "/upgrade", Policy: manage, Handle: s.getUpgrade},
		{Pattern: "GET " + path + "/synonyms", Policy: manage, Handle: s.getSynonyms},
		{Pattern: "POST " + path + "/synonyms", Policy: manage, Handle: s.postSynonym},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// scope is what the reader may do an action about, and the context in which it is done.
func scope(r *http.Request, action auth.Action) (context.Context, Scope) {
	all, sites := auth.From(r.Context()).Sites(action, studyOf(r))
	if all {
		return r.Context(), ScopeAll
	}
	ctx := r.Context()
	if len(sites) > 0 {
		ctx, _ = auth.Act(ctx, action, studyOf(r), sites[0])
	}
	return ctx, Scope{Sites: sites}
}

// text is a text that the sites wrote, with its places.
type text struct {
	Kind   Kind    `json:"kind"`
	Plain  string  `json:"plain"` // as it is compared
	Text   string  `json:"text"`  // as it stands at its first place
	Open   int     `json:"open"`  // places that wait
	Coded  int     `json:"coded"`
	Places []value `json:"places"`
}

// value is one place with its code.
type value struct {
	Spot        Spot            `json:",embed"`
	Site        casebook.SiteID `json:"site"`
	Event       string          `json:"event"`
	EventRepeat string          `json:"eventRepeat"`
	Form        string          `json:"form"`
	FormRepeat  string          `json:"formRepeat"`
	Item        string          `json:"item"`
	State       State           `json:"state"`
	Asked       bool            `json:"asked,omitempty"` // a query about it stands
	Context     []Context       `json:"context"`
	Version     string          `json:"version,omitempty"` // of the dictionary that it was coded by
	Source      Source          `json:"source,omitempty"`
	Path        []Level         `json:"path"`
	By          casebook.UserID `json:"by,omitempty"`
	At          time.Time       `json:"at,omitzero"`
}

type work struct {
	Ready bool            `json:"ready"` // somebody has said what is coded
	Total int             `json:"total"`
	Coded int             `json:"coded"`
	Texts []text          `json:"texts"`
	Left  int             `json:"left"` // texts that this answer leaves out
	Setup map[Kind]string `json:"versions"`
}

const maxTexts = 200

// getWork tells how far coding has come, and the texts that wait, each once with its places; ?state=coded tells those that do not, ?kind
// narrows to a dictionary.
func (s *Service) getWork(w http.ResponseWriter, r *http.Request) error {
	ctx, in := scope(r, auth.TermCode)
	setup, all, err := s.List(ctx, studyOf(r), in)
	if err != nil {
		return err
	}
	asked, err := s.asked(ctx, studyOf(r), in, setup)
	if err != nil {
		return err
	}
	done, kind := r.URL.Query().Get("state") == string(Coded), Kind(r.URL.Query().Get("kind"))
	out := work{Ready: len(setup.Items) > 0, Total: len(all), Setup: setup.Versions}
	texts := gather(all, asked)
	for _, t := range texts {
		out.Coded += t.Coded
	}
	out.Texts = slices.DeleteFunc(texts, func(t text) bool { return done != (t.Open == 0) || kind != "" && kind != t.Kind })
	if out.Left = max(0, len(out.Texts)-maxTexts); out.Left > 0 {
		out.Texts = out.Texts[:maxTexts]
	}
	return web.JSON(w, http.StatusOK, out)
}

// gather puts places with one text together, in the order of the first.
func gather(all []Occurrence, asked map[string]bool) []text {
	texts, at := []text{}, map[string]int{}
	for i := range all {
		o := &all[i]
		plain := Plain(o.Verbatim)
		key := string(o.Kind) + "/" + plain
		n, there := at[key]
		if !there {
			n = len(texts)
			at[key], texts = n, append(texts, text{Kind: o.Kind, Plain: plain, Text: o.Verbatim})
		}
		t := &texts[n]
		if o.State == Coded {
			t.Coded++
		} else {
			t.Open++
		}
		t.Places = append(t.Places, o.value(asked[string(o.Key.Subject)+" "+o.Place()]))
	}
	return texts
}

func (o *Occurrence) value(asked bool) value {
	v := value{Spot: Spot{o.Key.Subject, o.Place(), o.changes(), o.Verbatim}, Site: o.Site, Event: o.Key.Event, EventRepeat: o.Key.EventRepeat, Form: o.Key.Form,
		FormRepeat: o.Key.FormRepeat, Item: o.Item, State: o.State, Asked: asked, Context: append([]Context{}, o.Context...), Path: []Level{}}
	if o.Kept != nil {
		v.Version, v.Source, v.By, v.At = o.Kept.Version, o.Kept.Source, o.Kept.By, o.Kept.At
		v.Path = append(v.Path, o.Kept.Path...)
	}
	return v
}

// asked are the places about which a person's query stands.
func (s *Service) asked(ctx context.Context, study casebook.StudyID, in Scope, setup Setup) (map[string]bool, error) {
	places := map[string]bool{}
	f := record.QueryFilter{AllSites: in.AllSites, Sites: in.Sites, Source: "manual", States: []record.QueryState{record.Candidate, record.Open, record.Answered}, Limit: 5000}
	err := s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		all, err := record.Queries(ctx, tx, study, f)
		for _, q := range all {
			if setup.item(q.Item) != nil {
				places[string(q.Key.Subject)+" "+q.Key.ItemPath(q.Group, q.Repeat, q.Item)] = true
			}
		}
		return err
	})
	return places, err
}

// getTerms finds terms of a dictionary, by the version that the study works by, whose names have every word of ?q.
func (s *Service) getTerms(w http.ResponseWriter, r *http.Request) error {
	ctx, _ := scope(r, auth.TermCode)
	k, err := parseKind(r.URL.Query().Get("kind"))
	if err != nil {
		return err
	}
	terms := []Term{}
	err = s.ledger.DB().View(ctx, func(tx *store.Tx) error {
		setup, _, err := setupOf(ctx, tx, studyOf(r))
		if err != nil {
			return err
		}
		found, err := search(ctx, tx, k, setup.Versions[k], r.URL.Query().Get("q"))
		terms = append(terms, found...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string][]Term{"terms": terms})
}

// postDecision codes values as a person says, or takes their codes back, all or none.
func (s *Service) postDecision(w http.ResponseWriter, r *http.Request) error {
	ctx, in := scope(r, auth.TermCode)
	var c Choice
	if err := web.Decode(r, maxBody, &c); err != nil {
		return err
	}
	if err := s.Decide(ctx, studyOf(r), in, c); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// postAutomatic codes what has one meaning: names of terms and approved synonyms.
func (s *Service) postAutomatic(w http.ResponseWriter, r *http.Request) error {
	ctx, in := scope(r, auth.TermCode)
	if err := web.Decode(r, maxBody, &struct{}{}); err != nil {
		return err
	}
	n, err := s.Auto(ctx, studyOf(r), in)
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string]int{"coded": n})
}

// postQuery asks the site about a value that cannot be coded.
func (s *Service) postQuery(w http.ResponseWriter, r *http.Request) error {
	ctx, in := scope(r, auth.TermCode)
	var q struct {
		Spot Spot     `json:",embed"`
		Text odm.Text `json:"text"`
	}
	if err := web.Decode(r, maxBody, &q); err != nil {
		return err
	}
	if err := s.Ask(ctx, studyOf(r), in, q.Spot, q.Text); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type setting struct {
	Setup        Setup        `json:",embed"`
	Dictionaries []Dictionary `json:"dictionaries"` // that are loaded
}

// getSetup tells what the study codes, and which dictionaries are loaded.
func (s *Service) getSetup(w http.ResponseWriter, r *http.Request) error {
	out := setting{Dictionaries: []Dictionary{}}
	err := s.ledger.DB().View(r.Context(), func(tx *store.Tx) (err error) {
		if out.Setup, _, err = setupOf(r.Context(), tx, studyOf(r)); err != nil {
			return err
		}
		have, err := dictionaries(r.Context(), tx)
		out.Dictionaries = append(out.Dictionaries, have...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, out)
}

// putSetup says what the study codes, by which versions.
func (s *Service) putSetup(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Setup  Setup  `json:",embed"`
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.Set(r.Context(), studyOf(r), in.Setup, in.Reason); err != nil {
		return err
	}
	return s.getSetup(w, r)
}

// getUpgrade tells what another ?version of a ?dictionary would make of the study's codes, term by term, and changes nothing.
func (s *Service) getUpgrade(w http.ResponseWriter, r *http.Request) error {
	k, err := parseKind(r.URL.Query().Get("dictionary"))
	if err != nil {
		return err
	}
	all, err := s.Upgrade(r.Context(), studyOf(r), k, r.URL.Query().Get("version"))
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string][]Shift{"terms": append([]Shift{}, all...)})
}

// getSynonyms tells the texts that the study reads as terms, with those that wait for somebody's approval.
func (s *Service) getSynonyms(w http.ResponseWriter, r *http.Request) error {
	out := []Alias{}
	err := s.ledger.DB().View(r.Context(), func(tx *store.Tx) error {
		all, err := aliases(r.Context(), tx, studyOf(r))
		out = append(out, all...)
		return err
	})
	if err != nil {
		return err
	}
	return web.JSON(w, http.StatusOK, map[string][]Alias{"synonyms": out})
}

// postSynonym approves or retires a synonym.
func (s *Service) postSynonym(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Kind   Kind       `json:"kind"`
		Text   string     `json:"text"` // plain
		State  AliasState `json:"state"`
		Reason string     `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.Step(r.Context(), studyOf(r), in.Kind, in.Text, in.State, in.Reason); err != nil {
		return err
	}
	return s.getSynonyms(w, r)
}

// Columns are what a list tells of an occurrence after its place: each level of a path, lowest first, with code and name; a path has
// the levels of its dictionary.
var Columns = func() []string {
	all := []string{"verbatim", "state", "dictionary", "version", "source", "coded_by", "coded_at"}
	for _, level := range levels {
		all = append(all, level+"_code", level+"_name")
	}
	return all
}()

var levels = []string{"llt", "pt", "hlt", "hlgt", "soc", "drug", "preferred", "atc5", "atc4", "atc3", "atc2", "atc1"}

// export is the list of all values that are to be coded, with their codes, as CSV.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	ctx, in := scope(r, auth.ExportMake)
	_, all, err := s.List(ctx, studyOf(r), in)
	if err != nil {
		return err
	}
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: VerbExported, New: ledger.Text(map[string]int{"values": len(all)})})
		return nil
	})
	if err != nil {
		return err
	}
	rows, lang := [][]string{append([]string{"study", "site", "subject", "event", "event_repeat", "form", "form_repeat", "group", "repeat", "item"}, Columns...)}, i18n.Language(r.Header.Get("Accept-Language"))
	for i := range all {
		o := &all[i]
		rows = append(rows, append([]string{string(o.Key.Study), string(o.Site), string(o.Key.Subject), o.Key.Event, o.Key.EventRepeat, o.Key.Form, o.Key.FormRepeat, o.Group, o.Repeat, o.Item}, o.Cells(lang)...))
	}
	return web.CSV(w, "coding", rows)
}

// Cells are an occurrence in Columns, with the names of a language.
func (o *Occurrence) Cells(lang string) []string {
	row := []string{o.Verbatim, string(o.State), string(o.Kind)}
	if o.Kept == nil {
		return append(row, make([]string, len(Columns)-len(row))...)
	}
	row = append(row, o.Kept.Version, string(o.Kept.Source), string(o.Kept.By), o.Kept.At.UTC().Format(time.RFC3339))
	for _, level := range levels {
		code, name := "", ""
		if i := slices.IndexFunc(o.Kept.Path, func(l Level) bool { return l.Level == level }); i >= 0 {
			code, name = o.Kept.Path[i].Code, o.Kept.Path[i].Name.In(lang)
		}
		row = append(row, code, name)
	}
	return row
}

// Counted is how far coding has come: how many values there are, and how many have a code that holds.
func Counted(all []Occurrence) (total, coded int) {
	for i := range all {
		if all[i].State == Coded {
			coded++
		}
	}
	return len(all), coded
}
