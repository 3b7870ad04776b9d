package blinded

import (
	"net/http"
	"slices"

	"casebook"
	"casebook/auth"
	"casebook/odm"
	"casebook/patient"
	"casebook/record"
	"casebook/store"
	"casebook/web"
)

const maxBody = 256 << 10

// Routes are the addresses of this package.
func (s *Service) Routes() []auth.Route {
	const study = "/api/v1/studies/{study}"
	return []auth.Route{
		{Pattern: "GET " + study + "/blinded-values", Policy: auth.SiteInside(auth.BlindedRead), Handle: s.list},
		{Pattern: "PATCH " + study + "/subjects/{subject}/blinded-values", Policy: auth.SiteInside(auth.BlindedWrite), Handle: s.save},
	}
}

func studyOf(r *http.Request) casebook.StudyID { return casebook.StudyID(r.PathValue("study")) }

// Asked is a blinded item with what may answer it, by the newest version.
type Asked struct {
	Event  string         `json:"event"`
	Form   string         `json:"form"`
	Group  string         `json:"group"`
	Item   string         `json:"item"`
	Name   string         `json:"name"`
	Says   odm.Text       `json:"question,omitempty"`
	Choice []odm.CodeItem `json:"choices,omitempty"`
}

// list answers the blinded items of the study and the values at the reader's sites: of one subject when that is asked for, each as it
// is and then as it was. Looking is an entry of the ledger.
func (s *Service) list(w http.ResponseWriter, r *http.Request) error {
	ctx, study := r.Context(), studyOf(r)
	subject := casebook.SubjectID(r.URL.Query().Get("subject"))
	out := struct {
		Items  []Asked           `json:"items"`
		Values []Value           `json:"values"`
		Write  bool              `json:"write"` // the reader enters values at some site
		Sites  []casebook.SiteID `json:"sites"` // where, "" alone at all
	}{Items: []Asked{}, Sites: []casebook.SiteID{}}
	all, sites := auth.From(ctx).Sites(auth.BlindedRead, study)
	sees := func(site casebook.SiteID) bool { return all || slices.Contains(sites, site) }
	if subject != "" {
		if err := s.seen(r, subject, sees); err != nil {
			return err
		}
	}
	values, err := s.Look(ctx, study, subject, sees)
	if err != nil {
		return err
	}
	out.Values = append(out.Values, values...)
	everywhere, some := auth.From(ctx).Sites(auth.BlindedWrite, study)
	if out.Write = everywhere || len(some) > 0; everywhere {
		some = []casebook.SiteID{""}
	}
	out.Sites = append(out.Sites, some...)
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return err
	}
	for _, b := range st.Blinded() {
		out.Items = append(out.Items, asked(st, b))
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusOK, out)
}

func asked(st *record.Study, b record.BlindedItem) Asked {
	a := Asked{Event: b.Event, Form: b.Form, Group: b.Group, Item: b.Item}
	if it := st.Index.Item(b.Item); it != nil {
		a.Name, a.Says = it.Name, it.Question
		if list := st.Index.CodeList(it.CodeList); list != nil {
			a.Choice = list.Items
		}
	}
	return a
}

// seen answers a subject of another site like one that is not there.
func (s *Service) seen(r *http.Request, id casebook.SubjectID, sees func(casebook.SiteID) bool) error {
	return s.ledger.DB().View(r.Context(), func(tx *store.Tx) error {
		p, err := patient.Find(r.Context(), tx, studyOf(r), id)
		if err == nil && !sees(p.Site) {
			err = patient.Unknown(id)
		}
		return err
	})
}

// save keeps values of blinded items of one subject. What it answers tells nothing of them.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	id := casebook.SubjectID(r.PathValue("subject"))
	var site casebook.SiteID
	if err := s.seen(r, id, func(at casebook.SiteID) bool { site = at; return true }); err != nil {
		return err
	}
	ctx, ok := auth.Act(r.Context(), auth.BlindedWrite, studyOf(r), site)
	if !ok {
		return patient.Unknown(id)
	}
	var in struct {
		Values []Said `json:"values"`
		Reason string `json:"reason"`
	}
	if err := web.Decode(r, maxBody, &in); err != nil {
		return err
	}
	if err := s.Save(ctx, studyOf(r), id, in.Values, in.Reason); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
