package odmtest

import (
	"reflect"
	"testing"
)

// What no format can carry because it says where something stood, or what only XML leaves behind.
var never = map[string]bool{"RangeCheck.Line": true, "Expression.Line": true, "Extra.Attrs": true, "Extra.Elements": true, "Extra.Within": true}

// A field that the model gains must be said by the full study, so that every format is tried with it.
func TestTheFullStudySaysEverythingThatTheModelCan(t *testing.T) {
	t.Parallel()
	said, known := map[string]bool{}, map[string]bool{}
	each(reflect.ValueOf(Full()), func(v reflect.Value) bool {
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				name := v.Type().Name() + "." + v.Type().Field(i).Name
				known[name] = true
				said[name] = said[name] || !v.Field(i).IsZero()
			}
		}
		return true
	})
	if len(known) < 100 {
		t.Errorf("only %d fields are known: the walk does not walk", len(known))
	}
	for name := range known {
		if !said[name] && !never[name] {
			t.Errorf("the full study says nothing of %s", name)
		}
	}
	for _, v := range Full().Versions {
		if lost := v.Dangling(); len(lost) > 0 {
			t.Errorf("the full study refers to nothing: %v", lost)
		}
		for i := range v.Items {
			if !v.Items[i].DataType.Known() {
				t.Errorf("a data type %s", v.Items[i].DataType)
			}
		}
	}
	other := Full()
	other.Versions[1].Items[0].Hint["en"] = "otherwise"
	if _, _, line := Difference(Full(), other); line == 0 {
		t.Error("a difference is not seen")
	}
	Strip(other)
	if other.Extra != nil || other.Versions[1].Items[0].Extra != nil {
		t.Error("an extra is left")
	}
}
