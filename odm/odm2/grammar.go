package odm2

import (
	"casebook/odm"
	"casebook/odm/markup"
)

// Namespace is the XML namespace of ODM 2.0.
const Namespace = "http://www.cdisc.org/ns/odm/v2.0"

const reference = " OrderNumber Mandatory CollectionExceptionConditionOID"

var (
	texts = markup.Define("", "", "TranslatedText")
	leaf  = markup.Define("", "", "")
)

// grammar is ODM-study.xsd, ODM-protocol.xsd and ODM-foundation.xsd of ODM 2.0.
var grammar = &markup.Grammar{
	Namespace: Namespace, Format: Format, Version: "2.0", Roots: []string{"ODM", "Study", "MetaDataVersion"}, Elements: elements,
	DataTypes: []odm.DataType{"decimal"},
}

var elements = map[string]*markup.Rule{
	"ODM": markup.Own(markup.Define("FileOID FileType ODMVersion CreationDateTime Granularity Context PriorFileOID AsOfDateTime "+
		"Originator SourceSystem SourceSystemVersion", "",
		"Description? Study AdminData ReferenceData ClinicalData Association")),
	"Study": markup.Own(markup.Define("OID StudyName ProtocolName", "VersionID VersionName Status", "Description? MetaDataVersion")),
	"MetaDataVersion": markup.Own(markup.Define("OID Name", "CommentOID",
		"Description? Include? Standards?! AnnotatedCRF?! SupplementalDoc?! ValueListDef! WhereClauseDef! Protocol? WorkflowDef "+
			"StudyEventGroupDef StudyEventDef ItemGroupDef ItemDef CodeList ConditionDef MethodDef CommentDef! Leaf!")),
	"Include": markup.Define("MetaDataVersionOID StudyOID href", "", ""),
	"Protocol": markup.Define("", "", "Description? StudySummary?! StudyStructure?! TrialPhase?! StudyTimings? StudyIndications?! "+
		"StudyInterventions?! StudyObjectives?! StudyEndPoints?! StudyTargetPopulation?! StudyEstimands?! "+
		"InclusionExclusionCriteria?! StudyEventGroupRef WorkflowRef? Alias"),
	"WorkflowRef":              markup.Define("WorkflowOID", "", ""),
	"StudyTimings":             markup.Define("", "", "StudyTiming"),
	"StudyTiming":              markup.Define("OID Name", "", "AbsoluteTimingConstraint! RelativeTimingConstraint TransitionTimingConstraint DurationTimingConstraint!"),
	"RelativeTimingConstraint": markup.Define("OID Name PredecessorOID SuccessorOID Type TimepointRelativeTarget TimepointPreWindow TimepointPostWindow", "", "Description?"),
	"TransitionTimingConstraint": markup.Define("OID Name TransitionOID Type TimepointTarget TimepointPreWindow TimepointPostWindow", "MethodOID",
		"Description?"),
	"WorkflowDef":        markup.Define("OID Name", "", "Description? WorkflowStart? Transition Branching~! WorkflowEnd"),
	"WorkflowStart":      markup.Define("StartOID", "", ""),
	"WorkflowEnd":        markup.Define("EndOID", "", ""),
	"Transition":         markup.Define("OID Name SourceOID TargetOID StartConditionOID EndConditionOID", "", ""),
	"StudyEventGroupRef": markup.Define("StudyEventGroupOID"+reference, "", "Description?"),
	"StudyEventGroupDef": markup.Define("OID Name", "ArmOID EpochOID CommentOID",
		"Description? StudyEventGroupRef StudyEventRef~ WorkflowRef? Coding!"),
	"StudyEventRef": markup.Own(markup.Define("StudyEventOID"+reference, "", "")),
	"StudyEventDef": markup.Own(markup.Define("OID Name Repeating Type Category", "CommentOID",
		"Description? ItemGroupRef WorkflowRef?! Coding Alias")),
	"ItemGroupRef": markup.Own(markup.Define("ItemGroupOID"+reference, "MethodOID", "")),
	"ItemGroupDef": markup.Own(markup.Define("OID Name Repeating RepeatingLimit Type Domain",
		"IsReferenceData Structure ArchiveLocationID DatasetName Purpose StandardOID IsNonStandard HasNoData CommentOID",
		"Description? Class?! ItemGroupRef ItemRef~ Coding WorkflowRef?! Origin! Alias Leaf?!")),
	"ItemRef": markup.Own(markup.Define("ItemOID"+reference+" KeySequence MethodOID Role UnitsItemOID PreSpecifiedValue",
		"IsNonStandard HasNoData Repeat Other RoleCodeListOID Core", "Origin! WhereClauseRef!")),
	"ItemDef": markup.Own(markup.Define("OID Name DataType Length DisplayFormat", "VariableSet CommentOID",
		"Description? Definition?! Question? Prompt? CRFCompletionInstructions? ImplementationNotes?! CDISCNotes?! RangeCheck "+
			"CodeListRef? ValueListRef?! Coding Alias")),
	"Question":                  texts,
	"Prompt":                    texts,
	"CRFCompletionInstructions": texts,
	"RangeCheck": markup.Own(markup.Define("Comparator SoftHard", "ItemOID",
		"CheckValue MethodSignature? FormalExpression ErrorMessage?")),
	"CheckValue":   leaf,
	"ErrorMessage": texts,
	"CodeListRef":  markup.Define("CodeListOID", "", ""),
	"CodeList": markup.Own(markup.Define("OID Name DataType", "CommentOID StandardOID IsNonStandard",
		"Description? CodeListItem Coding Alias")),
	"CodeListItem":     markup.Own(markup.Define("CodedValue Rank OrderNumber", "Other ExtendedValue CommentOID", "Description?! Decode? Coding Alias")),
	"Decode":           texts,
	"ConditionDef":     markup.Own(markup.Define("OID Name", "CommentOID", "Description? MethodSignature? FormalExpression Alias")),
	"MethodDef":        markup.Own(markup.Define("OID Name Type", "CommentOID", "Description? MethodSignature? FormalExpression Alias DocumentRef!")),
	"MethodSignature":  markup.Define("", "", "Parameter! ReturnValue!"),
	"FormalExpression": markup.Define("Context", "", "Code? ExternalCodeLib?!"),
	"Code":             leaf,
	"Coding":           markup.Define("Code System SystemName SystemVersion Label href ref", "CommentOID", ""),
	"Description":      texts,
	"TranslatedText":   markup.Define("Type", "", ""),
	"Alias":            markup.Define("Context Name", "", ""),
}
