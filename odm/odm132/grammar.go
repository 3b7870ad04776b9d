package odm132

import "strings"

// Namespace is the XML namespace of ODM 1.3.0, 1.3.1 and 1.3.2.
const Namespace = "http://www.cdisc.org/ns/odm/v1.3"

// rule is what ODM1-3-2-foundation.xsd allows an element to hold.
type rule struct {
	attrs    []string // that the model has words for; the first tells the element from its siblings
	kept     []string // the standard's others, kept in Extra
	children []child  // in the order of the schema
	owns     bool     // its struct in the model has an Extra
}

type child struct {
	name string
	once bool // at most one
	kept bool // the model has no word for it: it is kept in Extra
}

// known returns the place of a child in the order of the schema, or -1.
func (u *rule) known(name string) int {
	for i := range u.children {
		if u.children[i].name == name {
			return i
		}
	}
	return -1
}

// define returns a rule. Among children, "?" marks those that may stand once and "!" those kept in Extra.
func define(attrs, kept, children string) *rule {
	u := &rule{attrs: strings.Fields(attrs), kept: strings.Fields(kept)}
	for f := range strings.FieldsSeq(children) {
		name := strings.TrimRight(f, "?!")
		u.children = append(u.children, child{name, strings.Contains(f, "?"), strings.Contains(f, "!")})
	}
	return u
}

func own(u *rule) *rule { u.owns = true; return u }

var (
	reference = " OrderNumber Mandatory CollectionExceptionConditionOID"
	texts     = define("", "", "TranslatedText FormattedTranslatedText!")
	leaf      = define("", "", "")
)

// grammar is the part of ODM 1.3.2 that defines studies, by element.
var grammar = map[string]*rule{
	"ODM": own(define("FileOID FileType ODMVersion CreationDateTime Description Granularity Archival PriorFileOID "+
		"AsOfDateTime Originator SourceSystem SourceSystemVersion ID", "",
		"Study AdminData ReferenceData ClinicalData Association")),
	"Study":            own(define("OID", "", "GlobalVariables? BasicDefinitions? MetaDataVersion")),
	"GlobalVariables":  define("", "", "StudyName? StudyDescription? ProtocolName?"),
	"StudyName":        leaf,
	"StudyDescription": leaf,
	"ProtocolName":     leaf,
	"BasicDefinitions": define("", "", "MeasurementUnit"),
	"MeasurementUnit":  own(define("OID Name", "", "Symbol? Alias")),
	"Symbol":           texts,
	"MetaDataVersion": own(define("OID Name Description", "",
		"Include? Protocol? StudyEventDef FormDef ItemGroupDef ItemDef CodeList ImputationMethod! "+
			"Presentation! ConditionDef MethodDef")),
	"Include":       define("MetaDataVersionOID StudyOID", "", ""),
	"Protocol":      define("", "", "Description? StudyEventRef Alias"),
	"StudyEventRef": own(define("StudyEventOID"+reference, "", "")),
	"StudyEventDef": own(define("OID Name Repeating Type Category", "", "Description? FormRef Alias")),
	"FormRef":       own(define("FormOID"+reference, "", "")),
	"FormDef": own(define("OID Name Repeating", "",
		"Description? ItemGroupRef ArchiveLayout! Alias")),
	"ItemGroupRef": own(define("ItemGroupOID"+reference, "", "")),
	"ItemGroupDef": own(define("OID Name Repeating Domain", "IsReferenceData SASDatasetName Origin Role Purpose Comment",
		"Description? ItemRef Alias")),
	"ItemRef": own(define("ItemOID"+reference+" KeySequence MethodOID Role", "ImputationMethodOID RoleCodeListOID",
		"")),
	"ItemDef": own(define("OID Name DataType Length SignificantDigits SASFieldName", "SDSVarName Origin Comment",
		"Description? Question? ExternalQuestion?! MeasurementUnitRef RangeCheck CodeListRef? Role! Alias")),
	"Question":           texts,
	"MeasurementUnitRef": define("MeasurementUnitOID", "", ""),
	"RangeCheck": own(define("Comparator SoftHard", "",
		"CheckValue FormalExpression MeasurementUnitRef? ErrorMessage?")),
	"CheckValue":   leaf,
	"ErrorMessage": texts,
	"CodeListRef":  define("CodeListOID", "", ""),
	"CodeList": own(define("OID Name DataType", "SASFormatName",
		"Description? CodeListItem ExternalCodeList? EnumeratedItem Alias")),
	"CodeListItem":     own(define("CodedValue Rank OrderNumber", "", "Decode? Alias")),
	"EnumeratedItem":   own(define("CodedValue Rank OrderNumber", "", "Alias")),
	"ExternalCodeList": define("Dictionary Version ref href", "", ""),
	"Decode":           texts,
	"ConditionDef":     own(define("OID Name", "", "Description? FormalExpression Alias")),
	"MethodDef":        own(define("OID Name Type", "", "Description? FormalExpression Alias")),
	"FormalExpression": define("Context", "", ""),
	"Description":      texts,
	"TranslatedText":   leaf,
	"Alias":            define("Context Name", "", ""),
}
