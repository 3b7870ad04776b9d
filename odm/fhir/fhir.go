// Package fhir reads and writes the definition of a form as a FHIR R4 Questionnaire, with the extensions of Structured
// Data Capture, and its answers as a QuestionnaireResponse. It refuses what could be read in two ways, items that wait
// for one another to be shown, and extensions that change a meaning which it does not know.
//
// docs/format/fhir.md says what becomes of what.
package fhir

import "strings"

// Format is the name of this format in reports.
const Format = "fhir-r4-questionnaire"

// Rule is the language of an Expression that is a rule of package check.
const Rule = "text/x-casebook"

const (
	core = "http://hl7.org/fhir/StructureDefinition/"
	sdc  = "http://hl7.org/fhir/uv/sdc/StructureDefinition/"
)

// The extensions that the model has a word for. Those in sdc are written with the name that SDC gives them; older files
// say the same under core.
const (
	extTranslation = core + "translation"
	extHidden      = core + "questionnaire-hidden"
	extUnit        = core + "questionnaire-unit"
	extUnitOption  = core + "questionnaire-unitOption"
	extControl     = core + "questionnaire-itemControl"
	extMinOccurs   = core + "questionnaire-minOccurs"
	extMaxOccurs   = core + "questionnaire-maxOccurs"
	extPrefix      = core + "questionnaire-optionPrefix"
	extExclusive   = core + "questionnaire-optionExclusive"
	extConstraint  = core + "questionnaire-constraint"
	extTarget      = core + "targetConstraint"
	extVariable    = core + "variable"
	extOrdinal     = core + "ordinalValue"
	extWeight      = core + "itemWeight"
	extMinValue    = core + "minValue"
	extMaxValue    = core + "maxValue"
	extMinLength   = core + "minLength"
	extDecimals    = core + "maxDecimalPlaces"
	extRegex       = core + "regex"
	extEntry       = core + "entryFormat"
	extAbsent      = core + "data-absent-reason"
	extShort       = sdc + "sdc-questionnaire-shortText"
	extCalculated  = sdc + "sdc-questionnaire-calculatedExpression"
	extInitial     = sdc + "sdc-questionnaire-initialExpression"
	extEnableWhen  = sdc + "sdc-questionnaire-enableWhenExpression"
	extLicence     = "urn:casebook:licence"
	extDataType    = "urn:casebook:data-type" // where FHIR's item type does not tell it
	extCondition   = "urn:casebook:condition" // hides while it is true, in a language that is not translated
)

// older are the names under which files before SDC 2.7 say the same.
var older = map[string]string{
	core + "questionnaire-initialExpression":    extInitial,
	core + "questionnaire-calculatedExpression": extCalculated,
	core + "questionnaire-enableWhenExpression": extEnableWhen,
	core + "questionnaire-ordinalValue":         extOrdinal,
}

// controls are FHIR's codes of item controls and the model's. What is not here is kept.
var controls = [...][2]string{{"drop-down", "dropdown"}, {"autocomplete", "autocomplete"}, {"check-box", "checkbox"},
	{"radio-button", "radio"}, {"slider", "slider"}, {"text-box", "textarea"}, {"table", "table"}, {"page", "page"}}

// absent are the reasons of package check for a blank, as FHIR calls them (value set data-absent-reason).
var absent = [...][2]string{{"not_done", "not-performed"}, {"unknown", "unknown"}, {"refused", "asked-declined"},
	{"not_applicable", "not-applicable"}}

// other finds what stands beside s in a table, in the direction from one column to the other.
func other(table [][2]string, from int, s string) (string, bool) {
	for _, row := range table {
		if row[from] == s {
			return row[1-from], true
		}
	}
	return "", false
}

// Sniff reports whether a file is JSON that speaks of a Questionnaire.
func Sniff(_ string, head []byte) bool {
	s := strings.TrimLeft(strings.TrimPrefix(string(head), "\xEF\xBB\xBF"), " \t\r\n")
	return strings.HasPrefix(s, "{") && strings.Contains(s, "Questionnaire")
}
