package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casebook/auth"
	"casebook/demo"
	"casebook/site/document/bucket/buckettest"
)

// bring files a document at site 03 as a browser does and returns its number.
func (v *visitor) bring(t *testing.T, about, name, content string) string {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("about", about); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return get[struct{ ID string }](t, v, http.StatusCreated, "POST", "/api/v1/studies/HTN-24/sites/03/documents", b.String(), "Content-Type", form.FormDataContentType()).ID
}

// TestTheProductKeepsFilesInABucketThatItIsToldOf files a document over a server that was told of a bucket, and has it verified,
// backed up, restored elsewhere and read there.
func TestTheProductKeepsFilesInABucketThatItIsToldOf(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, h *house) {
		s := buckettest.New(t, time.Now)
		file, agreement := s.File(t), "%PDF-1.7\nthe agreement with the hospital"
		a, err := h.database().open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		work(t, a, "03")
		err = a.people.CreatePerson(operator(t.Context()), auth.NewPerson{User: "linyue", Name: "Lin Yue", Locale: "en", Password: password})
		if err == nil {
			err = a.people.GrantRole(operator(t.Context()), "linyue", auth.Grant{Study: demo.ID, Site: "03", Role: auth.Coordinator})
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		serving := func(h *house) (*process, *visitor) {
			p := start(t, nil, h.args("serve", "--addr", "127.0.0.1:0", "--bucket", file)...)
			return p, visit(t, p.says(t, addressShape)).signIn(t, "linyue", password)
		}
		p, v := serving(h)
		id := v.bring(t, `{"type":"05-01","title":"Agreement"}`, "agreement.pdf", agreement)
		const versions = "/api/v1/studies/HTN-24/documents/"
		if _, text := v.ask(t, "GET", versions+id+"/versions/1", ""); text != agreement || len(s.Names()) != 1 {
			t.Errorf("%q comes back, in the bucket are %q", text, s.Names())
		}
		p.stop(t)

		if out := h.verify(t); !strings.Contains(out.stderr, "1 files stand in a bucket and were not read") {
			t.Errorf("a verification without the bucket says %s", out.stderr)
		} else {
			out.clean(t)
		}
		if out := h.verify(t, "--bucket", file).done(t); !strings.Contains(out.stdout, "1 files in the bucket were read") {
			t.Errorf("a verification says %s", out.stdout)
		}
		s.Spoil(s.Names()[0], []byte(strings.ToUpper(agreement)))
		h.verify(t, "--bucket", file).refused(t, "1 findings")
		s.Break(buckettest.Status(403, "AccessDenied"))
		h.verify(t, "--bucket", file).refused(t, "document.bucket_down")
		s.Spoil(s.Names()[0], []byte(agreement))

		key, saved := filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "backup.age")
		recipient := strings.TrimSpace(call(t, "backup-key", key).done(t).stdout)
		for _, out := range []outcome{call(t, h.args("backup", saved, "--recipient", recipient)...), call(t, "verify-backup", saved, "--key", key)} {
			if out.done(t); !strings.Contains(out.stdout, `"outside": 1`) || !strings.Contains(out.stderr, "1 files stand in a bucket and are not in this backup") {
				t.Errorf("it says %s%s", out.stdout, out.stderr)
			}
		}
		elsewhere := build(t, h.engine)
		call(t, elsewhere.args("restore", saved, "--key", key)...).done(t)
		elsewhere.verify(t, "--bucket", file).done(t)
		_, v = serving(elsewhere)
		if _, text := v.ask(t, "GET", versions+id+"/versions/1", ""); text != agreement {
			t.Errorf("after the restore %q comes back", text)
		}

		wrong := filepath.Join(t.TempDir(), "wrong.json")
		if err := os.WriteFile(wrong, []byte(`{"url":"s3://files"}`), 0o600); err != nil {
			t.Fatal(err)
		}
		call(t, h.args("serve", "--addr", "127.0.0.1:0", "--bucket", wrong)...).refused(t, "document.bucket_file")
	})
}
