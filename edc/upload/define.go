package upload

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"casebook"
	"casebook/odm"

	"github.com/go-json-experiment/json/jsontext"
)

// Head is what a file of one domain says of itself.
type Head struct {
	Domain  string
	Columns []string
}

// ReadHead reads the domain and the variables of a file of SDTM, CSV or Dataset-JSON.
func ReadHead(name string, from io.Reader) (Head, error) {
	in := bufio.NewReader(io.LimitReader(from, maxRow))
	first, err := in.Peek(1)
	if err != nil {
		return Head{}, cut(1)
	}
	if first[0] == '{' {
		return datasetHead(name, jsontext.NewDecoder(in))
	}
	columns, err := csv.NewReader(in).Read()
	if err != nil {
		return Head{}, casebook.Fail(casebook.Invalid, "record.import_csv", err.Error()).At(lineText(1))
	}
	columns[0] = strings.TrimPrefix(columns[0], "\uFEFF")
	return Head{domainOf("", name, columns), columns}, nil
}

func datasetHead(name string, d *jsontext.Decoder) (Head, error) {
	h := heading{}
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() == '"' && len(h.columns) == 0 {
		var member jsontext.Token
		var value jsontext.Value
		if member, err = d.ReadToken(); err != nil {
			break
		}
		said := member.String()
		if value, err = d.ReadValue(); err == nil {
			err = h.take(said, value)
		}
	}
	if e, ok := errors.AsType[*casebook.Error](err); ok {
		return Head{}, e
	}
	if len(h.columns) == 0 {
		return Head{}, casebook.Fail(casebook.Invalid, "upload.json_order").At(lineText(1))
	}
	return Head{domainOf(h.name, name, h.columns), h.columns}, nil
}

// Define makes a definition for a study that runs elsewhere and is watched here: one form for each domain, visit by visit
// where the domain says VISITNUM. Files without subjects, and what would unblind, are left out, and named in left.
func Define(study, name string, heads []Head) (s *odm.Study, left []string, err error) {
	v := &odm.Version{OID: "MDV.1", Name: "1", Description: "from the head lines of files"}
	visits := odm.Event{OID: "SE.VISIT", Name: "Visits", Description: odm.Text{"en": "Visits", "zh-CN": "访视"}, Type: odm.Unscheduled, Repeating: true}
	whole := odm.Event{OID: "SE.STUDY", Name: "Study", Description: odm.Text{"en": "The whole study", "zh-CN": "整个研究"}, Type: odm.Common}
	for _, h := range heads {
		if !slices.Contains(h.Columns, "USUBJID") || slices.Contains(h.Columns, "RDOMAIN") {
			left = append(left, h.Domain)
			continue
		}
		if slices.ContainsFunc(v.Forms, func(f odm.Form) bool { return f.OID == "F."+h.Domain }) {
			continue // another part of the same domain
		}
		left = append(left, add(v, h)...)
		ref := odm.Ref{OID: "F." + h.Domain}
		if slices.Contains(h.Columns, "VISITNUM") {
			visits.Forms = append(visits.Forms, ref)
		} else {
			whole.Forms = append(whole.Forms, ref)
		}
	}
	for _, ev := range []odm.Event{whole, visits} {
		if len(ev.Forms) > 0 {
			v.Events, v.EventRefs = append(v.Events, ev), append(v.EventRefs, odm.Ref{OID: ev.OID, Order: len(v.EventRefs) + 1})
		}
	}
	if len(v.Events) == 0 {
		return nil, left, casebook.Fail(casebook.Invalid, "record.import_missing", "USUBJID")
	}
	return &odm.Study{OID: study, Name: name, Description: name, ProtocolName: study, Versions: []*odm.Version{v}}, left, nil
}

// add puts the form of one domain into the version, and returns what it leaves out.
func add(v *odm.Version, h Head) (left []string) {
	said := domains[h.Domain]
	if said == nil {
		said = odm.Text{"en": h.Domain}
	}
	t := &table{domain: h.Domain}
	group := odm.ItemGroup{OID: "IG." + h.Domain, Name: h.Domain, Description: said, Domain: h.Domain, Repeating: h.Domain != "DM"}
	for _, name := range h.Columns {
		if slices.Contains(blinded, name) {
			left = append(left, name)
			continue
		}
		if t.key(name) {
			continue
		}
		it := odm.Item{OID: "IT." + h.Domain + "." + name, Name: name, SASName: name, DataType: typeOf(name), Question: odm.Text{"en": name}}
		v.Items = append(v.Items, it)
		group.Items = append(group.Items, odm.Ref{OID: it.OID, Order: len(group.Items) + 1})
	}
	v.Groups = append(v.Groups, group)
	v.Forms = append(v.Forms, odm.Form{OID: "F." + h.Domain, Name: said.In("en"), Description: said, Groups: []odm.Ref{{OID: group.OID, Order: 1}}})
	return left
}

// typeOf is float for the standardised results of SDTM, which are numbers by its rules. All else may hold what is no
// number, or a date in part.
func typeOf(name string) odm.DataType {
	if strings.HasSuffix(name, "STRESN") {
		return "float"
	}
	return "text"
}

// domains are the names of the usual ones (SDTM IG 3.4).
var domains = map[string]odm.Text{
	"DM": {"en": "Demographics", "zh-CN": "人口学"}, "AE": {"en": "Adverse events", "zh-CN": "不良事件"},
	"CM": {"en": "Concomitant medications", "zh-CN": "合并用药"}, "MH": {"en": "Medical history", "zh-CN": "病史"},
	"DS": {"en": "Disposition", "zh-CN": "受试者去向"}, "EX": {"en": "Exposure", "zh-CN": "用药"},
	"SV": {"en": "Subject visits", "zh-CN": "受试者访视"}, "VS": {"en": "Vital signs", "zh-CN": "生命体征"},
	"LB": {"en": "Laboratory", "zh-CN": "实验室检查"}, "EG": {"en": "Electrocardiogram", "zh-CN": "心电图"},
	"QS": {"en": "Questionnaires", "zh-CN": "问卷"}, "PE": {"en": "Physical examination", "zh-CN": "体格检查"},
}
