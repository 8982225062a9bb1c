# `make` lists the targets. Each sets up what it needs; only `make setup` on a new machine may ask for root.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

BIN := .venv/bin
# A tool that is not on PATH is taken from the engines, the oldest first: what it accepts, the later ones accept.
PATH := $(PATH):$(CURDIR)/.engines/bookworm/root/usr/bin
export PATH
export PYTHONDONTWRITEBYTECODE := 1

SHELL_SCRIPTS := .ci/run $(wildcard scripts/*) action/ask.sh

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.ready engines ## install the project into .venv, and fetch the engines into .engines
	@scripts/install-missing jq curl shellcheck busybox

.venv/.ready: pyproject.toml
	@scripts/install-missing python3 venv
	python3 -c 'import sys; sys.version_info >= (3, 11) or sys.exit("promgate needs Python 3.11 or later")'
	python3 -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

# ENGINES=path goes on with the tools that are on PATH; tests that need more skip, and say so.
.PHONY: engines
engines:
ifneq ($(ENGINES),path)
	@scripts/fetch-engines
endif

.PHONY: generate
generate: setup ## compile specs/ into generated/
	$(BIN)/promgate generate

.PHONY: docs
docs: setup ## write docs/checks, a page for each thing that promgate finds, and the JSON Schemas
	$(BIN)/promgate explain --pages docs/checks
	$(BIN)/promgate schema >docs/gate.schema.json
	$(BIN)/promgate schema --overrides >docs/overrides.schema.json

.PHONY: test
test: setup ## run the tests, but for the slow ones
	$(BIN)/pytest -n auto -m 'not slow' $(ARGS)

.PHONY: test-slow
test-slow: setup ## run the slow tests
	@scripts/install-missing npm
	$(BIN)/pytest -n auto -m slow $(ARGS)

.PHONY: faults
faults: setup ## break exporters, rules and servers on purpose; write docs/faults.md (BREAK=all breaks the compiler)
	@PYTHONPATH=tests $(BIN)/python -m faults.run $(if $(BREAK),--break $(BREAK)) $(ARGS)

.PHONY: faults-quick
faults-quick: setup ## the most telling of the faults, in under two minutes (a part of `make test`)
	$(BIN)/pytest tests/faults/test_faults_quick.py $(ARGS)

.PHONY: soak
soak: setup ## an hour of evaluations of healthy data on every engine, compressed in time: no false fail
	@PYTHONPATH=tests $(BIN)/python -m soak.run $(ARGS)

.PHONY: fuzz
fuzz: setup ## 100,000 damaged specs through the front end: no traceback, no problem without a place
	@PYTHONPATH=tests $(BIN)/python -m fuzz $(ARGS)

.PHONY: differential
differential: setup ## compare compiled rules with a reference evaluator on N random cases (SEED=1 ENGINE=prometheus)
	@PYTHONPATH=tests $(BIN)/python -m reference.run --count $(or $(N),400) --seed $(or $(SEED),1) \
		--engine $(or $(ENGINE),prometheus)

.PHONY: mutants
mutants: setup ## change rules, alerts and the script in thousands of ways, and show what no test notices (GATE=one of specs/)
	@PYTHONPATH=tests $(BIN)/python -m mutants.run $(if $(GATE),--gate $(GATE)) $(ARGS)

.PHONY: bench
bench: setup ## measure what a gate costs; write docs/benchmarks.md (ARGS='--only samples' measures one part again)
	@PYTHONPATH=tests $(BIN)/python -m bench.run $(ARGS)

.PHONY: snapshots
snapshots: setup ## accept what the snapshot tests see now, and show what changed
	$(BIN)/pytest -n auto -q -m 'not slow' --snapshot-update $(ARGS)
	@git --no-pager diff --stat -- tests

.PHONY: fmt
fmt: setup ## format the code
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: lint
lint: setup ## check format, style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	shellcheck $(SHELL_SCRIPTS)

.PHONY: drift
drift: setup ## fail if generated/ is not what specs/ compile to
	$(BIN)/promgate generate --check

.PHONY: wheel-check
wheel-check: setup ## build sdist and wheel, and use the wheel outside of the checkout
	PYTHON=$(CURDIR)/$(BIN)/python scripts/wheel-check

.PHONY: schema-check
schema-check: setup ## check the dashboards against Grafana's types (needs npm)
	@scripts/install-missing npm
	cd tests/dashboard_schema && npm install --silent --no-audit --no-fund --no-package-lock
	cd tests/dashboard_schema && node check.mjs $(CURDIR)/generated/*/dashboard.json

.PHONY: check
check: lint drift wheel-check test-slow test ## all that CI does

.PHONY: demo
demo: setup ## watch a gate close and open on a simulated platform (KEEP=1 leaves it running)
	@PYTHONPATH=tests $(BIN)/python -m demo.run $(if $(KEEP),--keep) $(if $(INCIDENT),--incident $(INCIDENT))

.PHONY: clean
clean: ## remove what was built, but not .venv and .engines
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/dashboard_schema/node_modules
	find compiler demo tests -name __pycache__ -prune -exec rm -rf {} +
