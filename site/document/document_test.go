package document_test

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/ledger"
	"casebook/site/document"
	"casebook/store"
	"casebook/store/storetest"
)

const (
	pdf      = "%PDF-1.7\nan approval of the ethics committee"
	approval = `{"type":"04-01","title":"Ethics approval 2026-03","issued":"2026-02-01","expires":"2026-08-01"}`
	at01     = "/sites/01/documents"
)

func TestWhatIsFiledComesBackByteForByteAndIsAcceptedBySomebodyElse(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		large := "%PDF-1.7\n" + strings.Repeat("0123456789abcdef", 200_000) // more than three parts
		if got := h.slot("lin", "01", "04-01"); got != "missing" {
			t.Errorf("before: %s", got)
		}
		d := h.file("lin", at01, approval, `C:\files\approval.PDF`, large, 201, "")
		if d.ID != "D-0001" || d.State != "waiting" || !d.Pending || d.May.Decide || d.Versions[0].Media != "application/pdf" {
			t.Fatalf("it is filed as %+v", d)
		}
		h.ask("zhou", "POST", "/documents/D-0001/acceptance", `{"version":1,"user":"zhou","password":"no"}`, 403, "auth.sign.failed", nil)
		h.ask("zhou", "POST", "/documents/D-0001/acceptance", `{"version":1,"user":"zhou","password":"`+password+`"}`, 200, "", &d)
		if d.State != "valid" || d.Versions[0].Accepted == nil || d.Versions[0].Accepted.Signer != "zhou" || d.Versions[0].Accepted.Meaning != "acceptance" {
			t.Errorf("it is accepted as %+v", d)
		}
		status, back, header := h.send("chen", "GET", "/documents/D-0001/versions/1", "", nil)
		if status != 200 || string(back) != large || header.Get("Content-Disposition") != "attachment; filename=approval.PDF" {
			t.Errorf("%d, %d bytes, %v", status, len(back), header)
		}
		h.ask("lin", "GET", "/documents/D-0001", "", 200, "", &d)
		if len(d.Readers) != 1 || d.Readers[0].User != "chen" || d.Readers[0].Version != 1 {
			t.Errorf("read by %+v", d.Readers)
		}
		if got := h.slot("lin", "01", "04-01"); got != "valid" {
			t.Errorf("after: %s", got)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestNobodyAcceptsWhatTheyFiledAndARefusalSaysWhy(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.file("chen", at01, approval, "a.pdf", pdf, 201, "")
		accept := `{"version":1,"user":"x","password":"` + password + `"}`
		h.ask("chen", "POST", "/documents/D-0001/acceptance", accept, 403, "site.four_eyes", nil)
		h.ask("lin", "POST", "/documents/D-0001/acceptance", accept, 403, "auth.forbidden", nil)
		h.ask("zhou", "POST", "/documents/D-0001/refusal", `{"version":1,"reason":""}`, 400, "site.text_missing reason", nil)
		var d held
		h.ask("zhou", "POST", "/documents/D-0001/refusal", `{"version":1,"reason":"page 3 is missing"}`, 200, "", &d)
		if d.State != "refused" || d.Versions[0].Refused.Reason != "page 3 is missing" {
			t.Errorf("refused: %+v", d)
		}
		h.ask("zhou", "POST", "/documents/D-0001/acceptance", accept, 409, "document.decided", nil)
		again := strings.Replace(approval, `{`, `{"version":2,`, 1)
		h.file("chen", "/documents/D-0001/versions", again, "a.pdf", pdf, 409, "document.same file")
		h.file("chen", "/documents/D-0001/versions", approval, "a.pdf", pdf+"!", 412, "site.changed version")
		d = h.file("chen", "/documents/D-0001/versions", again, "a.pdf", pdf+" with page 3", 201, "")
		if len(d.Versions) != 2 || d.State != "waiting" {
			t.Errorf("a second version: %+v", d)
		}
		h.ask("zhou", "POST", "/documents/D-0001/acceptance", accept, 412, "site.changed version", nil)
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

func TestAFileThatIsNotWhatItsNameSaysIsRefusedAndNothingIsKept(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		word := archive(t, "[Content_Types].xml", "word/document.xml")
		for _, c := range []struct {
			about, name, content string
			status               int
			code                 string
		}{
			{approval, "a.pdf", "MZ this is a program", 415, "document.file_false file"},
			{approval, "a.docx", archive(t, "a.txt"), 415, "document.file_false file"},
			{approval, "a.xlsx", word, 415, "document.file_false file"},
			{approval, "a.exe", "MZ", 415, "document.file_kind file"},
			{approval, "a", pdf, 415, "document.file_kind file"},
			{approval, "a.pdf", "", 400, "document.file_empty file"},
			{approval, "a.txt", "\xff\xfe", 415, "document.file_false file"},
			{`{"type":"04-01","title":"x"}`, "a.pdf", pdf, 400, "document.expiry_missing expires"},
			{`{"type":"04-01","title":"x","issued":"2026-02-01","expires":"2026-02-01"}`, "a.pdf", pdf, 400, "document.expiry_order expires"},
			{`{"type":"02-01","title":"x"}`, "a.pdf", pdf, 400, "document.level type"},
			{`{"type":"99-99","title":"x"}`, "a.pdf", pdf, 400, "document.type type"},
			{`{"type":"05-01","title":" "}`, "a.pdf", pdf, 400, "site.text_missing title"},
			{`{"type":"05-01","titel":"x"}`, "a.pdf", pdf, 400, "request.json.unknown_name /titel"},
			{approval, "a.pdf", "%PDF-" + strings.Repeat(" ", 21<<20), 413, "request.too_large"},
		} {
			h.file("lin", at01, c.about, c.name, c.content, c.status, c.code)
		}
		h.ask("lin", "POST", at01, `{}`, 415, "request.media_type", nil)
		status, text, _ := h.send("lin", "POST", at01, "multipart/form-data; boundary=x", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"about\"\r\n\r\n{}\r\n--x\r\nCont"))
		h.judge("lin", "a form that was cut", status, text, 400, "document.form file", nil)
		var s shelves
		h.ask("lin", "GET", "/documents", "", 200, "", &s)
		if len(s.Documents) != 0 {
			t.Errorf("kept: %+v", s.Documents)
		}
		if d := h.file("lin", at01, `{"type":"05-01","title":"Agreement"}`, "合同.docx", word, 201, ""); !strings.Contains(d.Versions[0].Media, "wordprocessingml") {
			t.Errorf("a good one: %+v", d)
		}
		h.scans(t, pdf)
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}

// scans brings scans to a form of the subject 01-001: only files that are what they seem, only where the form was begun and
// is open; one that is inactive stays with its bytes, and what was changed behind the ledger is found.
func (h *house) scans(t *testing.T, pdf string) {
	h.t.Helper()
	h.meddle(`INSERT INTO patient(study_id, subject_id, site_id, status, enrolled_at, status_at) VALUES($1,'01-001','01','enrolled',1,1)`, study)
	const empty, at = "/subjects/01-001/forms/E.BL/1/F.LB/1/attachments", "/subjects/01-001/forms/E.BL/1/F.VS/1/attachments"
	h.meddle(`INSERT INTO record_form(study_id, subject_id, event_oid, event_repeat, form_oid, form_repeat, site_id, version, definition, state, doc, release, updated_at)
		VALUES($1,'01-001','E.BL','1','F.VS','1','01',1,1,'partial','{"saves":[{"v":1,"by":"lin","at":1}],"items":[{"g":"IG.VS","r":"1","i":"IT.SYS","v":"120"}]}',0,1)`, study)
	const png = "\x89PNG\r\n\x1a\n and more"
	h.file("lin", empty, `{}`, "a.pdf", pdf, 409, "document.scan_form form")
	h.file("lin", at, `{}`, "a.csv", "a,b", 415, "document.scan_kind file")
	h.file("lin", at, `{}`, "a.pdf", png, 415, "document.file_false file")
	h.file("lin", at, `{"group":"IG.VS","repeat":"1","item":"IT.DIA"}`, "a.png", png, 422, "document.scan_item item")
	h.file("tang", at, `{}`, "a.pdf", pdf, 404, "patient.unknown subject")
	h.file("chen", at, `{}`, "a.pdf", pdf, 403, "auth.forbidden")
	h.file("lin", at, `{"note":"the signed page"}`, "a.pdf", pdf, 201, "")
	h.file("lin", at, `{"group":"IG.VS","repeat":"1","item":"IT.SYS"}`, "cuff.png", png, 201, "")
	h.file("lin", at, `{}`, "again.pdf", pdf, 409, "document.scan_there file")
	h.ask("lin", "POST", at+"/2/inactive", `{"reason":" "}`, 400, "site.text_missing reason", nil)
	h.ask("lin", "POST", at+"/3/inactive", `{"reason":"no"}`, 404, "document.scan_unknown number", nil)
	h.ask("lin", "POST", at+"/2/inactive", `{"reason":"another patient's cuff"}`, 200, "", nil)
	h.ask("lin", "POST", at+"/2/inactive", `{"reason":"twice"}`, 409, "document.scan_off number", nil)
	var list struct {
		Version int64
		Files   []struct {
			Name, Media, Hash, Item, By string
			Off                         *struct{ By, Reason string }
		}
	}
	h.ask("chen", "GET", at, "", 200, "", &list)
	if len(list.Files) != 2 || list.Version != 3 || list.Files[0].Media != "application/pdf" || list.Files[0].Off != nil || list.Files[1].Off == nil || list.Files[1].Off.Reason != "another patient's cuff" {
		h.t.Errorf("the form has %+v", list)
	}
	if status, text, _ := h.send("chen", "GET", at+"/2", "", nil); status != 200 || string(text) != png {
		h.t.Errorf("what is inactive is not there any more: %d %q", status, text)
	}
	var row string
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		return tx.Row(h.t.Context(), `SELECT doc FROM record_form WHERE study_id = $1 AND subject_id = '01-001'`, study).Scan(&row)
	}))
	if !strings.Contains(row, list.Files[0].Hash) || strings.Contains(row, list.Files[1].Hash) {
		h.t.Errorf("signatures of the form would be over %s", row)
	}
	h.restores(t, map[string][]byte{list.Files[0].Hash: []byte(pdf), list.Files[1].Hash: []byte(png)})
	h.meddle(`INSERT INTO record_stage VALUES($1,'01-001','','locked','chen',1,0)`, study)
	h.file("lin", at, `{}`, "c.png", png+"2", 409, "record.locked form")
	if found := h.findings(); len(found) > 0 {
		h.t.Errorf("scans: verification finds %v", found)
	}
	h.meddle(`UPDATE document_part SET bytes = $2 WHERE study_id = $1 AND hash = $3`, study, []byte("another"), list.Files[1].Hash)
	if found := h.findings(); len(found) != 1 || found[0].Table != "document_part" {
		h.t.Errorf("bytes that were changed: %v", found)
	}
	h.meddle(`UPDATE document_part SET bytes = $2 WHERE study_id = $1 AND hash = $3`, study, []byte(png), list.Files[1].Hash)
}

// restores puts the files at forms back into another house, as the replay of an archive does, where nothing is amiss then; the
// control: with other bytes, something is.
func (h *house) restores(t *testing.T, files map[string][]byte) {
	h.t.Helper()
	var told []ledger.Entry
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) (err error) {
		told, err = ledger.Subject(h.t.Context(), tx, study, "01-001")
		return err
	}))
	other := build(t, storetest.DSN(t, "sqlite"), nil)
	ctx := casebook.WithActor(h.t.Context(), casebook.Actor{User: "gao", Role: "system", Location: "system"})
	h.must(other.ledger.Write(ctx, study, func(w *ledger.Writer) error {
		for _, e := range told {
			w.Record(ctx, e)
		}
		return document.Restore(ctx, w, told, files)
	}))
	if found := other.findings(); len(told) != 3 || len(found) > 0 {
		h.t.Errorf("%d entries were restored: %v", len(told), found)
	}
	for hash := range files {
		other.meddle(`UPDATE document_part SET bytes = $2 WHERE study_id = $1 AND hash = $3`, study, []byte("another"), hash)
	}
	if found := other.findings(); len(found) != len(files) {
		h.t.Errorf("restored with other bytes: %v", found)
	}
}

func archive(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestADocumentExpiresByItselfAndTheRenewalMakesItGood(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.file("lin", at01, approval, "a.pdf", pdf, 201, "")
		h.ask("zhou", "POST", "/documents/D-0001/acceptance", `{"version":1,"user":"zhou","password":"`+password+`"}`, 200, "", nil)
		for _, day := range []struct{ on, state string }{{"2026-06-01", "valid"}, {"2026-06-02", "expiring"}, {"2026-08-01", "expiring"}, {"2026-08-02", "expired"}} {
			at, err := time.Parse(time.DateOnly, day.on)
			h.must(err)
			h.clock.Set(at.Add(4 * time.Hour))
			h.again("lin")
			if got := h.slot("lin", "01", "04-01"); got != day.state {
				t.Errorf("on %s: %s, want %s", day.on, got, day.state)
			}
		}
		h.again("zhou")
		h.file("lin", "/documents/D-0001/versions", `{"version":2,"title":"Ethics approval","issued":"2026-07-20","expires":"2027-07-20"}`, "b.pdf", pdf+"2", 201, "")
		if got := h.slot("lin", "01", "04-01"); got != "expired" {
			t.Errorf("with a renewal that waits: %s", got)
		}
		h.ask("zhou", "POST", "/documents/D-0001/acceptance", `{"version":3,"user":"zhou","password":"`+password+`"}`, 200, "", nil)
		if got := h.slot("lin", "01", "04-01"); got != "valid" {
			t.Errorf("renewed: %s", got)
		}
	})
}

func TestASiteSeesItsOwnFileAndTheStudysAndWhatIsExpectedIsSaid(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.file("lin", at01, approval, "a.pdf", pdf, 201, "")
		protocol := `{"type":"02-01","title":"Protocol 1.0"}`
		h.file("lin", "/documents", protocol, "p.pdf", pdf, 403, "auth.forbidden")
		h.file("jiang", "/documents", protocol, "p.pdf", pdf, 201, "")
		h.file("tang", at01, approval, "a.pdf", pdf, 404, "site.unknown site")
		h.ask("tang", "GET", "/documents/D-0001", "", 404, "document.unknown document", nil)
		h.ask("tang", "GET", "/documents/D-0001/versions/1", "", 404, "document.unknown document", nil)
		h.ask("tang", "GET", "/documents/D-0002/versions/1", "", 200, "", nil)
		h.ask("tang", "GET", "/documents/D-0002/versions/2", "", 404, "document.unknown document", nil)
		var s shelves
		h.ask("tang", "GET", "/documents", "", 200, "", &s)
		if len(s.Documents) != 1 || s.Documents[0].ID != "D-0002" || len(s.Shelves) != 2 {
			t.Errorf("site 02 sees %+v", s)
		}
		h.ask("chen", "GET", "/documents", "", 200, "", &s)
		if len(s.Shelves) != 3 || s.Shelves[0].Site != "" || s.Shelves[1].Slots[0].State != "missing" {
			t.Errorf("the monitor sees %+v", s.Shelves)
		}
		h.ask("lin", "PUT", "/expected-documents", `{"version":0,"types":["06-01"],"reason":"drugs"}`, 403, "auth.forbidden", nil)
		h.ask("jiang", "PUT", "/expected-documents", `{"version":0,"types":["06-01","06-01"],"reason":"drugs"}`, 400, "document.type types", nil)
		h.ask("jiang", "PUT", "/expected-documents", `{"version":0,"types":["06-01"],"reason":"drugs"}`, 200, "", nil)
		if a, b := h.slot("chen", "02", "06-01"), h.slot("chen", "02", "04-01"); a != "missing" || b != "not expected" {
			t.Errorf("after another list: %s, %s", a, b)
		}
	})
}

func TestVerificationFindsBytesThatWereChangedBehindTheLedger(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.file("lin", at01, approval, "a.pdf", pdf, 201, "")
		for _, c := range []struct{ sql, what string }{
			{`UPDATE document_part SET bytes = $2 WHERE study_id = $1`, "altered"},
			{`UPDATE document_part SET hash = 'other' WHERE study_id = $1 AND bytes = $2`, "put in"},
			{`DELETE FROM document_part WHERE study_id = $1 AND bytes = $2`, "removed"},
		} {
			h.meddle(c.sql, string(study), []byte("other"))
			found := h.findings()
			if len(found) == 0 || !strings.HasPrefix(found[0].What, c.what) {
				t.Errorf("%s: verification finds %v", c.what, found)
			}
		}
	})
}

// again signs somebody in who was away for long.
func (h *house) again(user casebook.UserID) {
	h.t.Helper()
	secret, _, err := h.people.SignIn(h.t.Context(), string(user), password, "here", "")
	h.must(err)
	h.cookies[user] = "casebook_session=" + secret
}

func TestAFileThatStandsInNoDocumentIsKeptOnceAndFiledFromWhereItIs(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, h *house) {
		h.file("chen", "/files", "", "a.pdf", pdf, 403, "auth.forbidden")
		h.file("jiang", "/files", "", "a.pdf", "MZ this is a program", 415, "document.file_false file")
		h.file("jiang", "/files", "{}", "a.pdf", pdf, 400, "document.form file")
		for range 2 {
			h.file("jiang", "/files", "", "a.pdf", pdf, 201, "")
		}
		f, err := document.NewFile("a.pdf", []byte(pdf))
		h.must(err)
		var id string
		ctx := casebook.WithActor(t.Context(), casebook.Actor{User: "system", Role: "system", Location: "system"})
		file := func(title string, f *document.File) {
			t.Helper()
			h.must(h.ledger.WriteNew(ctx, study, func(w *ledger.Writer) (err error) {
				id, err = document.FileAgain(ctx, w, "01", id, document.Filing{Type: document.Notices, Title: title}, f)
				return err
			}))
		}
		h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
			l, err := document.FindLoose(t.Context(), tx, study, f.Hash, "a.pdf")
			f = l.File()
			return err
		}))
		file("A notice", f)
		file("A notice", f) // the same again is no version
		more, err := document.NewFile("a.pdf", []byte(pdf+" and more"))
		h.must(err)
		file("A notice", more)
		var d held
		h.ask("lin", "GET", "/documents/"+id, "", 200, "", &d)
		if len(d.Versions) != 2 || d.Versions[0].Hash != f.Hash || d.Versions[1].Hash != more.Hash {
			t.Errorf("filed is %+v", d)
		}
		if _, got, _ := h.send("lin", "GET", "/documents/"+id+"/versions/1", "", nil); string(got) != pdf {
			t.Errorf("the bytes that come back are %q", got)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
	})
}
