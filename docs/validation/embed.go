// Package validation is the table of requirements as it ships inside the program. It holds no code: what is asked for, and
// by which tests it is shown, is text that people read.
package validation

import _ "embed"

// Requirements is requirements.json.
//
//go:embed requirements.json
var Requirements []byte
