# Two commands to know: `make run` and `make ui`. Everything lives in .venv (programs) and .movies (data, run history).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install run ui aws-local test quick bench lock clean reset

PYTHON ?= python3
PIP := .venv/bin/python -m pip --disable-pip-version-check
UV_LOCK = .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
DAYS ?= 2024-03-24..2024-03-26

help:  ## this list
	@awk -F ':.*##' '/^[a-z-]+:.*##/ {printf "  make %-10s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed  ## .venv with the locked versions, `movies` and `dqdl` in .venv/bin

run: install  ## three sample days from the CSV to the table; or your own file: make run CSV=path DAY=2024-03-24
ifdef CSV
	@test -n "$(DAY)" || { echo "make run CSV=... needs the day of the file: DAY=2024-03-24"; exit 2; }
	@.venv/bin/movies land "$(CSV)" --day "$(DAY)"
	@.venv/bin/movies run --day "$(DAY)"
else
	@.venv/bin/movies sample --days "$(DAYS)"
	@.venv/bin/movies run --days "$(DAYS)"
endif

ui: install  ## the Dagster UI on the runs made here
	@.venv/bin/movies ui

aws-local: .venv/.installed-test  ## a local AWS to try the pipeline on: S3, Redshift's stand-in, EventBridge, SNS, Athena
	@exec .venv/bin/python -m movie_assets_tests.support.try_aws

# Each process the tests start would compile the package again.
test quick: export PYTHONDONTWRITEBYTECODE :=

test: .venv/.installed-test  ## lint, types, tests; what CI runs
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/python -m pytest -n 2

quick: .venv/.installed-test  ## within a minute: lint, types, the tests that are not slow and need no server
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/python -m pytest -n 2 -m "not servers and not slow and not long"

bench: .venv/.installed-test  ## a day of a million rows, beside the limit of reading and writing the file
	.venv/bin/python -m benchmarks

lock: .venv/.installed  ## write the lock files from pyproject.toml; versions that still fit stay
	@$(PIP) install --quiet uv
	@$(UV_LOCK) --extra aws -o requirements.txt
	@$(UV_LOCK) --extra test -o requirements-test.txt
	@$(UV_LOCK) --extra deploy -o deploy/requirements.txt

clean:  ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info

reset:  ## remove .movies: the lake, the table, the alerts and the run history
	rm -rf .movies

.venv/.python: Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo not there)."; \
	  echo "Install one and name it: make install PYTHON=python3.12"; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv || { \
	  echo "'$(PYTHON) -m venv' does not work here; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

# What the lock names and nothing else; on a terminal with a line that says how far pip is.
define install_locked
@$(PIP) install --require-hashes --no-deps --progress-bar off -r $(1) | awk -v terminal=$$(test -t 2 && echo 1) ' \
  terminal && /^Collecting/ { printf "\r  fetching package %d ...", ++fetched > "/dev/stderr" } \
  terminal && /^Installing/ { printf "\r  unpacking %d packages ...", fetched > "/dev/stderr" } \
  END { if (terminal && fetched) print " done" > "/dev/stderr" }'
endef

.venv/.installed: .venv/.python requirements.txt pyproject.toml setup.py
	@echo "Installing the locked versions into .venv (once; a minute or two) ..."
	$(call install_locked,requirements.txt)
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.installed-test: .venv/.installed requirements-test.txt
	$(call install_locked,requirements-test.txt)
	@touch $@
