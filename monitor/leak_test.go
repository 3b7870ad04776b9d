package monitor

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// What a test began has ended when the package's tests end. A process that is to be killed does nothing else.
func TestMain(m *testing.M) {
	if dsn := os.Getenv(killed); dsn != "" {
		fmt.Fprintln(os.Stderr, followUntilKilled(dsn))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}
