package odm

import "casebook"

// InUse says which published version each site of a study works by, as ODM 1.3.2 does with a Location's
// MetaDataVersionRef, and in which country it is. It is shared and must not be changed.
type InUse struct {
	Newest  int
	Sites   map[casebook.SiteID]int    // a site that is not in it works by the newest
	Country map[casebook.SiteID]string // of the sites that say one
}

// Of is the number of the version that a site works by.
func (u *InUse) Of(site casebook.SiteID) int {
	if n, ok := u.Sites[site]; ok {
		return n
	}
	return u.Newest
}
