package edc_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

type savedViews struct {
	Views []struct {
		ID, Page, Name, Query, By string
		Shared, Mine              bool
	}
	MayShare bool
}

func (h *house) views(user string) (told string) {
	h.t.Helper()
	var all savedViews
	h.get(userID(user), studyPath+"/views").ok(h.t).into(h.t, &all)
	for _, v := range all.Views {
		told += fmt.Sprintf("%s %q ?%s %v; ", v.Page, v.Name, v.Query, v.Mine)
	}
	return told
}

func TestAViewIsOnesOwnUntilItIsShared(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		const path = studyPath + "/views"
		post := func(user, body string) answer { return h.ask(userID(user), http.MethodPost, path, body) }
		post("linyue", `{"page":"queries","name":" 旧的 ","query":"state=Open&age=30"}`).ok(t)
		post("linyue", `{"page":"queries","name":"旧的","query":"age=14&state=Open"}`).ok(t)
		if got, want := h.views("linyue"), `queries "旧的" ?age=14&state=Open true; `; got != want {
			t.Errorf("own: %s, want %s", got, want)
		}
		var shared struct{ ID string }
		post("hexiao", `{"page":"review","name":"07","query":"site=07","shared":true}`).ok(t).into(t, &shared)
		post("linyue", `{"page":"review","name":"x","query":"","shared":true}`).refused(t, 403, "view.share")
		if got, want := h.views("xucheng"), `review "07" ?site=07 false; `; got != want {
			t.Errorf("what others see: %s, want %s", got, want)
		}
		post("linyue", `{"page":"people","name":"x","query":""}`).refused(t, 422, "view.page")
		post("linyue", `{"page":"queries","name":" ","query":""}`).refused(t, 422, "view.name")
		post("linyue", `{"page":"queries","name":"x","query":"%zz"}`).refused(t, 422, "view.query")
		post("linyue", `{"page":"queries","name":"x","query":"`+strings.Repeat("a", 1001)+`"}`).refused(t, 422, "view.query")
		h.get("stranger", path).refused(t, 404, "trial.unknown")
		h.ask("linyue", http.MethodDelete, path+"/"+shared.ID, "").refused(t, 404, "view.unknown")
		h.ask("hexiao", http.MethodDelete, path+"/"+shared.ID, "").ok(t)
		if got := h.views("xucheng"); got != "" {
			t.Errorf("after it was removed: %s", got)
		}
	})
}
