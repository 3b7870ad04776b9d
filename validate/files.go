package validate

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/note"
)

// archived is the study as an archival ODM file, read with nothing but a reader of XML, and a subject whose value was changed before.
type archived struct {
	subject, page string // and the page of its form
	reason        string // of the change
	text          []byte
	elements      map[string]int
	values        []string // of the item that was changed, as they came
}

// archive makes it once for a house: the file of a demo is 120 MB.
func (x *examiner) archive() archived {
	if x.house.archive != nil || x.err != nil {
		return *cmp.Or(x.house.archive, &archived{})
	}
	c := x.consent()
	a := archived{subject: c.subject, reason: x.unique("the source says"), elements: map[string]int{}}
	c.change("09:25", a.reason, 1).must(200)
	file := filepath.Join(x.house.Dir, "archival.xml")
	x.run("data", "export", "{data}", "--study", x.house.Study, "--format", "odm1.3.2-archival", "--out", file)
	a.page = c.by.ask("GET", c.form, nil).must(200).text
	if x.err != nil {
		return a
	}
	var err error
	a.text, err = os.ReadFile(file)
	x.need(err == nil, "%v", err)
	x.need(a.read() == nil, "the file is not well-formed")
	if x.err == nil {
		x.house.archive = &a
	}
	return a
}

func (a *archived) read() error {
	subject := ""
	for d := xml.NewDecoder(bytes.NewReader(a.text)); ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, is := t.(xml.StartElement)
		if !is {
			continue
		}
		a.elements[e.Name.Local]++
		at := map[string]string{}
		for _, attr := range e.Attr {
			at[attr.Name.Local] = attr.Value
		}
		switch {
		case e.Name.Local == "SubjectData":
			subject = at["SubjectKey"]
		case e.Name.Local == "ItemData" && subject == a.subject && at["ItemOID"] == "IT.ICFTIM" && at["TransactionType"] != "Context":
			a.values = append(a.values, at["Value"])
		}
	}
}

// copies looks for a change, with its reason, in the archival file.
func copies(x *examiner) {
	a := x.archive()
	x.need(bytes.Contains(a.text, []byte(a.reason)) && bytes.Contains(a.text, []byte(a.subject)), "the change of %s is not in the file", a.subject)
	x.need(a.elements["AuditRecord"] > 0 && a.elements["SubjectData"] > 0, "the file holds %v", a.elements)
	x.saw("%d bytes, %d elements SubjectData, %d AuditRecord, %d Signature", len(a.text), a.elements["SubjectData"], a.elements["AuditRecord"], a.elements["Signature"])
}

// outlives finds in the archival file what the product shows, with what stood there before.
func outlives(x *examiner) {
	a := x.archive()
	x.need(slices.Equal(a.values, []string{"09:00", "09:25"}), "the file says %q", a.values)
	x.need(strings.Contains(a.page, `"09:25"`), "the page does not show what the file ends with: %s", brief(a.page))
	x.saw("%d bytes of XML hold %d values; %s reads 09:00, then 09:25, which the page shows", len(a.text), a.elements["ItemData"], a.subject)
}

// evidence signs a package, has the program look at it, and alters it.
func evidence(x *examiner) {
	private, public, err := note.GenerateKey(x.house.World.Rand, "examined")
	x.need(err == nil, "%v", err)
	signer, err := note.NewSigner(private)
	x.need(err == nil, "%v", err)
	if x.err != nil {
		return
	}
	dir, key := filepath.Join(x.house.Dir, "package"), filepath.Join(x.house.Dir, "package.pub")
	p := New(x.house.World, nil, nil, []Result{{ID: "REG-26", Shows: "itself", Verdict: Passed}}, Control{Checks: 1, Failed: 1}, nil, nil)
	err = errors.Join(p.Write(dir, signer), os.WriteFile(key, []byte(public+"\n"), 0o600))
	x.need(err == nil, "%v", err)
	x.run("verify-validation", dir, "--key", key)
	n := 0
	for _, name := range written {
		file := filepath.Join(dir, name)
		text, err := os.ReadFile(file)
		x.need(err == nil && len(text) > 100, "%s: %v", name, err)
		if x.err != nil {
			return
		}
		altered := bytes.Clone(text)
		altered[len(text)/2] ^= 1
		x.need(os.WriteFile(file, altered, 0o600) == nil, "%s cannot be altered", name)
		x.refused("verify-validation", dir, "--key", key)
		x.need(os.WriteFile(file, text, 0o600) == nil, "%s cannot be put back", name)
		n++
	}
	x.run("verify-validation", dir, "--key", key)
	x.saw("a package of %d files is taken as it was signed, and refused with one bit of any of them flipped", n)
}

// backups writes a backup of the working house, restores it elsewhere and verifies that; and breaks one.
func backups(x *examiner) {
	at := func(name string) string { return filepath.Join(x.house.Dir, name) }
	recipient := strings.TrimSpace(x.run("backup-key", at("backup.key")))
	x.run("backup", "{data}", at("backup.age"), "--recipient", recipient)
	x.run("verify-backup", at("backup.age"), "--key", at("backup.key"))
	x.run("restore", at("backup.age"), "--key", at("backup.key"), "--db", at("restored"))
	entries := x.verified(at("restored"))
	if x.err != nil {
		return
	}
	text, err := os.ReadFile(at("backup.age"))
	x.need(err == nil && len(text) > 1000, "%v", err)
	if x.err != nil {
		return
	}
	text[len(text)/2] ^= 1
	x.need(os.WriteFile(at("broken.age"), text, 0o600) == nil, "the broken backup cannot be written")
	x.refused("verify-backup", at("broken.age"), "--key", at("backup.key"))
	x.refused("restore", at("broken.age"), "--key", at("backup.key"), "--db", at("not-restored"))
	x.saw("%d bytes restored to %d entries that verify; with bit 0 of byte %d flipped it is refused", len(text), entries, len(text)/2)
}

// verified runs the verification on a folder, or on this house's {rows}, which must have no finding, and returns how many entries it has read.
func (x *examiner) verified(dir string) int64 {
	var v struct {
		Entries  int64
		Findings []any
	}
	text := x.run("verify", dir, "--json")
	if x.err == nil {
		err := json.Unmarshal([]byte(text), &v, json.MatchCaseInsensitiveNames(true))
		x.need(err == nil && len(v.Findings) == 0 && v.Entries > 0, "the verification says %s", brief(text))
	}
	return v.Entries
}

// tampering alters a reason, a name that stands nowhere else, in a copy of the file that holds the rows.
func tampering(x *examiner) {
	c := x.consent()
	true1 := x.unique("as the source says")
	false1 := "AS" + true1[2:]
	c.change("09:10", true1, 1).must(200)
	if x.err == nil {
		x.need(x.house.Rest() == nil, "the program did not stop")
	}
	dir := filepath.Join(x.house.Dir, "tampered")
	x.need(x.err != nil || os.CopyFS(dir, os.DirFS(filepath.Dir(x.house.Rows))) == nil, "the folder cannot be copied")
	entries := x.verified(dir)
	if x.err != nil {
		return
	}
	file := filepath.Join(dir, filepath.Base(x.house.Rows))
	text, err := os.ReadFile(file)
	n := bytes.Count(text, []byte(true1))
	x.need(err == nil && n > 0, "the reason is not found in the file: %v", err)
	x.need(os.WriteFile(file, bytes.ReplaceAll(text, []byte(true1), []byte(false1)), 0o600) == nil, "the file cannot be altered")
	said := x.refused("verify", dir)
	x.need(strings.Contains(said, "ledger_entry") && strings.Contains(said, "altered"), "the verification says %s", brief(said))
	x.saw("unaltered: %d entries, no finding; two bytes altered at %d places: %s", entries, n, firstFinding(said))
}

// firstFinding is the first line of a verification that names a row.
func firstFinding(said string) string {
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "  ") {
			return strings.TrimSpace(line)
		}
	}
	return brief(said)
}
