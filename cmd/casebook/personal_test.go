package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"casebook"
	"casebook/auth"
	"casebook/demo"
	"casebook/record"
)

// canary is the answer to an item that tells who a subject is. Nobody who may not see it ever gets it.
const canary = "CANARY-7f3a9c"

// The canary: a program asks every address that it may, once with the scope personal.read and once without. With it the value is in
// many answers, without it in none.
func TestPersonalDataIsWithheldFromAProgramWithoutTheScope(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ctx := operator(t.Context())
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, err := w.a.trials.Version(ctx, demo.ID, 1)
	must(err)
	v := *first.Definition
	v.OID, v.Items = "personal", slices.Clone(v.Items)
	for i := range v.Items {
		v.Items[i].Identifying = v.Items[i].OID == "IT.CMTRT"
	}
	_, err = w.a.trials.Publish(ctx, demo.ID, &v)
	must(err)
	subject := casebook.SubjectID(w.here["subject"])
	key := record.Key{Study: demo.ID, Subject: subject, Event: "E.CM", EventRepeat: "1", Form: "F.CM", FormRepeat: "1"}
	for _, save := range []record.Save{{Items: []record.Value{{Group: "IG.CM", Repeat: "1", Item: "IT.CMTRT", Value: canary}}},
		{Expect: 1, Reason: "the other name", Items: []record.Value{{Group: "IG.CM", Repeat: "1", Item: "IT.CMTRT", Value: canary + "-2"}}}} {
		save.Key = key
		_, err := w.a.forms.Save(ctx, save)
		must(err)
	}
	must(w.a.ledger.Seal(ctx, demo.ID))
	w.a.people.Carry = w.a.platform.Withhold // without the rates
	gate := w.door(t, w.routes())
	scopes := slices.DeleteFunc(auth.Scopes(), func(a auth.Action) bool { return a == auth.PersonalRead })
	crawl := func(scopes []auth.Action) (told []string, good int) {
		token, _, err := w.a.people.IssueToken(ctx, auth.NewToken{Study: demo.ID, Kind: auth.Client, Name: "crawler", Scopes: scopes})
		must(err)
		at := w.here
		at["event"], at["form"], at["eventRepeat"], at["formRepeat"] = "E.CM", "F.CM", "1", "1"
		ask := func(pattern, path, accept string) int {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			r.Header.Set("Authorization", "Bearer "+token)
			if accept != "" {
				r.Header.Set("Accept", accept)
			}
			rec := httptest.NewRecorder()
			brokenOff(gate, rec, r)
			if rec.Code == http.StatusOK {
				good++
			}
			if strings.Contains(rec.Body.String(), canary) {
				told = append(told, pattern+" "+accept)
			}
			return rec.Code
		}
		for _, route := range gate.Routes() {
			path, get := strings.CutPrefix(route.Pattern, "GET ")
			if !get || strings.HasSuffix(path, "/live") {
				continue
			}
			path = placeholder.ReplaceAllStringFunc(path, func(name string) string { return at[strings.Trim(name, "{}")] })
			for end, query := range map[string]string{"/history": "?group=IG.CM&repeat=1&item=IT.CMTRT", "/past": "?at=2100-01-01T00:00:00Z", "/diff": "?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z", "/export": "?format=csv"} {
				if strings.HasSuffix(path, end) {
					path += query
				}
			}
			ask(route.Pattern, path, "")
			if strings.HasSuffix(path, "/trail") { // who may not read a value may not try it either
				may := slices.Contains(scopes, auth.PersonalRead)
				if code := ask(route.Pattern, path+"?value="+canary, ""); may != (code == http.StatusOK) {
					t.Errorf("a value was tried, with the scope %v: %d", may, code)
				}
			}
			if strings.HasSuffix(path, "/changes") {
				ask(route.Pattern, path, "application/x-ndjson")
			}
		}
		return told, good
	}
	with, good := crawl(auth.Scopes())
	t.Logf("told with the scope, of %d good answers: %q", good, with)
	if len(with) < 6 {
		t.Errorf("with the scope only %q tell the value: the crawl has not looked where it is", with)
	}
	if without, good := crawl(scopes); len(without) > 0 || good < 20 {
		t.Errorf("without the scope, of %d good answers, these tell the value: %q", good, without)
	}
}
