// Package odm is the definition of a study: events, forms, item groups, items, code lists, conditions, methods, after
// the CDISC Operational Data Model. It is pure: it refuses to read files, databases or clocks; a subpackage per outside
// format reads and writes bytes.
package odm

// Text is one sentence in several languages, keyed by BCP 47 tag; "" is the text that names no language.
type Text map[string]string

// In returns the text in lang, falling back to the same primary language, to English, to the unnamed one, to any.
func (t Text) In(lang string) string {
	for _, k := range [...]string{lang, primary(lang), "zh-CN", "zh"} {
		if (k == "zh-CN" || k == "zh") && primary(lang) != "zh" {
			continue
		}
		if s := t[k]; s != "" {
			return s
		}
	}
	for _, k := range [...]string{"en", ""} {
		if s := t[k]; s != "" {
			return s
		}
	}
	least := ""
	for k := range t {
		if t[k] != "" && (least == "" || k < least) {
			least = k
		}
	}
	return t[least]
}

func primary(lang string) string {
	for i := range len(lang) {
		if lang[i] == '-' {
			return lang[:i]
		}
	}
	return lang
}

// Study is one study with its versions, as a file or an editor holds it.
type Study struct {
	OID          string     `json:"oid"`
	Name         string     `json:"name"`
	Description  string     `json:"description,omitempty"`
	ProtocolName string     `json:"protocolName,omitempty"`
	Units        []Unit     `json:"units,omitempty"`
	Versions     []*Version `json:"versions"`
	Extra        *Extra     `json:"extra,omitempty"`
}

// Version is one MetaDataVersion: all that a casebook needs to be shown, checked and exported. It is immutable once
// published. References are by OID; Resolve (see Index) turns them into pointers.
type Version struct {
	OID         string      `json:"oid"`
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	Protocol    Text        `json:"protocol,omitempty"` // Protocol/Description
	EventRefs   []Ref       `json:"eventRefs"`          // the schedule: Protocol/StudyEventRef
	Events      []Event     `json:"events"`
	Forms       []Form      `json:"forms"`
	Groups      []ItemGroup `json:"groups"`
	Items       []Item      `json:"items"`
	CodeLists   []CodeList  `json:"codeLists,omitempty"`
	Units       []Unit      `json:"units,omitempty"` // a copy of the study's, so that a version stands alone
	Conditions  []Condition `json:"conditions,omitempty"`
	Methods     []Method    `json:"methods,omitempty"`
	Aliases     []Alias     `json:"aliases,omitempty"`
	// Translations is how far the version is translated; a form may say more of itself.
	Translations []Translation `json:"translations,omitempty"`
	Extra        *Extra        `json:"extra,omitempty"`
}

// Ref is a StudyEventRef, FormRef, ItemGroupRef or ItemRef.
type Ref struct {
	OID       string `json:"oid"`
	Order     int    `json:"order,omitempty"` // OrderNumber; 0 when absent
	Mandatory bool   `json:"mandatory,omitempty"`
	Hidden    string `json:"hidden,omitempty"` // CollectionExceptionConditionOID: hidden while the condition is true
	Method    string `json:"method,omitempty"` // MethodOID, of an ItemRef
	Key       int    `json:"key,omitempty"`    // KeySequence, of an ItemRef; 0 when absent
	Role      string `json:"role,omitempty"`   // Role, of an ItemRef
	// MandatoryWhen is the OID of a condition: mandatory while it is true.
	MandatoryWhen string `json:"mandatoryWhen,omitempty"`
	// Initial is the OID of the method that gives an item the value it starts with.
	Initial string `json:"initial,omitempty"`
	// Within is the OID of what it stands within: of a group another group of the form, of an item another item of the
	// group. Place is a group's OrderNumber among the items of the group that it stands within; 0 is behind them all.
	Within string `json:"within,omitempty"`
	Place  int    `json:"place,omitzero"`
	Extra  *Extra `json:"extra,omitempty"`
}

// EventType is StudyEventDef/@Type.
type EventType string

// The types of event (ODM 1.3.2, StudyEventDef).
const (
	Scheduled   EventType = "Scheduled"
	Unscheduled EventType = "Unscheduled"
	Common      EventType = "Common"
)

// Event is a StudyEventDef: a visit, a log, a diary.
type Event struct {
	OID         string    `json:"oid"`
	Name        string    `json:"name"`
	Description Text      `json:"description,omitempty"`
	Type        EventType `json:"type"`
	Category    string    `json:"category,omitempty"`
	Repeating   bool      `json:"repeating,omitempty"`
	Forms       []Ref     `json:"forms"`
	Window      *Window   `json:"window,omitempty"`
	Occurs      Occurs    `json:"occurs,omitzero"` // of a repeating event
	Every       Duration  `json:"every,omitempty"` // between the repeats of an event
	Access      *Access   `json:"access,omitempty"`
	Codings     []Coding  `json:"codings,omitempty"`
	Aliases     []Alias   `json:"aliases,omitempty"`
	Extra       *Extra    `json:"extra,omitempty"`
}

// Form is a FormDef.
type Form struct {
	OID          string        `json:"oid"`
	Name         string        `json:"name"`
	Description  Text          `json:"description,omitempty"`
	Repeating    bool          `json:"repeating,omitempty"`
	Groups       []Ref         `json:"groups"`
	DoubleEntry  bool          `json:"doubleEntry,omitzero"` // two people enter it, neither seeing what the other entered
	Occurs       Occurs        `json:"occurs,omitzero"`      // of a repeating form
	Layout       *Layout       `json:"layout,omitempty"`
	Access       *Access       `json:"access,omitempty"`
	Variables    []Variable    `json:"variables,omitempty"`
	Copyright    Text          `json:"copyright,omitempty"` // who owns the instrument, to be shown with it
	Licence      string        `json:"licence,omitempty"`   // under which it is used: an SPDX identifier, a URI or a sentence
	Translations []Translation `json:"translations,omitempty"`
	Codings      []Coding      `json:"codings,omitempty"`
	Aliases      []Alias       `json:"aliases,omitempty"`
	Extra        *Extra        `json:"extra,omitempty"`
}

// ItemGroup is an ItemGroupDef.
type ItemGroup struct {
	OID         string     `json:"oid"`
	Name        string     `json:"name"`
	Description Text       `json:"description,omitempty"`
	Repeating   bool       `json:"repeating,omitempty"`
	Domain      string     `json:"domain,omitempty"`
	Items       []Ref      `json:"items"`
	Occurs      Occurs     `json:"occurs,omitzero"` // of a repeating group
	Count       string     `json:"count,omitempty"` // the OID of the method that gives the number of repeats
	Hint        Text       `json:"hint,omitempty"`  // help for whoever fills it in
	Layout      *Layout    `json:"layout,omitempty"`
	Access      *Access    `json:"access,omitempty"`
	Variables   []Variable `json:"variables,omitempty"`
	Codings     []Coding   `json:"codings,omitempty"`
	Aliases     []Alias    `json:"aliases,omitempty"`
	Extra       *Extra     `json:"extra,omitempty"`
}

// DataType is ItemDef/@DataType (ODM 1.3.2): text, integer, float, date, time, datetime, string, boolean, double,
// hexBinary, base64Binary, hexFloat, base64Float, partialDate, partialTime, partialDatetime, durationDatetime,
// intervalDatetime, incompleteDatetime, incompleteDate, incompleteTime, URI.
type DataType string

// Item is an ItemDef: one question and what may answer it.
type Item struct {
	OID         string       `json:"oid"`
	Name        string       `json:"name"`
	DataType    DataType     `json:"dataType"`
	Length      int          `json:"length,omitempty"`
	Digits      int          `json:"digits,omitempty"` // SignificantDigits: digits after the decimal point
	HasDigits   bool         `json:"hasDigits,omitempty"`
	SASName     string       `json:"sasName,omitempty"`
	Question    Text         `json:"question,omitempty"`
	Description Text         `json:"description,omitempty"`
	Units       []string     `json:"units,omitempty"`    // MeasurementUnitRef, OIDs
	CodeList    string       `json:"codeList,omitempty"` // CodeListRef, an OID
	Checks      []RangeCheck `json:"checks,omitempty"`
	Prefix      string       `json:"prefix,omitempty"`      // the question's number as it is printed, "3a"
	Prompt      Text         `json:"prompt,omitempty"`      // the question in few words, for tables
	Hint        Text         `json:"hint,omitempty"`        // help for whoever answers
	Placeholder Text         `json:"placeholder,omitempty"` // shown in the empty field
	Note        bool         `json:"note,omitzero"`         // shows its question and takes no answer
	Multiple    bool         `json:"multiple,omitzero"`     // may have several answers
	Occurs      Occurs       `json:"occurs,omitzero"`       // answers, where there may be several
	Open        bool         `json:"open,omitzero"`         // takes answers that are not on the code list too
	ReadOnly    bool         `json:"readOnly,omitzero"`     // shown, but not typed
	Initial     []string     `json:"initial,omitempty"`     // the value, or values, that it starts with
	Identifying bool         `json:"identifying,omitzero"`  // an answer tells who the subject is
	Blinded     bool         `json:"blinded,omitzero"`      // an answer may tell what the subject is given: it is sealed, and stands in no casebook
	Layout      *Layout      `json:"layout,omitempty"`
	Access      *Access      `json:"access,omitempty"`
	Variables   []Variable   `json:"variables,omitempty"`
	Codings     []Coding     `json:"codings,omitempty"`
	Aliases     []Alias      `json:"aliases,omitempty"`
	Extra       *Extra       `json:"extra,omitempty"`
}

// RangeCheck is an edit check on one item: values by comparator, or formal expressions. It says what must hold.
type RangeCheck struct {
	Comparator  string       `json:"comparator,omitempty"` // LT LE GT GE EQ NE IN NOTIN
	Hard        bool         `json:"hard,omitempty"`       // SoftHard="Hard"
	Values      []string     `json:"values,omitempty"`
	Expressions []Expression `json:"expressions,omitempty"`
	Unit        string       `json:"unit,omitempty"`
	Message     Text         `json:"message,omitempty"`
	Line        int          `json:"line,omitzero"` // of the file it was read from
	Extra       *Extra       `json:"extra,omitempty"`
}

// Expression is a FormalExpression in the language that Context names.
type Expression struct {
	Context string `json:"context,omitempty"`
	Code    string `json:"code"`
	Line    int    `json:"line,omitempty"` // of the file it was read from
}

// CodeList is a CodeList with its items in order.
type CodeList struct {
	OID         string     `json:"oid"`
	Name        string     `json:"name"`
	DataType    DataType   `json:"dataType"`
	Description Text       `json:"description,omitempty"`
	Items       []CodeItem `json:"items,omitempty"`
	External    *External  `json:"external,omitempty"` // ExternalCodeList
	Codings     []Coding   `json:"codings,omitempty"`
	Aliases     []Alias    `json:"aliases,omitempty"`
	Extra       *Extra     `json:"extra,omitempty"`
}

// CodeItem is a CodeListItem, or an EnumeratedItem when it has no Decode.
type CodeItem struct {
	Code      string   `json:"code"`
	Decode    Text     `json:"decode,omitempty"`
	Rank      string   `json:"rank,omitempty"`
	Order     int      `json:"order,omitempty"`
	Weight    string   `json:"weight,omitempty"`   // what the answer counts in a score, a decimal
	Prefix    string   `json:"prefix,omitempty"`   // as it is printed before the answer, "a)"
	Exclusive bool     `json:"exclusive,omitzero"` // where several may be chosen: it excludes the others
	Codings   []Coding `json:"codings,omitempty"`
	Aliases   []Alias  `json:"aliases,omitempty"`
	Extra     *Extra   `json:"extra,omitempty"`
}

// External is an ExternalCodeList.
type External struct {
	Dictionary string `json:"dictionary,omitempty"`
	Version    string `json:"version,omitempty"`
	Ref        string `json:"ref,omitempty"`
	Href       string `json:"href,omitempty"`
}

// Unit is a MeasurementUnit.
type Unit struct {
	OID     string   `json:"oid"`
	Name    string   `json:"name"`
	Symbol  Text     `json:"symbol,omitempty"`
	Codings []Coding `json:"codings,omitempty"`
	Aliases []Alias  `json:"aliases,omitempty"`
	Extra   *Extra   `json:"extra,omitempty"`
}

// Condition is a ConditionDef: where a Ref names it, the thing is hidden while the condition is true.
type Condition struct {
	OID         string       `json:"oid"`
	Name        string       `json:"name"`
	Description Text         `json:"description,omitempty"`
	Expressions []Expression `json:"expressions,omitempty"`
	Aliases     []Alias      `json:"aliases,omitempty"`
	Extra       *Extra       `json:"extra,omitempty"`
}

// Method is a MethodDef: how an item's value is computed.
type Method struct {
	OID         string       `json:"oid"`
	Name        string       `json:"name"`
	Type        string       `json:"type,omitempty"` // Computation, Imputation, Transpose, Other
	Description Text         `json:"description,omitempty"`
	Expressions []Expression `json:"expressions,omitempty"`
	Aliases     []Alias      `json:"aliases,omitempty"`
	Extra       *Extra       `json:"extra,omitempty"`
}

// Alias is another name of a thing in some context.
type Alias struct {
	Context string `json:"context"`
	Name    string `json:"name"`
}

// Extra is what a file said beyond the model: attributes and elements of foreign namespaces, and those of the standard
// that the model has no word for. They are kept to be written back, never interpreted here.
type Extra struct {
	Attrs    []Attr   `json:"attrs,omitempty"`
	Elements []string `json:"elements,omitempty"` // each a well-formed XML element with its own namespace declarations

	// Kept is what a format that is not XML said beyond the model, verbatim, by its own names behind the format's, e.g.
	// "fhir:extension", "xlsform:media::image", "redcap:Field Annotation".
	Kept map[string]string `json:"kept,omitempty"`

	// Within is the extra of elements below this one that have no Extra of their own, by the path to them, e.g.
	// "Protocol" or "Question/TranslatedText[en]".
	Within map[string]*Extra `json:"within,omitempty"`
}

// Attr is an attribute beyond the model. Space is its namespace, "" for one of the standard's own.
type Attr struct {
	Space  string `json:"space"`
	Prefix string `json:"prefix,omitempty"` // the prefix it was written with
	Name   string `json:"name"`
	Value  string `json:"value"`
}
