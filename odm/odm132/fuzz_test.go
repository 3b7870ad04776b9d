package odm132_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"casebook"
	"casebook/odm/odm132"
	"casebook/odm/odmtest"
)

// FuzzRead wants of any bytes: no panic, a refusal of kind Invalid, and of what is read that it can be written and
// comes back the same.
func FuzzRead(f *testing.F) {
	full, err := os.ReadFile("testdata/full.xml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(study(item)))
	f.Add([]byte(study(`<v:x xmlns:w="w" w:a="1"><w:y/></v:x><CodeList OID="L" Name="l" DataType="text" v:z="">` +
		`<CodeListItem CodedValue="1"><Decode><TranslatedText xml:lang="en">a</TranslatedText></Decode></CodeListItem></CodeList>`)))
	f.Add([]byte(study(`<ItemDef OID="I" Name="i" DataType="float" Length="3"><RangeCheck Comparator="GT" SoftHard="Hard">` +
		`<CheckValue>1</CheckValue><FormalExpression Context="c">x</FormalExpression></RangeCheck><Alias Context="a"/></ItemDef>` +
		`<ItemGroupDef OID="G" Name="" Repeating="No"><ItemRef ItemOID="I" Mandatory="No" OrderNumber="0"/></ItemGroupDef>`)))
	f.Add([]byte(study(`</MetaDataVersion><MetaDataVersion OID="N" Name="n"><Include StudyOID="S" MetaDataVersionOID="M"/>`)))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, _, err := odm132.Read(bytes.NewReader(file))
		if err != nil {
			if e, ok := errors.AsType[*casebook.Error](err); !ok || e.Kind != casebook.Invalid || e.Place == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var out bytes.Buffer
		losses, err := odm132.Write(&out, s, options)
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		again, _, err := odm132.Read(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, out.Bytes())
		}
		if len(losses) == 0 {
			odmtest.Strip(s)
			odmtest.Same(t, s, again)
		}
		o := options
		o.Extensions = true
		out.Reset()
		if _, err := odm132.Write(&out, s, o); err != nil {
			t.Fatalf("not written with extensions: %v", err)
		}
		if _, _, err := odm132.Read(bytes.NewReader(out.Bytes())); err != nil {
			t.Fatalf("what was written with extensions is refused: %v\n%s", err, out.Bytes())
		}
	})
}

// Values are read or refused with a line, whatever the file is, and every one says where it stands.
func FuzzReadValues(f *testing.F) {
	f.Add([]byte(`<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><ClinicalData StudyOID="S"><SubjectData SubjectKey="1" TransactionType="Update"><StudyEventData StudyEventOID="E">` +
		`<FormData FormOID="F"><ItemGroupData ItemGroupOID="G"><ItemData ItemOID="I" Value="1"><AuditRecord><ReasonForChange>x</ReasonForChange></AuditRecord></ItemData>` +
		`<ItemDataString ItemOID="J">y</ItemDataString></ItemGroupData></FormData></StudyEventData></SubjectData></ClinicalData></ODM>`))
	f.Add([]byte(`<ODM><ClinicalData><ItemData Value="&a;"/></ClinicalData>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		err := odm132.ReadValues(bytes.NewReader(file), func(d odm132.Datum) error {
			if d.Item == "" || d.Subject == "" || d.Line < 1 {
				t.Errorf("a value that stands nowhere: %+v", d)
			}
			return nil
		})
		if err != nil && casebook.KindOf(err) != casebook.Invalid {
			t.Errorf("%v", err)
		}
	})
}
