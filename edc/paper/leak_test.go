package paper

import (
	"testing"

	"go.uber.org/goleak"
)

// What a test began has ended when the package's tests end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
