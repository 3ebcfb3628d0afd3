# Every target works in a fresh clone with nothing installed but Python 3.11 or later and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
OURS := core protos plugins/futu plugins/moomoo plugins/finra

# $(call install,NAMES): what requirements/NAME.in lists, at the versions of pins.txt
install = $(BIN)/pip install --quiet --disable-pip-version-check -c requirements/pins.txt $(foreach name,$(1),-r requirements/$(name).in)

SECONDS ?= 60
OPERATIONS ?= 1000000
TIMES ?= 10

.DEFAULT_GOAL := help
.PHONY: help demo plugin-demo test test-all mutants faults hostile soak machine promises sandbox-load peers frozen fuzz check format messages docs docs-tables bench clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/ready  ## ask both brokers all five questions of the embedded sandbox
	@$(BIN)/brokerport demo

plugin-demo: $(VENV)/ready-check  ## write, install, ask, test and check a new plugin, in a temporary folder
	@$(BIN)/python tests/plugin_demo.py

test: $(VENV)/ready-test $(VENV)/ready-javascript  ## run the test suite
	@$(BIN)/python -m pytest $(ARGS)

test-all:  ## run the test suite on every supported interpreter found
	@PYTHON=$(PYTHON) $(PYTHON) tests/every_interpreter.py

mutants: $(VENV)/ready-test  ## break a plugin that keeps the contract in every way of a table, and print which case sees it
	@PYTHONPATH=tests $(BIN)/python -m mutants.report

faults: $(VENV)/ready-test  ## break the wire in every way at every stage, and print the table of outcomes; ARGS=--official for the official SDK
	@PYTHONPATH=tests $(BIN)/python -m faults.report $(ARGS)

hostile: $(VENV)/ready-test  ## fork, interrupt, drip, flood, bomb, leave and damage, TIMES as often as the test suite, and print what became of it
	@PYTHONPATH=tests $(BIN)/python -m hostile.report --times $(TIMES) $(if $(SEED),--seed $(SEED)) $(ARGS)

soak: $(VENV)/ready-test  ## ask for SECONDS through both doors, plain and encrypted, while faults change; SEED=1 to do again what was done
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(ARGS)

machine: $(VENV)/ready-test  ## do OPERATIONS on the wire at random, and look where each reply goes; SEED=1 to do again what was done
	@PYTHONPATH=tests $(BIN)/python -m stateful --operations $(OPERATIONS) $(if $(SEED),--seed $(SEED))

promises: $(VENV)/ready-test  ## measure what docs/reliability.md promises, and print it beside the limits
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.promises $(if $(SEED),--seed $(SEED)) $(ARGS)

sandbox-load: $(VENV)/ready-test  ## put 10,000 connections, slow ones, garbage and a flood on the sandbox, and print what it bears
	@$(BIN)/python -m benchmarks.sandbox $(ARGS)

frozen: $(VENV)/ready-frozen  ## freeze a program by PyInstaller, and let it ask every broker that was installed
	@$(BIN)/python -m pytest tests/frozen $(ARGS)

fuzz: $(VENV)/ready-fuzz  ## fuzz all targets, SECONDS in total, from the golden frames on
	@$(BIN)/python -m fuzz $(SECONDS)

check: $(VENV)/ready-check  ## lint, format, types, layers, generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python protos/generate.py --check

format: $(VENV)/ready-check  ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: $(VENV)/ready-check  ## compile the .proto sources, and write the manifest of the endpoints
	@$(BIN)/python protos/generate.py
	@$(BIN)/python protos/manifest.py

docs: $(VENV)/ready-docs  ## build the documentation, warnings are errors
	@$(BIN)/python -m docs.generate --check
	@$(BIN)/sphinx-build -W --keep-going -q docs docs/_build
	@echo docs/_build/index.html

docs-tables: $(VENV)/ready  ## write into the documentation what follows from the code
	@$(BIN)/python -m docs.generate

peers: $(VENV)/ready-test $(VENV)/ready-javascript  ## ask by every official SDK, and by the drop-in beside them, and print one table
	@PYTHONPATH=tests $(BIN)/python -m peers.report $(ARGS)

bench: $(VENV)/ready-test  ## measure against the official SDK, in one run; AGAINST=REV also against that commit
	@$(BIN)/python -m benchmarks $(if $(AGAINST),--against $(AGAINST)) $(ARGS)

clean:  ## remove the environment and everything built
	rm -rf $(VENV) tests/peers/javascript/node_modules docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready: $(VENV)/bin/pip requirements/pins.txt requirements/build.in requirements/demo.in $(addsuffix /pyproject.toml,$(OURS))
	@echo "installing brokerport into $(VENV) ..."
	@$(call install,build demo)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(OURS))
	@touch $@

$(VENV)/ready-test: $(VENV)/ready requirements/test.in requirements/peers.in
	@echo "installing the test tools and the official SDKs, which the tests use as clients ..."
	@$(call install,test peers)
	@touch $@

# Not a part of ready-test: what needs it is skipped where Node is not.
$(VENV)/ready-javascript: tests/peers/javascript/package.json | $(VENV)/ready
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then \
		echo "node and npm are not installed: the tests of the JavaScript SDK are skipped"; \
	elif echo "installing the official JavaScript SDK, which the tests use as a client ..." && npm install --loglevel=error --prefix $(<D); then \
		touch $@; \
	else \
		echo "npm cannot install the JavaScript SDK: its tests are skipped"; \
	fi

$(VENV)/ready-check: $(VENV)/ready-test requirements/check.in
	@echo "installing the linters ..."
	@$(call install,check)
	@touch $@

$(VENV)/ready-fuzz: $(VENV)/ready-test requirements/fuzz.in
	@echo "installing the fuzzer ..."
	@$(call install,fuzz)
	@touch $@

$(VENV)/ready-frozen: $(VENV)/ready-test requirements/frozen.in
	@echo "installing PyInstaller ..."
	@$(call install,frozen)
	@touch $@

$(VENV)/ready-docs: $(VENV)/ready requirements/docs.in
	@echo "installing the documentation tools ..."
	@$(call install,docs)
	@touch $@
