package report

import (
	"testing"

	"casebook/ledger"
	"casebook/record"
)

// What an uploaded file brought is no report, and verification asks for none. The control is what a phone brought.
func TestWhatAFileBroughtIsNoReport(t *testing.T) {
	t.Parallel()
	f, ok := NewFold("S1").(*fold)
	if !ok {
		t.Fatal("another fold")
	}
	f.Entry(&ledger.Entry{What: record.Saved, New: `{"definition":1,"items":[],"source":"upload/019cac10-10e0-7709-9fc2-e393faeb5554"}`})
	if len(f.receipts) != 0 || len(f.findings) != 0 {
		t.Errorf("reports %v, findings %v", f.receipts, f.findings)
	}
	receipt := receiptText("R-1", make([]byte, 32))
	f.Entry(&ledger.Entry{What: record.Saved, New: `{"definition":1,"items":[],"source":"` + receipt + `"}`})
	if f.receipts["R-1"] != receipt {
		t.Errorf("reports %v", f.receipts)
	}
}
