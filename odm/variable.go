package odm

import (
	"slices"
	"strings"
)

// Means reports whether an item is a variable of CDASH or SDTM: by an alias in the context SDTM (AESER, AE.AESER), or by its name.
func (it *Item) Means(domain, variable string) bool {
	return strings.EqualFold(it.Name, variable) || strings.EqualFold(it.SASName, variable) || slices.ContainsFunc(it.Aliases, func(a Alias) bool {
		return strings.EqualFold(a.Context, "SDTM") && (strings.EqualFold(a.Name, variable) || strings.EqualFold(a.Name, domain+"."+variable))
	})
}
