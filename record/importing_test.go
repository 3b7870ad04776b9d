package record_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"casebook"
	"casebook/record"
)

func (c *clinic) bring(file, reason string, dry bool) (*record.Imported, error) {
	c.t.Helper()
	c.clock.Add(time.Minute)
	rows, err := c.compiled().ReadRows(study, strings.NewReader(file))
	if err != nil {
		return nil, err
	}
	return c.forms.Import(c.ctx, study, rows, reason, dry)
}

// An import goes through the rules of entry: it opens queries, needs reasons, stops at what is frozen, voids signatures;
// and a dry run says the same and changes nothing.
func TestAnImportIsEntryByAFile(t *testing.T) {
	t.Parallel()
	const head = "subject,event,form,item,value,blank\n"
	both(t, func(t *testing.T, c *clinic) {
		file := head + "03-001,E.BL,F.VS,IT.SYS,286,\n03-001,E.BL,F.VS,IT.DIA,,refused\n"
		dry, err := c.bring(file, "", true)
		if err != nil || dry.Applied || dry.Changed != 2 || dry.Opened == 0 || len(dry.Errors) != 0 {
			t.Fatalf("dry: %+v %v", dry, err)
		}
		if v, err := c.forms.Read(c.ctx, vitals, time.Time{}); err != nil || v.Form.Version != 0 || len(v.Queries) != 0 {
			t.Fatalf("a dry run left %+v %v", v, err)
		}
		done, err := c.bring(file, "", false)
		if err != nil || !done.Applied || done.Opened != dry.Opened {
			t.Fatalf("applied: %+v %v", done, err)
		}
		if again, err := c.bring(file, "", false); err != nil || again.Changed != 0 || again.Unchanged != 2 {
			t.Errorf("again: %+v %v", again, err)
		}
		other := strings.Replace(file, "286", "136", 1)
		if no, err := c.bring(other, "", false); err != nil || no.Applied || len(no.Errors) != 1 || no.Errors[0].Line != 2 || code(no.Errors[0].Err) != "record.reason_required" {
			t.Errorf("a change without a reason: %+v %v", no, err)
		}
		if _, err := c.sign(part(item)); err != nil {
			t.Fatal(err)
		}
		if yes, err := c.bring(other, "source corrected", false); err != nil || !yes.Applied || yes.Closed == 0 {
			t.Errorf("with a reason: %+v %v", yes, err)
		}
		if s := c.standings().Signatures; s[0].VoidAt.IsZero() {
			t.Error("the import did not void the signature")
		}
		if err := c.move(part(form), "freeze", ""); err != nil {
			t.Fatal(err)
		}
		if no, err := c.bring(file, "again", false); err != nil || no.Applied || code(no.Errors[0].Err) != "record.frozen" {
			t.Errorf("into what is frozen: %+v %v", no, err)
		}
		c.intact()
	})
}

// One bad row among many: every bad one is named with its line, and none of the good ones is there.
func TestOneBadRowKeepsAllOut(t *testing.T) {
	t.Parallel()
	n := 3000
	if testing.Short() {
		n = 500
	}
	both(t, func(t *testing.T, c *clinic) {
		var b strings.Builder
		b.WriteString("subject,event,event_repeat,form,item,value\n")
		for i := range n {
			value := fmt.Sprintf("2026-05-%02d", 1+i%28)
			if i == n-2 {
				value = "soon"
			}
			fmt.Fprintf(&b, "03-001,E.DIARY,%d,F.HBP,IT.HBDAT,%s\n", i+1, value)
		}
		rows, err := c.compiled().ReadRows(study, strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		done, err := c.forms.Import(c.ctx, study, rows, "", false)
		if err != nil {
			t.Fatal(err)
		}
		if done.Applied || len(done.Errors) != 1 || done.Errors[0].Line != n || code(done.Errors[0].Err) != "odm.value.date" {
			t.Fatalf("%d errors, first %+v", len(done.Errors), done.Errors[:min(1, len(done.Errors))])
		}
		p, err := c.forms.Casebook(c.ctx, study, subject, record.Moment{})
		if err != nil || len(p.Forms) != 0 {
			t.Errorf("%d forms were left behind, %v", len(p.Forms), err)
		}
		c.intact()
	})
}

func TestFilesThatAreNoFilesOfValues(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		for file, want := range map[string]string{
			"":                                       "record.import_csv",
			"subject,event,form\n":                   "record.import_missing",
			"subject,event,form,item,colour\n":       "record.import_column",
			"subject,event,form,item,item\n":         "record.import_column",
			"subject,event,form,item,value\na,b,c\n": "record.import_csv",
			"subject,event,form,item,value\na,\"b\n": "record.import_csv",
		} {
			if _, err := c.bring(file, "", false); code(err) != want || casebook.KindOf(err) != casebook.Invalid {
				t.Errorf("%q: %v, want %s", file, err, want)
			}
		}
		for row, want := range map[string]string{
			"99-999,E.BL,F.VS,IT.SYS,120": "patient.unknown",
			"03-001,E.NO,F.VS,IT.SYS,120": "record.event_form_unknown",
			"03-001,E.BL,F.NO,IT.SYS,120": "record.form_unknown",
			"03-001,E.BL,F.VS,IT.NO,120":  "record.item_unknown",
		} {
			done, err := c.bring("subject,event,form,item,value\n"+row+"\n", "", false)
			if err != nil || len(done.Errors) != 1 || done.Errors[0].Line != 2 || code(done.Errors[0].Err) != want {
				t.Errorf("%s: %+v %v", row, done, err)
			}
		}
	})
}

// A file of ODM goes through the same rules, and holds what an item became in the end.
func TestODMIsEntryByAFile(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		bring := func(items, reason string, dry bool) (*record.Imported, error) {
			c.clock.Add(time.Minute)
			file := `<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Transactional"><ClinicalData StudyOID="` + string(study) + `" MetaDataVersionOID="1"><SubjectData SubjectKey="03-001">` +
				"<StudyEventData StudyEventOID=\"E.BL\">\n<FormData FormOID=\"F.VS\"><ItemGroupData ItemGroupOID=\"IG.VS\">\n" + items + `</ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>`
			rows, err := c.compiled().ReadODM(study, strings.NewReader(file))
			if err != nil {
				return nil, err
			}
			return c.forms.Import(c.ctx, study, rows, reason, dry)
		}
		const first = `<ItemData ItemOID="IT.SYS" TransactionType="Insert" Value="286"/>` + "\n" + `<ItemData ItemOID="IT.SYS" TransactionType="Update" Value="186"/>` +
			`<ItemData ItemOID="IT.DIA" IsNull="Yes"><Annotation SeqNum="1"><Comment>blank: refused</Comment></Annotation></ItemData><ItemDataInteger ItemOID="IT.PULSE">72</ItemDataInteger>`
		dry, err := bring(first, "", true)
		if err != nil || dry.Applied || dry.Changed != 3 || len(dry.Errors) != 0 {
			t.Fatalf("dry: %+v %v", dry, err)
		}
		if done, err := bring(first, "", false); err != nil || !done.Applied || done.Rows != 3 {
			t.Fatalf("applied: %+v %v", done, err)
		}
		v, err := c.forms.Read(c.ctx, vitals, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, k := range v.Form.Items {
			got[k.Item] = k.Value.Value + k.Blank
		}
		if got["IT.SYS"] != "186" || got["IT.DIA"] != "refused" || got["IT.PULSE"] != "72" {
			t.Errorf("there is %v", got)
		}
		changed := strings.Replace(first, `"186"`, `"136"`, 1)
		if no, err := bring(changed, "", false); err != nil || no.Applied || len(no.Errors) != 1 || no.Errors[0].Line != 4 || code(no.Errors[0].Err) != "record.reason_required" {
			t.Errorf("a change without a reason: %+v %v", no, err)
		}
		why := strings.Replace(changed, `Value="136"/>`, `Value="136"><AuditRecord><UserRef UserOID="x"/><LocationRef LocationOID="03"/><DateTimeStamp>2026-03-02T00:00:00Z</DateTimeStamp><ReasonForChange>source corrected</ReasonForChange></AuditRecord></ItemData>`, 1)
		if yes, err := bring(why, "", false); err != nil || !yes.Applied || yes.Changed != 1 {
			t.Errorf("with the file's own reason: %+v %v", yes, err)
		}
		if no, err := bring(strings.Replace(first, `"186"`, `"high"`, 1)+`<ItemData ItemOID="IT.PULSE" Value="80"/>`, "x", false); err != nil || no.Applied || len(no.Errors) != 1 {
			t.Errorf("one value that is no number: %+v %v", no, err)
		}
	})
}

func TestODMThatIsNoFileOfValues(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, c *clinic) {
		open := `<ODM><ClinicalData StudyOID="` + string(study) + `"><SubjectData SubjectKey="03-001">`
		for file, want := range map[string]string{
			"<ODM><Study OID=\"x\"/></ODM>": "odm.no_values",
			"<ODM><ClinicalData":            "odm.xml",
			strings.Replace(open, string(study), "OTHER", 1) + `<ItemData ItemOID="I" Value="1"/></SubjectData></ClinicalData></ODM>`: "record.import_study",
			open + `<StudyEventData StudyEventOID="E" TransactionType="Remove"/></SubjectData></ClinicalData></ODM>`:                  "odm.removal",
		} {
			if _, err := c.compiled().ReadODM(study, strings.NewReader(file)); code(err) != want {
				t.Errorf("%.60s: %v, want %s", file, err, want)
			}
		}
	})
}
