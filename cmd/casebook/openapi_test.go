package main

import (
	"encoding/json"
	"os"
	"sync"
	"testing"

	"casebook/openapi"
	"casebook/openapi/openapitest"
)

const documentFile = "../../openapi/openapi.json"

// TestTheTableOfAddressesIsDescribed: the document is what the router and the sources say now. Every address of the
// router is in it because it is made of them; run with -update after an address, a body or an answer has changed.
func TestTheTableOfAddressesIsDescribed(t *testing.T) {
	t.Parallel()
	w := emptyWard(t)
	var said openapitest.Said
	if err := json.Unmarshal(openapi.Said, &said); err != nil {
		t.Fatal(err)
	}
	sources, err := openapitest.Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := openapitest.Document(sources, w.door(t, w.routes()).Routes(), said)
	if err != nil {
		t.Fatal(err)
	}
	for file, write := range map[string]func([]byte) ([]byte, error){"../../openapi/client/generated.go": openapitest.GoClient, "../../openapi/client/casebook.ts": openapitest.TypeScriptClient} {
		made, err := write(text)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, made, 0o644); err != nil {
				t.Fatal(err)
			}
		} else if is, err := os.ReadFile(file); err != nil || string(is) != string(made) {
			t.Errorf("%s is not what the document says: run with -update", file)
		}
	}
	if *update {
		if err := os.WriteFile(documentFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != string(openapi.Document) {
		t.Error("openapi/openapi.json does not say what the router and the sources say: run go test ./cmd/casebook -run TestTheTableOf -update, and read what has changed")
	}
}

// contract is the document, as real answers are held against it.
var contract = sync.OnceValue(func() *openapitest.Contract {
	c, err := openapitest.NewContract(openapi.Document)
	if err != nil {
		panic(err)
	}
	return c
})
