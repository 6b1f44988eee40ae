# Every target does what it needs first; `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# Files that say what is installed: the same content, the same virtual environment.
ALL_INSTALLED := $(VENV)/.installed-all
DEMO_INSTALLED := $(VENV)/.installed-demo
PYTEST := $(BIN)/python -m pytest
# On every core: nothing in these tests is shared. Tests with servers share those, and time.
PYTEST_FAST := $(PYTEST) --numprocesses=auto --maxprocesses=8 --dist=worksteal \
	-m "not integration and not faults"

# Compiled modules are kept: the tests start hundreds of processes that import the same ones.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

.PHONY: help
help: ## Show this list
	@echo "Usage: make TARGET"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(ALL_INSTALLED) ## Install everything into .venv; then .venv/bin/nextbest works

.PHONY: demo
demo: $(DEMO_INSTALLED) ## Watch shoppers' events become emails: Python only, ends by itself
	$(BIN)/nextbest demo

.PHONY: up
up: $(DEMO_INSTALLED) ## The demo, staying until `make down`
	$(BIN)/nextbest up

.PHONY: down
down: $(DEMO_INSTALLED) ## End what `make up` started
	$(BIN)/nextbest down

.PHONY: test
test: $(ALL_INSTALLED) ## All tests: fast, then on Apache Kafka, Redis and SMTP, then the kill tests
	$(PYTEST_FAST)
	$(PYTEST) -m "integration or faults"

.PHONY: test-fast
test-fast: $(ALL_INSTALLED) ## Only the tests that need no server
	$(PYTEST_FAST)

.PHONY: lint
lint: $(ALL_INSTALLED) ## Style, formatting, import arrows, YAML
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict deploy programme

.PHONY: types
types: $(ALL_INSTALLED) ## mypy --strict
	$(BIN)/mypy

.PHONY: bench
bench: $(ALL_INSTALLED) ## Cost per event on Apache Kafka and Redis, next to stock Faust; per mail, next to aiosmtplib
	$(BIN)/python -m bench

.PHONY: lock
lock: $(ALL_INSTALLED) ## Resolve both requirements files anew (add UPGRADE=--upgrade for newer releases)
	$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) $(UPGRADE) --extra demo \
		--output-file requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet $(LOCK_OPTIONS) $(UPGRADE) --all-extras \
		--constraints requirements.lock --output-file requirements-dev.lock pyproject.toml

# One resolution for every platform and every Python that the project supports.
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

.PHONY: clean
clean: ## Remove what runs left behind; .venv and cached downloads stay
	rm -rf var dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "nextbest needs Python 3.11 or newer, and '$(PYTHON)' is not:" \
			"install one (Debian: apt-get install python3 python3-venv) or name it:" \
			"make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "'$(PYTHON)' can't make virtual environments:" \
			"install its venv package (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(ALL_INSTALLED): requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) install --requirement requirements-dev.lock
	$(PIP) install --no-deps --editable .
	@touch $@ $(DEMO_INSTALLED)

# The demo needs no test tools. What was installed for development serves it as well.
$(DEMO_INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --requirement requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $@
