# One command each. `make up` needs Python 3.11 or newer and nothing else.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := VIRTUAL_ENV=$(VENV) UV_LINK_MODE=copy $(UV) pip
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11
WORKERS ?= 2
.DEFAULT_GOAL := help
.PHONY: help up install install-test test faults check bench lock lock-uv format clean

help:
	@echo "make up      start everything on this machine (installs what it needs first)"
	@echo "make test    run every test"
	@echo "make faults  kill, cut and fill what runs; ROUNDS=200 for the long form"
	@echo "make check   linter, formatter, types, layers, migrations, lock"
	@echo "make bench   measure this machine against the figures to reach"
	@echo "make lock    compile requirements.lock and requirements-test.lock anew"
	@echo "make clean   remove what make made (the state in var/ stays)"

up: install
	@exec $(BIN)/backline up

# --- What is installed -------------------------------------------------------------------------------------------
# Two locks: what the product runs on, and the same with the test tools. An environment that was made for tests stays
# one, so that `make up` and `make test` do not undo each other. The stamps make it quick when nothing changed.

install: $(VENV)/installed
install-test: $(VENV)/installed-test

$(UV): requirements.bootstrap.lock
	@test -n "$(PYTHON)" || { echo "Backline needs Python 3.11 or newer; none was found. Name yours with: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (on Debian and Ubuntu: apt-get install python3-venv)."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.bootstrap.lock
	@touch $(UV)

$(VENV)/installed: $(UV) requirements.lock requirements-test.lock pyproject.toml
	@echo "Installing what the product runs on ..."
	@$(INSTALL) sync --quiet --require-hashes $(if $(wildcard $(VENV)/installed-test),requirements-test.lock,requirements.lock)
	@$(INSTALL) install --quiet --no-deps --offline --editable .
	@touch $@

$(VENV)/installed-test: $(UV) requirements-test.lock pyproject.toml
	@echo "Installing the product and its test tools ..."
	@$(INSTALL) sync --quiet --require-hashes requirements-test.lock
	@$(INSTALL) install --quiet --no-deps --offline --editable .
	@touch $(VENV)/installed $@

lock: $(UV)
	$(COMPILE) --custom-compile-command "make lock" pyproject.toml --output-file requirements.lock
	$(COMPILE) --custom-compile-command "make lock" --extra test --constraints requirements.lock pyproject.toml --output-file requirements-test.lock

lock-uv: $(UV)
	@test -n "$(UV_VERSION)" || { echo "Say which: make lock-uv UV_VERSION=0.13.9"; exit 1; }
	@echo "uv==$(UV_VERSION)" | $(COMPILE) --custom-compile-command "make lock-uv" - --output-file requirements.bootstrap.lock

# --- What is checked ---------------------------------------------------------------------------------------------

test: install-test
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup

faults: install-test
	@BACKLINE_FAULT_ROUNDS=$(ROUNDS) $(BIN)/pytest tests/faults/test_faults.py -v --capture=no

check: install-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -W ignore -m django makemigrations --check --dry-run --settings backline.settings.django
	$(BIN)/pytest -q tests/architecture/test_locks.py

format: install-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install
	@$(BIN)/backline bench

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
