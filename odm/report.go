package odm

// Report says what a reader found and what it could not carry over. Nothing is dropped without a Loss.
type Report struct {
	Format    string    `json:"format"` // "odm-xml-1.3.2", …
	Inventory Inventory `json:"inventory"`
	Losses    []Loss    `json:"losses"`
}

// Inventory counts the definitions of a file.
type Inventory struct {
	Events          int `json:"events"`
	Forms           int `json:"forms"`
	ItemGroups      int `json:"item_groups"`
	Items           int `json:"items"`
	CodeLists       int `json:"code_lists"`
	Conditions      int `json:"conditions"`
	Methods         int `json:"methods"`
	RangeChecks     int `json:"range_checks"`
	RulesTranslated int `json:"rules_translated"`
	RulesKept       int `json:"rules_kept"`
}

// Loss is one deviation of a file from its standard, or one thing that the model cannot say.
type Loss struct {
	Place string `json:"place"` // the path of elements with OIDs, e.g. "MetaDataVersion[MDV.1]/ItemDef[I.1]"
	Line  int    `json:"line"`
	What  string `json:"what"`
	Kept  bool   `json:"kept"` // true when it is kept verbatim, false when it is dropped
}
