package safety

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"casebook"
	"casebook/auth"
	"casebook/edc/normal"
	"casebook/ledger"
	"casebook/record"
	"casebook/site/keep"
	"casebook/store"
)

// Term is the code of an event in MedDRA: of the lowest level term (E2B(R3) E.i.2.1).
type Term struct {
	Version string // of MedDRA: E.i.2.1a
	Code    string // E.i.2.1b
}

// message is what a message of E2B(R3) is made of: one version of one case, and what the study says of itself.
type message struct {
	Message
	ID        string // of the case
	Number    int    // of the version
	Versions  []Version
	Subject   casebook.SubjectID
	Assessed  *Assessment
	Nullified string // why
	Created   time.Time
	Expedited bool
	Sex       int    // ISO 5218; 0 is unknown
	Treatment string // "" is blinded
	Term      *Term
}

// The code systems of E2B(R3): its identifiers, its code lists, and those that it takes over.
const (
	ids     = "2.16.840.1.113883.3.989.2.1.3."
	lists   = "2.16.840.1.113883.3.989.2.1.1."
	meddra  = "2.16.840.1.113883.6.163"
	country = "1.0.3166.1.2.2"
)

// e2b writes the message in HL7 v3 (MCCI_IN200100UV01), as the implementation guide of E2B(R3) lays it out. The same values give the same
// bytes. Each element stands behind its number.
func (m *message) e2b() []byte {
	w := &writer{}
	last := m.Versions[m.Number].Report
	caseID := m.Country + "-" + m.Sender + "-" + m.Protocol + "-" + m.ID
	sent := stamp(m.Created)
	w.WriteString(xml.Header)
	w.in("MCCI_IN200100UV01", "ITSVersion", "XML_1.0", "xmlns", "urn:hl7-org:v3", "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
	w.at("N.1.2").el("id", "extension", caseID+"-"+strconv.Itoa(m.Number), "root", ids+"22")
	w.at("N.1.5").el("creationTime", "value", sent)
	w.el("responseModeCode", "code", "D")
	w.el("interactionId", "extension", "MCCI_IN200100UV01", "root", "2.16.840.1.113883.1.6")
	w.at("N.1.1").el("name", "code", "1", "codeSystem", lists+"1")
	w.in("PORR_IN049016UV")
	w.at("N.2.r.1").el("id", "extension", caseID, "root", ids+"1")
	w.at("N.2.r.4").el("creationTime", "value", sent)
	w.el("interactionId", "extension", "PORR_IN049016UV", "root", "2.16.840.1.113883.1.6")
	w.el("processingCode", "code", "P")
	w.el("processingModeCode", "code", "T")
	w.el("acceptAckCode", "code", "AL")
	w.device("receiver", "RCV", "N.2.r.3", m.Receiver, "12")
	w.device("sender", "SND", "N.2.r.2", m.Message.Sender, "11")
	w.in("controlActProcess", "classCode", "CACT", "moodCode", "EVN")
	w.el("code", "code", "PORR_TE049016UV", "codeSystem", "2.16.840.1.113883.1.18")
	w.at("C.1.2").el("effectiveTime", "value", sent)
	w.in("subject", "typeCode", "SUBJ")
	w.in("investigationEvent", "classCode", "INVSTG", "moodCode", "EVN")
	w.at("C.1.1").el("id", "extension", caseID, "root", ids+"1")
	w.at("C.1.8.1").el("id", "extension", caseID, "root", ids+"2")
	w.el("code", "code", "PAT_ADV_EVNT", "codeSystem", "2.16.840.1.113883.5.4")
	w.at("H.1").text("text", last.Narrative)
	w.el("statusCode", "code", "active")
	w.in("effectiveTime").at("C.1.4").el("low", "value", stamp(m.Versions[0].Submitted)).out()
	w.at("C.1.5").el("availabilityTime", "value", stamp(m.Versions[m.Number].Submitted))
	w.in("component", "typeCode", "COMP").in("adverseEventAssessment", "classCode", "INVSTG", "moodCode", "EVN")
	m.patient(w, last)
	m.judged(w, last)
	w.out().out()
	w.component("component", "C.1.6.1", "1", "false")
	w.component("component", "C.1.7", "23", strconv.FormatBool(m.Expedited))
	m.sources(w)
	w.out().out().out() // investigationEvent, subject, controlActProcess
	w.out()             // PORR_IN049016UV
	w.device("receiver", "RCV", "N.1.4", m.Receiver, "14")
	w.device("sender", "SND", "N.1.3", m.Message.Sender, "13")
	w.out()
	return w.Bytes()
}

// stamp is a moment as HL7 writes it, in UTC.
func stamp(at time.Time) string { return at.UTC().Format("20060102150405") + "+0000" }

// plain is a day or a part of one as HL7 writes it.
func plain(day string) string { return strings.ReplaceAll(day, "-", "") }

// patient writes D, E and G: who it is without saying so, what happened, and the study treatment.
func (m *message) patient(w *writer, r Report) {
	w.in("subject1", "typeCode", "SBJ").in("primaryRole", "classCode", "INVSBJ")
	w.in("player1", "classCode", "PSN", "determinerCode", "INSTANCE")
	w.at("D.1").el("name", "nullFlavor", "MSK")
	if m.Sex == 0 {
		w.at("D.5").el("administrativeGenderCode", "nullFlavor", "UNK")
	} else {
		w.at("D.5").el("administrativeGenderCode", "code", strconv.Itoa(m.Sex), "codeSystem", "1.0.5218")
	}
	w.in("asIdentifiedEntity", "classCode", "IDENT").at("D.1.1.4").el("id", "extension", string(m.Subject), "root", ids+"10").el("code", "code", "4", "codeSystem", lists+"4").out()
	w.out()
	w.in("subjectOf1", "typeCode", "SBJ").in("researchStudy", "classCode", "CLNTRL", "moodCode", "EVN")
	w.at("C.5.3").el("id", "extension", m.Protocol, "root", ids+"5")
	w.at("C.5.4").el("code", "code", "1", "codeSystem", lists+"8") // clinical trials
	w.at("C.5.2").text("title", m.Title)
	w.out().out()
	m.reaction(w, r)
	m.drug(w, r)
	w.out().out()
}

// The ids within a message by which one part names another. They say nothing, and so are always the same.
const (
	reactionID = "6f1d6d8e-0000-4000-8000-000000000001"
	drugID     = "6f1d6d8e-0000-4000-8000-000000000002"
)

func (m *message) reaction(w *writer, r Report) {
	w.in("subjectOf2", "typeCode", "SBJ").in("observation", "classCode", "OBS", "moodCode", "EVN")
	w.el("id", "root", reactionID)
	w.el("code", "code", "29", "codeSystem", lists+"19")
	w.in("effectiveTime", "xsi:type", "IVL_TS").at("E.i.4").el("low", "value", plain(r.Onset))
	if r.Ended != "" {
		w.at("E.i.5").el("high", "value", plain(r.Ended))
	}
	w.out()
	if m.Term == nil { // E.i.2.1 is asked for, and nobody has coded the term
		w.in("value", "xsi:type", "CE", "nullFlavor", "NI")
	} else {
		w.at("E.i.2.1a", "E.i.2.1b").in("value", "xsi:type", "CE", "code", m.Term.Code, "codeSystem", meddra, "codeSystemVersion", m.Term.Version)
	}
	w.at("E.i.1.1a", "E.i.1.1b").text("originalText", r.Term, "language", language(r.Term))
	w.out()
	for i, c := range criteria { // E.i.3.2a to f, and the codes of their observations
		w.in("outboundRelationship2", "typeCode", "PERT").in("observation", "classCode", "OBS", "moodCode", "EVN")
		w.el("code", "code", []string{"34", "21", "33", "35", "12", "26"}[i], "codeSystem", lists+"19")
		w.at("E.i.3.2" + string(rune('a'+i)))
		if slices.Contains(r.Serious, c) {
			w.el("value", "xsi:type", "BL", "value", "true")
		} else {
			w.el("value", "xsi:type", "BL", "nullFlavor", "NI")
		}
		w.out().out()
	}
	w.in("outboundRelationship2", "typeCode", "PERT").in("observation", "classCode", "OBS", "moodCode", "EVN").el("code", "code", "27", "codeSystem", lists+"19")
	w.at("E.i.7").el("value", "xsi:type", "CE", "code", strconv.Itoa(slices.Index(outcomes, r.Outcome)), "codeSystem", lists+"11")
	w.out().out().out().out()
}

// language is that of a term as ISO 639-2 has it: what holds a Chinese character is Chinese.
func language(term string) string {
	if strings.ContainsFunc(term, func(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }) {
		return "zho"
	}
	return "eng"
}

func (m *message) drug(w *writer, r Report) {
	w.in("subjectOf2", "typeCode", "SBJ").in("organizer", "classCode", "CATEGORY", "moodCode", "EVN").el("code", "code", "4", "codeSystem", lists+"20")
	w.in("component", "typeCode", "COMP").in("substanceAdministration", "classCode", "SBADM", "moodCode", "EVN")
	w.el("id", "root", drugID)
	w.in("consumable", "typeCode", "CSM").in("instanceOfKind", "classCode", "INST").in("kindOfProduct", "classCode", "MMAT", "determinerCode", "KIND")
	name := m.Product
	if m.Treatment != "" {
		name = m.Treatment
	}
	w.at("G.k.2.2").text("name", name)
	w.out().out().out()
	if m.Treatment == "" { // there is no other value than true
		w.in("outboundRelationship2", "typeCode", "PERT").in("observation", "classCode", "OBS", "moodCode", "EVN").el("code", "code", "6", "codeSystem", lists+"19")
		w.at("G.k.2.5").el("value", "xsi:type", "BL", "value", "true").out().out()
	}
	w.in("inboundRelationship", "typeCode", "CAUS").in("act", "classCode", "ACT", "moodCode", "EVN")
	w.at("G.k.8").el("code", "code", strconv.Itoa(actions[r.Action]), "codeSystem", lists+"15")
	w.out().out().out().out().out().out()
}

// judged writes what the drug was in the event, what investigator and sponsor think, and what the sponsor remarks.
func (m *message) judged(w *writer, r Report) {
	w.in("component", "typeCode", "COMP").in("causalityAssessment", "classCode", "OBS", "moodCode", "EVN").el("code", "code", "20", "codeSystem", lists+"19")
	w.at("G.k.1").el("value", "xsi:type", "CE", "code", "1", "codeSystem", lists+"13") // suspect: the treatment of the study
	w.reference("subject2", "productUseReference", "SBADM", drugID).out().out()
	m.causality(w, "Investigator", r.Causality)
	if m.Assessed == nil {
		return
	}
	m.causality(w, "Sponsor", m.Assessed.Causality)
	if m.Assessed.Comment != "" {
		w.in("component1", "typeCode", "COMP").in("observationEvent", "classCode", "OBS", "moodCode", "EVN").el("code", "code", "10", "codeSystem", lists+"19")
		w.at("H.4").text("value", m.Assessed.Comment, "xsi:type", "ED")
		w.in("author", "typeCode", "AUT").in("assignedEntity", "classCode", "ASSIGNED").el("code", "code", "1", "codeSystem", lists+"21").out().out().out().out()
	}
}

func (m *message) causality(w *writer, source string, c Causality) {
	w.in("component", "typeCode", "COMP").in("causalityAssessment", "classCode", "OBS", "moodCode", "EVN").el("code", "code", "39", "codeSystem", lists+"19")
	w.at("G.k.9.i.2.r.3").text("value", string(c), "xsi:type", "ST")
	w.in("author", "typeCode", "AUT").in("assignedEntity", "classCode", "ASSIGNED").in("code").at("G.k.9.i.2.r.1").text("originalText", source).out().out().out()
	w.at("G.k.9.i.1").reference("subject1", "adverseEffectReference", "OBS", reactionID)
	w.reference("subject2", "productUseReference", "SBADM", drugID)
	w.out().out()
}

// sources writes C.1.8.2, C.2.r, C.3, C.1.3, C.1.9.1 and C.1.11.
func (m *message) sources(w *writer) {
	related := func(code string) {
		w.in("relatedInvestigation", "classCode", "INVSTG", "moodCode", "EVN").el("code", "code", code, "codeSystem", lists+"22")
		w.in("subjectOf2", "typeCode", "SUBJ").in("controlActEvent", "classCode", "CACT", "moodCode", "EVN").in("author", "typeCode", "AUT").in("assignedEntity", "classCode", "ASSIGNED")
	}
	closed := func() { w.out().out().out().out().out().out() }
	w.in("outboundRelationship", "typeCode", "SPRT")
	related("1")
	w.at("C.1.8.2").el("code", "code", "2", "codeSystem", lists+"3") // no authority
	closed()
	w.in("outboundRelationship", "typeCode", "SPRT").at("C.2.r.5").el("priorityNumber", "value", "1")
	related("2")
	w.in("assignedPerson", "classCode", "PSN", "determinerCode", "INSTANCE")
	w.in("name").at("C.2.r.1.2").el("given", "nullFlavor", "MSK").at("C.2.r.1.4").el("family", "nullFlavor", "MSK").out()
	w.in("asQualifiedEntity", "classCode", "QUAL").at("C.2.r.4").el("code", "code", "1", "codeSystem", lists+"6").out() // a physician: the investigator
	w.in("asLocatedEntity", "classCode", "LOCE").in("location", "classCode", "COUNTRY", "determinerCode", "INSTANCE")
	w.at("C.2.r.3").el("code", "code", m.Country, "codeSystem", country).out().out().out()
	closed()
	w.in("subjectOf1", "typeCode", "SUBJ").in("controlActEvent", "classCode", "CACT", "moodCode", "EVN").in("author", "typeCode", "AUT").in("assignedEntity", "classCode", "ASSIGNED")
	w.at("C.3.1").el("code", "code", "1", "codeSystem", lists+"7") // a pharmaceutical company
	w.in("representedOrganization", "classCode", "ORG", "determinerCode", "INSTANCE").at("C.3.2").text("name", m.Organisation).out()
	w.out().out().out().out()
	w.characteristic("C.1.3", "1", func() { w.el("value", "xsi:type", "CE", "code", "2", "codeSystem", lists+"2") }) // from a study
	w.characteristic("C.1.9.1", "2", func() { w.el("value", "xsi:type", "BL", "nullFlavor", "NI") })
	if m.Nullified != "" {
		w.characteristic("C.1.11.1", "3", func() { w.el("value", "xsi:type", "CE", "code", "1", "codeSystem", lists+"5") })
		w.characteristic("C.1.11.2", "4", func() { w.in("value", "xsi:type", "CE").text("originalText", m.Nullified).out() })
	}
}

// writer writes XML, indented, attributes in the order in which they are said.
type writer struct {
	bytes.Buffer
	open []string
}

func (w *writer) head(name string, attributes []string) {
	w.WriteString(strings.Repeat("  ", len(w.open)) + "<" + name)
	for i := 0; i < len(attributes); i += 2 {
		w.WriteString(" " + attributes[i] + `="` + escaped(attributes[i+1]) + `"`)
	}
}

// at writes by comments which elements of E2B(R3) come next.
func (w *writer) at(elements ...string) *writer {
	w.WriteString(strings.Repeat("  ", len(w.open)) + "<!-- " + strings.Join(elements, ", ") + " -->\n")
	return w
}

func (w *writer) in(name string, attributes ...string) *writer {
	w.head(name, attributes)
	w.WriteString(">\n")
	w.open = append(w.open, name)
	return w
}

func (w *writer) out() *writer {
	name := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.WriteString(strings.Repeat("  ", len(w.open)) + "</" + name + ">\n")
	return w
}

func (w *writer) el(name string, attributes ...string) *writer {
	w.head(name, attributes)
	w.WriteString("/>\n")
	return w
}

func (w *writer) text(name, content string, attributes ...string) *writer {
	w.head(name, attributes)
	w.WriteString(">" + escaped(content) + "</" + name + ">\n")
	return w
}

func (w *writer) device(name, kind, element, id, root string) {
	w.in(name, "typeCode", kind).in("device", "classCode", "DEV", "determinerCode", "INSTANCE").at(element).el("id", "extension", id, "root", ids+root).out().out()
}

func (w *writer) component(name, element, code, value string) {
	w.in(name, "typeCode", "COMP").in("observationEvent", "classCode", "OBS", "moodCode", "EVN").el("code", "code", code, "codeSystem", lists+"19")
	w.at(element).el("value", "xsi:type", "BL", "value", value).out().out()
}

func (w *writer) reference(name, of, class, id string) *writer {
	return w.in(name, "typeCode", "SUBJ").in(of, "classCode", class, "moodCode", "EVN").el("id", "root", id).out().out()
}

func (w *writer) characteristic(element, code string, value func()) {
	w.in("subjectOf2", "typeCode", "SUBJ").in("investigationCharacteristic", "classCode", "OBS", "moodCode", "EVN").el("code", "code", code, "codeSystem", lists+"23").at(element)
	value()
	w.out().out()
}

// escaped is a text as XML may hold it; what it may not becomes U+FFFD.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}

// export answers a version of a case as a message of E2B(R3): ?report is its number, the newest without.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	k, err := s.enter(r)
	if err != nil {
		return err
	}
	number := k.Doc.Versions - 1
	if text := r.URL.Query().Get("report"); text != "" {
		if n, err := strconv.Atoi(text); err != nil || n < 0 || n > number {
			return casebook.Fail(casebook.Invalid, "safety.version", text).At("report")
		}
		number, _ = strconv.Atoi(text)
	}
	m, err := s.message(r.Context(), studyOf(r), k, number)
	if err != nil {
		return err
	}
	ctx, _ := auth.Act(r.Context(), auth.SafetyRead, studyOf(r), k.Site)
	body := m.e2b()
	sum := sha256.Sum256(body)
	err = s.ledger.Write(ctx, studyOf(r), func(w *ledger.Writer) error {
		w.Record(ctx, ledger.Entry{What: Exported, Site: k.Site, Subject: k.Doc.Subject, Ref: versionID(k.ID, number), New: hex.EncodeToString(sum[:])})
		return nil
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+k.ID+"-"+strconv.Itoa(number)+`.xml"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(body)
	return err
}

// message gathers what a message says, for the reader in ctx. Errors: Conflict safety.unreported, safety.no_message.
func (s *Service) message(ctx context.Context, study casebook.StudyID, k keep.Record[Case], number int) (m message, err error) {
	if number < 0 {
		return m, unreported()
	}
	st, err := s.forms.Study(ctx, study)
	if err != nil {
		return m, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rule, err := rulesOf(ctx, tx, study)
		if err != nil {
			return err
		}
		if rule.Doc.Message == nil {
			return casebook.Fail(casebook.Conflict, "safety.no_message").At("message")
		}
		m = message{Message: *rule.Doc.Message, ID: k.ID, Number: number, Subject: k.Doc.Subject, Assessed: k.Doc.Assessed}
		if m.Versions, err = versions(ctx, tx, study, k); err != nil {
			return err
		}
		m.Created = m.Versions[number].Submitted
		if a := k.Doc.Assessed; a != nil && a.At.After(m.Created) {
			m.Created = a.At
		}
		if end := k.Doc.Nullified; end != nil {
			m.Nullified, m.Created = end.Reason, end.At
		}
		m.Expedited, _ = k.Doc.SUSAR()
		forms, err := record.FormsOf(ctx, tx, study, k.Doc.Subject, k.Doc.Subject)
		if err != nil {
			return err
		}
		m.Sex = sexOf(normal.SourcesOf(st.At(k.Site).Version).Sex, forms[k.Doc.Subject])
		if s.o.Treatment != nil {
			_, m.Treatment, err = s.o.Treatment(ctx, tx, study, k.Doc.Subject)
		}
		if err == nil && s.o.Code != nil {
			m.Term, err = s.o.Code(ctx, tx, study, k.Doc.Subject, k.Doc.Form, k.Doc.Row, m.Versions[number].Report.Term)
		}
		return err
	})
	return m, err
}

// sexOf is what a casebook says of the sex, in ISO 5218: 1 male, 2 female, 0 where it says neither, or both.
func sexOf(item string, casebook []*record.Form) (sex int) {
	for _, f := range casebook {
		for _, v := range f.Items {
			if item == "" || v.Item != item {
				continue
			}
			said := map[string]int{"M": 1, "MALE": 1, "F": 2, "FEMALE": 2}[strings.ToUpper(v.Value.Value)]
			if said == 0 || sex != 0 && sex != said {
				return 0
			}
			sex = said
		}
	}
	return sex
}
