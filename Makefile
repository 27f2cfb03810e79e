# Everything a person does with this checkout. Each target sets up what it needs;
# `make setup` does nothing when it is up to date.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
VENDOR := src/steelyard/entrypoints/console/static/vendor

# A linked .venv belongs to another checkout: it is used as it is and never installed into.
ifneq ($(shell test -L $(VENV) && echo linked),)
PYTHON_READY := $(PY)
else
PYTHON_READY := $(VENV)/.installed
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup lock demo test simulate chromium faults bench golden mutants check fix clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(PYTHON_READY) $(VENDOR)/.installed ## Make .venv and the console's JavaScript; nothing when up to date.

# Versions and hashes come from constraints.txt. uv, locked there too, installs in seconds;
# where it cannot reach an index that pip is configured for, pip does the same work.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Steelyard needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up $(VENV): every package by version and hash."
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
	@awk '/^[^ #]/ { keep = /^uv==/ } keep' constraints.txt > $(VENV)/uv.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt
	@UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(PY) \
	    --require-hashes --no-deps -r constraints.txt || \
	  { echo "uv could not; pip takes over."; \
	    $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r constraints.txt; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e .
	@touch $@

$(VENDOR)/.installed: package.json package-lock.json .npmrc | $(PYTHON_READY)
	@echo "Fetching the console's JavaScript, by version and hash."
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent
	@mkdir -p $(VENDOR)
	@cp node_modules/htmx.org/dist/htmx.min.js $(VENDOR)/htmx.min.js
	@cp node_modules/htmx.org/LICENSE $(VENDOR)/htmx.LICENSE.txt
	@cp node_modules/echarts/dist/echarts.min.js $(VENDOR)/echarts.min.js
	@cp node_modules/echarts/LICENSE $(VENDOR)/echarts.LICENSE.txt
	@cp node_modules/echarts/NOTICE $(VENDOR)/echarts.NOTICE.txt
	@touch $@

lock: $(PYTHON_READY) ## Write constraints.txt and package-lock.json anew from the newest allowed versions.
	@UV_SYSTEM_CERTS=1 $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --fork-strategy fewest \
	    --generate-hashes --no-emit-index-url --no-header --no-annotate -o constraints.txt pyproject.toml
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm install --silent --package-lock-only

demo: setup ## A month of AI usage, metered, priced, invoiced and proven; then the console.
	@$(BIN)/steelyard demo $(ARGS)

test: setup chromium faults ## All tests, one process a core.
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

SEEDS ?= 1000
simulate: setup ## Whole small worlds with crashes, one a seed: make simulate SEEDS=1000 (ARGS="--from N").
	@PYTHONPATH=src $(PY) -m tests.simulation.world --seeds $(SEEDS) $(ARGS)

# The console tests drive a real Chromium. Without one they say so, and the rest runs.
chromium:
	@if ! command -v chromium >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "Installing Chromium from Debian's packages for the console tests."; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation; } \
	      >/dev/null </dev/null || true; \
	  fi; \
	  command -v chromium >/dev/null 2>&1 || \
	    echo "No Chromium here: the console tests will say so, all others run. (apt-get install chromium, as root)"; \
	fi

# Tests of a full disk let system calls fail with libfiu. Without it they say so, and the rest runs.
faults:
	@if ! test -e /usr/lib/fiu/fiu_posix_preload.so; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	    echo "Installing fiu-utils from Debian's packages for the tests of a full disk."; \
	    export DEBIAN_FRONTEND=noninteractive; \
	    { apt-get update -qq && apt-get install -y -qq --no-install-recommends fiu-utils; } \
	      >/dev/null </dev/null || true; \
	  fi; \
	  test -e /usr/lib/fiu/fiu_posix_preload.so || \
	    echo "No libfiu here: the tests of a full disk will say so. (apt-get install fiu-utils, as root)"; \
	fi

bench: setup ## Measure the speeds that docs promise, each beside a baseline of the same run.
	@$(PY) -m bench $(ARGS)

golden: setup ## Golden cases of a folder: make golden GOLDEN=folder (without it: the project's own).
	@$(if $(GOLDEN),STEELYARD_GOLDEN="$(abspath $(GOLDEN))") $(PY) -m pytest \
	    $(if $(GOLDEN),tests/golden/test_pricing.py tests/golden/test_tlog.py,tests/golden) $(ARGS)

# In a copy, because the tool leaves changed sources behind; `nice`, because it takes minutes of every core.
# What was found is kept: a second run tries what changed since, and again what the tests did not notice.
MUTANTS := build/mutants
MUTMUT   = nice -n 19 $(abspath $(PY)) -m mutmut
CORES   ?= $$(nproc)
mutants: setup ## Change the rating code in thousands of ways; the tests must notice nine in ten (FRESH=1: all anew).
	@$(if $(FRESH),rm -rf $(MUTANTS) &&) mkdir -p $(MUTANTS)
	@cd $(MUTANTS) && rm -rf src tests bench docs
	@cp -r src tests bench docs pyproject.toml README.md $(MUTANTS)/
	@cd $(MUTANTS) && $(MUTMUT) run --max-children $(CORES) $(ARGS) | tail -n 1
	@cd $(MUTANTS) && left="$$($(MUTMUT) results | sed -n 's/^ *\([^ ]*\): .*/\1/p')" && \
	  { test -z "$$left" || $(MUTMUT) run --max-children $(CORES) $$left | tail -n 1; }
	@cd $(MUTANTS) && $(abspath $(PY)) -m mutmut export-cicd-stats >/dev/null && \
	  $(abspath $(PY)) -m bench.mutants mutants/mutmut-cicd-stats.json

check: setup ## Style, types, imports and source rules: what every change must pass.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pyright
	@$(PY) -m pytest -q tests/tidy --ignore=tests/tidy/test_static_checks.py

fix: setup ## Format the code and repair what can be repaired by itself.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## Remove what the other targets made here; workspaces of data stay.
	@rm -rf $(VENDOR) node_modules build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@if [ -L $(VENV) ]; then rm -f $(VENV); else rm -rf $(VENV); fi
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
