package document_test

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"casebook/ledger"
	"casebook/site/document"
	"casebook/site/document/bucket/buckettest"
	"casebook/store"
	"casebook/store/storetest"
)

// inABucket runs a test on both databases, with the bytes in a bucket.
func inABucket(t *testing.T, fn func(t *testing.T, h *house, s *buckettest.Store)) {
	t.Helper()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := buckettest.New(t, time.Now)
			fn(t, build(t, storetest.DSN(t, engine), s), s)
		})
	}
}

// count counts a study's rows of a table.
func (h *house) count(table string) (n int) {
	h.t.Helper()
	h.must(h.db.View(h.t.Context(), func(tx *store.Tx) error {
		return tx.Row(h.t.Context(), `SELECT count(*) FROM `+table+` WHERE study_id = $1`, study).Scan(&n)
	}))
	return n
}

// outside reads the bucket as casebook verify does.
func (h *house) outside(s *buckettest.Store) (n int, found []ledger.Finding) {
	h.t.Helper()
	n, found, err := document.VerifyBucket(h.t.Context(), h.db, h.bucket(s))
	h.must(err)
	return n, found
}

func TestFilesStandInABucketAndComeBackByteForByte(t *testing.T) {
	t.Parallel()
	inABucket(t, func(t *testing.T, h *house, s *buckettest.Store) {
		large := "%PDF-1.7\n" + strings.Repeat("0123456789abcdef", 200_000)
		h.file("lin", at01, approval, "a.pdf", large, 201, "")
		h.file("jiang", "/files", "", "b.pdf", pdf, 201, "")
		h.file("jiang", "/files", "", "c.pdf", pdf, 201, "") // the same bytes are one object
		if _, back, _ := h.send("chen", "GET", "/documents/D-0001/versions/1", "", nil); string(back) != large {
			t.Errorf("%d bytes come back", len(back))
		}
		if parts, objects, names := h.count("document_part"), h.count("document_object"), s.Names(); parts != 0 || objects != 2 || len(names) != 2 || !strings.HasPrefix(names[0], "of-ours/HTN-24/") {
			t.Errorf("%d parts in the database, %d objects, in the bucket %q", parts, objects, names)
		}
		if found := h.findings(); len(found) > 0 {
			t.Errorf("verification finds %v", found)
		}
		if n, found := h.outside(s); n != 2 || len(found) > 0 {
			t.Errorf("of %d objects verification finds %v", n, found)
		}
		if n, found := h.outside(nil); n != 2 || len(found) > 0 {
			t.Errorf("without the bucket %d objects are counted, and there is %v", n, found)
		}
		for _, c := range []struct{ sql, what string }{
			{`UPDATE document_object SET size = size + 1 WHERE study_id = $1`, "altered"},
			{`UPDATE document_object SET hash = 'x' || hash WHERE study_id = $1`, "put in"},
			{`DELETE FROM document_object WHERE study_id = $1`, "removed"},
		} {
			h.meddle(c.sql, study)
			if found := h.findings(); len(found) == 0 || !strings.HasPrefix(found[0].What, c.what) {
				t.Errorf("%s: verification finds %v", c.what, found)
			}
		}
	})
}

func TestWhatWasChangedInTheBucketIsFoundAndNotHandedOut(t *testing.T) {
	t.Parallel()
	inABucket(t, func(t *testing.T, h *house, s *buckettest.Store) {
		h.file("lin", at01, approval, "a.pdf", pdf, 201, "")
		name := s.Names()[0]
		for what, content := range map[string][]byte{"altered": []byte(strings.Replace(pdf, "approval", "refusal!", 1)), "longer": []byte(pdf + "!"), "empty": {}, "removed": nil} {
			s.Spoil(name, content)
			status, text, header := h.send("chen", "GET", "/documents/D-0001/versions/1", "", nil)
			h.judge("chen", what, status, text, 409, "document.bytes_wrong", nil)
			if header.Get("Content-Disposition") != "" {
				t.Errorf("%s: the refusal is called %q", what, header.Get("Content-Disposition"))
			}
			if _, found := h.outside(s); len(found) != 1 || found[0].Table != "document_object" {
				t.Errorf("%s: verification finds %v", what, found)
			}
		}
		s.Spoil(name, []byte(pdf)) // the control
		if _, back, _ := h.send("chen", "GET", "/documents/D-0001/versions/1", "", nil); string(back) != pdf {
			t.Errorf("%q comes back", back)
		}
	})
}

func TestWithoutItsBucketNothingIsFiledAndWhatWasThereBeforeIsRead(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s, dsn := buckettest.New(t, time.Now), storetest.DSN(t, engine)
			h := build(t, dsn, nil)
			h.file("lin", at01, approval, "a.pdf", pdf, 201, "") // into the database
			before := h.server
			h.open(s)
			for range 2 { // the second time it is there already
				down := buckettest.Status(503, "ServiceUnavailable")
				s.Break(down, down, down)
				h.file("lin", at01, approval, "b.pdf", pdf+" more", 503, "document.bucket_down")
			}
			if n := h.count("site_record"); n != 1 {
				t.Errorf("%d documents were filed", n)
			}
			h.file("lin", at01, approval, "b.pdf", pdf+" more", 201, "")
			h.file("lin", at01, `{"type":"05-01","title":"the same bytes"}`, "a.pdf", pdf, 201, "") // they are in both now
			for number, want := range map[string]string{"D-0001": pdf, "D-0002": pdf + " more", "D-0003": pdf} {
				if _, back, _ := h.send("chen", "GET", "/documents/"+number+"/versions/1", "", nil); string(back) != want {
					t.Errorf("%s: %q comes back", number, back)
				}
			}
			if found := h.findings(); len(found) > 0 {
				t.Errorf("verification finds %v", found)
			}
			h.server = before // a process that was told of no bucket
			status, text, _ := h.send("chen", "GET", "/documents/D-0002/versions/1", "", nil)
			h.judge("chen", "no bucket", status, text, 503, "document.bucket_none", nil)
		})
	}
}

func TestABrowserThatLeavesWhileTheBucketIsSilentFilesNothing(t *testing.T) {
	t.Parallel()
	inABucket(t, func(t *testing.T, h *house, s *buckettest.Store) {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		h.must(form.WriteField("about", approval))
		part, err := form.CreateFormFile("file", "a.pdf")
		h.must(err)
		_, err = part.Write([]byte(pdf))
		h.must(errors.Join(err, form.Close()))
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "POST", h.server.URL+"/api/v1/studies/HTN-24"+at01, &b)
		h.must(err)
		r.Header.Set("Cookie", h.cookies["lin"])
		r.Header.Set("X-Casebook", "1")
		r.Header.Set("Content-Type", form.FormDataContentType())
		s.Break(buckettest.Silence)
		ended := make(chan error)
		go func() { _, err := h.server.Client().Do(r); ended <- err }() // there is no answer whose body could be closed
		<-s.Asked
		leave()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the browser was answered: %v", err)
		}
		h.file("lin", at01, approval, "a.pdf", pdf, 201, "")
		if n := h.count("site_record"); n != 1 || len(s.Names()) != 1 {
			t.Errorf("%d documents are filed, and in the bucket are %q", n, s.Names())
		}
	})
}

func TestWhatWasBroughtAndNamedByNothingLeavesTheBucketADayLater(t *testing.T) {
	t.Parallel()
	inABucket(t, func(t *testing.T, h *house, s *buckettest.Store) {
		sweep := func(want int) {
			t.Helper()
			if n, err := h.files.Sweep(t.Context()); err != nil || n != want {
				t.Errorf("%d are removed, %v; want %d", n, err, want)
			}
		}
		h.file("lin", at01, approval, "kept.pdf", pdf, 201, "")
		h.file("lin", at01, `{"type":"none","title":"x"}`, "orphan.pdf", pdf+" that is refused", 400, "document.type type")
		if n := len(s.Names()); n != 2 {
			t.Fatalf("in the bucket are %d", n)
		}
		sweep(0) // it may still be on its way
		h.later(25 * time.Hour)
		h.file("lin", at01, `{"type":"none","title":"x"}`, "orphan.pdf", pdf+" that is refused", 400, "document.type type")
		sweep(0) // it is on its way again
		h.later(25 * time.Hour)
		down := buckettest.Status(503, "ServiceUnavailable")
		s.Break(down, down, down)
		if _, err := h.files.Sweep(t.Context()); err == nil || len(s.Names()) != 2 {
			t.Errorf("a store that is down removes %v, in it are %q", err, s.Names())
		}
		sweep(0) // another process may still be at it
		h.file("lin", at01, approval, "again.pdf", pdf+" that is refused", 503, "document.bucket_down")
		h.later(2 * time.Hour)
		sweep(1)
		if n := len(s.Names()); n != 1 {
			t.Errorf("in the bucket are %d", n)
		}
		if n, found := h.outside(s); n != 1 || len(found) > 0 {
			t.Errorf("of %d files verification finds %v", n, found)
		}
		h.file("lin", at01, approval, "again.pdf", pdf+" that is refused", 201, "") // and it is taken anew
		h.later(25 * time.Hour)
		sweep(0)

		// The control: a file whose row is not there is taken for one that nothing names.
		h.meddle(`INSERT INTO document_upload SELECT study_id, hash, 1 FROM document_object WHERE study_id = $1`, study)
		sweep(0)
		h.meddle(`INSERT INTO document_upload SELECT study_id, hash, 1 FROM document_object WHERE study_id = $1`, study)
		h.meddle(`DELETE FROM document_object WHERE study_id = $1`, study)
		sweep(2)
		if n := len(s.Names()); n != 0 {
			t.Errorf("in the bucket are %d", n)
		}
	})
}
