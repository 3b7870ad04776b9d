# Everything a person does with this repository. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
GO ?= go
BIN := bin/casebook
UI := $(shell find ui -path ui/node_modules -prune -o -path ui/dist -prune -o -type f -print 2>/dev/null)

help: ## Show this help
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | column -t -s $$'\t'

need-%:
	@scripts/need $*

ui/dist/index.html: $(UI) | need-build
	cd ui && npm ci --no-audit --no-fund --silent && npm run --silent build

pages: ui/dist/index.html

build: pages ## Build bin/casebook with its pages, and bin/casebook-verify
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -o $(BIN) ./cmd/casebook
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -o bin/casebook-verify ./cmd/casebook-verify

release: pages ## Build bin/release/casebook for an installation: without load and chaos, and bin/release/casebook-verify
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -tags production -o bin/release/ ./cmd/casebook ./cmd/casebook-verify

run: build ## Build, and start the demo study on SQLite; prints addresses and logins
	$(BIN) demo

test: pages need-test ## All tests: Go with -race on SQLite and PostgreSQL, TypeScript, real Chromium
	scripts/test

bench: build need-test ## Measure, and print a table of ratios
	$(GO) run ./bench

verify: build ## Verify the demo's ledger and tables
	$(BIN) verify casebook-demo

evidence: need-test ## Run the tests that the requirements name, and keep their results in bin/evidence.json
	@mkdir -p bin
	$(GO) run ./bench/evidence >bin/evidence.json

validate: build ## Examine the demo's installation, and write the validation package into bin/validation
	$(BIN) validate --db casebook-demo --out bin/validation $(if $(wildcard bin/evidence.json),--evidence bin/evidence.json) $(if $(wildcard bin/runs.jsonl),--runs bin/runs.jsonl)

sbom: build ## List what is in the program, with hashes and licences, in bin/sbom.cdx.json
	$(GO) run ./bench/sbom $(BIN) >bin/sbom.cdx.json

reproducible: pages ## Build the last commit twice, in two places, and compare the bytes
	scripts/reproducible

chaos: build need-test ## The fault programme, each fault beside the control that must fail; its lines in bin/runs.jsonl
	scripts/chaos

.PHONY: help pages build release run test bench verify evidence validate sbom reproducible chaos
