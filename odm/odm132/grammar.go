package odm132

import "casebook/odm/markup"

// Namespace is the XML namespace of ODM 1.3.0, 1.3.1 and 1.3.2.
const Namespace = "http://www.cdisc.org/ns/odm/v1.3"

var (
	reference = " OrderNumber Mandatory CollectionExceptionConditionOID"
	texts     = markup.Define("", "", "TranslatedText FormattedTranslatedText!")
	leaf      = markup.Define("", "", "")
)

// grammar is ODM1-3-2-foundation.xsd.
var grammar = &markup.Grammar{
	Namespace: Namespace, Format: Format, Version: "1.3", Roots: []string{"ODM"}, Elements: elements,
}

var elements = map[string]*markup.Rule{
	"ODM": markup.Own(markup.Define("FileOID FileType ODMVersion CreationDateTime Description Granularity Archival PriorFileOID "+
		"AsOfDateTime Originator SourceSystem SourceSystemVersion ID", "",
		"Study AdminData ReferenceData ClinicalData Association")),
	"Study":            markup.Own(markup.Define("OID", "", "GlobalVariables? BasicDefinitions? MetaDataVersion")),
	"GlobalVariables":  markup.Define("", "", "StudyName? StudyDescription? ProtocolName?"),
	"StudyName":        leaf,
	"StudyDescription": leaf,
	"ProtocolName":     leaf,
	"BasicDefinitions": markup.Define("", "", "MeasurementUnit"),
	"MeasurementUnit":  markup.Own(markup.Define("OID Name", "", "Symbol? Alias")),
	"Symbol":           texts,
	"MetaDataVersion": markup.Own(markup.Define("OID Name Description", "",
		"Include? Protocol? StudyEventDef FormDef ItemGroupDef ItemDef CodeList ImputationMethod! "+
			"Presentation! ConditionDef MethodDef")),
	"Include":       markup.Define("MetaDataVersionOID StudyOID", "", ""),
	"Protocol":      markup.Define("", "", "Description? StudyEventRef Alias"),
	"StudyEventRef": markup.Own(markup.Define("StudyEventOID"+reference, "", "")),
	"StudyEventDef": markup.Own(markup.Define("OID Name Repeating Type Category", "", "Description? FormRef Alias")),
	"FormRef":       markup.Own(markup.Define("FormOID"+reference, "", "")),
	"FormDef": markup.Own(markup.Define("OID Name Repeating", "",
		"Description? ItemGroupRef ArchiveLayout! Alias")),
	"ItemGroupRef": markup.Own(markup.Define("ItemGroupOID"+reference, "", "")),
	"ItemGroupDef": markup.Own(markup.Define("OID Name Repeating Domain", "IsReferenceData SASDatasetName Origin Role Purpose Comment",
		"Description? ItemRef Alias")),
	"ItemRef": markup.Own(markup.Define("ItemOID"+reference+" KeySequence MethodOID Role", "ImputationMethodOID RoleCodeListOID",
		"")),
	"ItemDef": markup.Own(markup.Define("OID Name DataType Length SignificantDigits SASFieldName", "SDSVarName Origin Comment",
		"Description? Question? ExternalQuestion?! MeasurementUnitRef RangeCheck CodeListRef? Role! Alias")),
	"Question":           texts,
	"MeasurementUnitRef": markup.Define("MeasurementUnitOID", "", ""),
	"RangeCheck": markup.Own(markup.Define("Comparator SoftHard", "",
		"CheckValue FormalExpression MeasurementUnitRef? ErrorMessage?")),
	"CheckValue":   leaf,
	"ErrorMessage": texts,
	"CodeListRef":  markup.Define("CodeListOID", "", ""),
	"CodeList": markup.Own(markup.Define("OID Name DataType", "SASFormatName",
		"Description? CodeListItem ExternalCodeList? EnumeratedItem Alias")),
	"CodeListItem":     markup.Own(markup.Define("CodedValue Rank OrderNumber", "", "Decode? Alias")),
	"EnumeratedItem":   markup.Own(markup.Define("CodedValue Rank OrderNumber", "", "Alias")),
	"ExternalCodeList": markup.Define("Dictionary Version ref href", "", ""),
	"Decode":           texts,
	"ConditionDef":     markup.Own(markup.Define("OID Name", "", "Description? FormalExpression Alias")),
	"MethodDef":        markup.Own(markup.Define("OID Name Type", "", "Description? FormalExpression Alias")),
	"FormalExpression": markup.Define("Context", "", ""),
	"Description":      texts,
	"TranslatedText":   leaf,
	"Alias":            markup.Define("Context Name", "", ""),
}
