package main

import (
	"casebook"
	"casebook/allocation"
)

// newAllocation opens what is sealed with the key that stands beside the others.
func (a *app) newAllocation(dir string, world casebook.World) (*allocation.Service, error) {
	key, err := sealingKey(dir, treatmentKey, world)
	if err != nil {
		return nil, err
	}
	return allocation.New(a.ledger, a.forms, key, a.people.Reauthenticate)
}
