package xlsform

import (
	"strings"

	"casebook/odm"
)

// kind is what a type of question becomes.
type kind struct {
	data    odm.DataType
	control string
	note    bool
	hidden  bool   // nobody answers it
	why     string // why it is only kept, where it is
}

const attachment = "loss.attachment"

// kinds are the types of question without a list (xlsform.org, Question types).
var kinds = map[string]kind{
	"text": {data: "text"}, "string": {data: "text"}, "integer": {data: "integer"}, "int": {data: "integer"},
	"decimal": {data: "float"}, "date": {data: "date"}, "time": {data: "time"}, "datetime": {data: "datetime"},
	"note": {data: "text", note: true}, "barcode": {data: "text", control: "barcode"},
	"geopoint": {data: "text", control: "location"}, "geotrace": {data: "text", control: "location"},
	"geoshape": {data: "text", control: "location"},
	"image":    {data: "text", control: "image", why: attachment}, "photo": {data: "text", control: "image", why: attachment},
	"audio": {data: "text", control: "audio", why: attachment}, "video": {data: "text", control: "video", why: attachment},
	"file":        {data: "text", control: "file", why: attachment},
	"acknowledge": {data: "text", control: "checkbox"}, "trigger": {data: "text", control: "checkbox"},
	"range": {data: "integer", control: "slider"}, "calculate": {data: "text", hidden: true}, "hidden": {data: "text", hidden: true},
	"start": device("datetime"), "end": device("datetime"), "today": device("date"),
	"deviceid": device("text"), "device_id": device("text"), "phonenumber": device("text"), "username": device("text"),
	"email": device("text"), "simserial": device("text"), "subscriberid": device("text"), "audit": device("text"),
	"start-geopoint": device("text"), "background-audio": device("text"), "uri:deviceid": device("text"),
	"uri:phonenumber": device("text"), "uri:username": device("text"), "uri:email": device("text"),
	"uri:simserial": device("text"), "uri:subscriberid": device("text"),
}

// device is what the device says of itself and of the visit. Nothing fills it in here.
func device(t odm.DataType) kind {
	return kind{data: t, hidden: true, why: "loss.device"}
}

// choiceTypes are the types of question with a list, and what becomes of the answers.
var choiceTypes = []struct {
	words    string // before the list's name
	multiple bool
	file     bool // the list stands in a file of its own
}{
	{"select_one_from_file", false, true}, {"select_multiple_from_file", true, true}, {"select_one_external", false, true},
	{"select_one_from_map", false, false}, {"select_one", false, false}, {"select_multiple", true, false}, {"rank", true, false},
	{"select_one_from", false, false}, {"select1", false, false}, {"select_all_that_apply_from", true, false},
	{"select_all_that_apply", true, false},
}

// typeOf is the type of question as we write it.
func typeOf(it *odm.Item, lists map[string]string) string {
	switch {
	case it.Extra != nil && it.Extra.Kept[kept+"type"] != "":
		return it.Extra.Kept[kept+"type"]
	case it.Note:
		return "note"
	case it.CodeList != "":
		words := "select_one "
		if it.Multiple {
			words = "select_multiple "
		}
		if it.Open {
			return words + lists[it.CodeList] + " or_other"
		}
		return words + lists[it.CodeList]
	case it.Layout != nil && controlTypes[it.Layout.Control] != "":
		return controlTypes[it.Layout.Control]
	case it.Layout != nil && it.Layout.Hidden:
		return "calculate"
	}
	switch it.DataType {
	case "integer":
		return "integer"
	case "float", "double":
		return "decimal"
	case "date", "time", "datetime":
		return string(it.DataType)
	}
	return "text"
}

var controlTypes = map[string]string{"barcode": "barcode", "location": "geopoint", "image": "image", "audio": "audio",
	"video": "video", "file": "file", "signature": "image"}

// spelled brings the spellings of a type to one: "begin group" is "begin_group", "dateTime" is "datetime".
func spelled(t string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(t)), " ", "_")
}

// control is the widget that an appearance asks for, "" if it asks for none that is known.
func control(appearance string) string {
	for _, word := range strings.Fields(appearance) {
		switch word {
		case "minimal":
			return "dropdown"
		case "autocomplete", "search":
			return "autocomplete"
		case "multiline":
			return "textarea"
		case "signature":
			return "signature"
		case "no-calendar", "month-year", "year":
			return "calendar"
		}
	}
	return ""
}
