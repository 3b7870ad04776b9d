package record

import (
	"strings"

	"casebook/check"
	"casebook/odm"
)

// What a rule may ask of the visit at hand, beside the study's items. Designs of other systems do (Viedoc's
// StudyEventDefId, StudyEventRepeatKey, EventDate and CountryCode).
const (
	eventID     = "event.id"     // the event's OID, text
	eventRepeat = "event.repeat" // which repeat of it, text
	eventDate   = "event.date"   // the day of the event, where the study asks it in an item
	siteCountry = "site.country" // the country of the subject's site, text; blank where nobody said which
)

// dateItem is the item in which a study asks for the day of an event; the name is Viedoc's.
const dateItem = "EventDate"

// visitType is the type of a name of the visit; Untyped for another name.
func visitType(x *odm.Index, name string) check.Type {
	switch name {
	case eventID, eventRepeat, siteCountry:
		return check.Text
	case eventDate:
		if it := x.Item(dateItem); it != nil && (it.RuleType() == check.DateTime || it.RuleType() == check.Date) {
			return check.Date
		}
	}
	return check.Untyped
}

// ofTheVisit reports whether a name is one of the visit's.
func ofTheVisit(name string) bool {
	return name == eventID || name == eventRepeat || name == eventDate || name == siteCountry
}

// ofVisit is what another system's name for a part of the visit is called here.
var ofVisit = map[string]string{"StudyEventDefId": eventID, "StudyEventRepeatKey": eventRepeat, dateItem: eventDate, "CountryCode": siteCountry}

// visit looks a name of the visit up.
func (s *sheet) visit(ref check.Ref, group, row int) (check.Value, bool) {
	if ref.Visit != check.Here && ref.Name != eventDate {
		return check.Value{}, false
	}
	text := ""
	switch ref.Name {
	case eventID:
		text = s.in.at.Event
	case eventRepeat:
		text = s.in.at.EventRepeat
	case siteCountry:
		text = s.in.Country
	case eventDate:
		ref.Name = dateItem
		text, _, _ = strings.Cut(s.lookup(ref, group, row).String(), "T")
		v, _ := check.ParseValue(check.Date, text)
		return v, true
	default:
		return check.Value{}, false
	}
	v, _ := check.ParseValue(check.Text, text)
	return v, true
}
