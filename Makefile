# Everything a person does with a checkout. GNU make 3.81 or newer and a POSIX sh; `make` alone explains itself.
#
#   ARGS=...     passed on:  make run ARGS='--config my.yaml'   make test ARGS='tests/unit -k cadence'
#   PYTHON=...   which Python makes .venv (3.11 to 3.14); an existing .venv is kept, `make clean` removes it
#   WORKERS=...  how many processes `make test` and `make test-slow` use

VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
WORKERS = 2

# Coverage in percent that `make test` demands: of everything, then of single packages.
FLOOR = 90
FLOORS = domain=95 matching=95 scheduler=95 alerts=95

# Stamps: installed once, and again only when a lock or pyproject.toml changed, or when .venv no longer runs.
RUNTIME = $(VENV)/.installed-runtime
DEV = $(VENV)/.installed-dev
PROBE = $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
BROKEN := $(shell $(PROBE) || echo broken)

BENCHMARKS = $(patsubst benchmarks/%.py,%,$(shell grep -l __main__ benchmarks/*.py))

.PHONY: help install run demo test test-slow check check-format check-lint check-types check-layers check-docs \
	bench docs lock clean broken

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: $(RUNTIME) ## make .venv from requirements.lock; .venv/bin/claimwatch is the program

run: $(RUNTIME) ## run the daemon (ARGS='--config FILE'); Ctrl-C stops it
	@$(BIN)/claimwatch run $(ARGS)

demo: $(RUNTIME) ## show it at work without a network, in under a minute (ARGS=--stay keeps it up)
	@$(BIN)/claimwatch demo $(ARGS)

ifdef ARGS
test: $(DEV)
	@$(BIN)/python -m pytest $(ARGS)
else
test: $(DEV) ## run the tests with their coverage floors (ARGS='tests/unit/domain -k net' runs some, without)
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest -m 'not slow' -n $(WORKERS) --dist loadfile --cov --cov-report=term --cov-fail-under=$(FLOOR)
	@rm -f .coverage.*  # left by processes that tests killed while they wrote
	@scripts/coverage-floors $(BIN)/coverage $(FLOORS)
endif

test-slow: $(DEV) ## run the slow tests: kill loops, soaks, the packaged program
	@$(BIN)/python -m pytest -m slow -n $(WORKERS) --maxschedchunk 1 $(ARGS) || { code=$$?; \
		[ $$code -eq 5 ] && echo 'no slow test was selected' || exit $$code; }

check: check-format check-lint check-types check-layers check-docs ## format, lint, types, layers, docs (make -k check goes on after a failure)

check-format: $(DEV)
	@$(BIN)/ruff format --check .

check-lint: $(DEV)
	@$(BIN)/ruff check .

check-types: $(DEV)
	@$(BIN)/mypy

check-layers: $(DEV)
	@$(BIN)/lint-imports

check-docs: $(DEV)
	@$(BIN)/python -m pytest -q -m 'not slow' tests/docs

bench: $(DEV) ## print the figures, one table a benchmark (ARGS='polling storage' runs these)
	@for name in $(or $(ARGS),$(BENCHMARKS)); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

docs: $(DEV) ## write the generated parts of docs/ and README.md again
	@$(BIN)/python -m docs.generate $(ARGS)

lock: ## resolve pyproject.toml into the two lock files again (ARGS=--upgrade takes newer versions)
	@scripts/lock $(ARGS)

clean: ## remove .venv, caches and builds; never your data in var/
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.lock pyproject.toml $(BROKEN)
	@$(PROBE) || { python=$$(scripts/find-python) && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV); }
	@$(BIN)/python -c 'import pip, sys; sys.exit(int(pip.__version__.split(".")[0]) < 22)' || { \
		echo 'make: the pip in $(VENV) is older than 22: run `$(BIN)/python -m pip install --upgrade pip`.' >&2; exit 1; }
	@echo 'Installing claimwatch and what it needs from requirements.lock into $(VENV): once, about a minute'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUNTIME) requirements-dev.lock
	@echo 'Installing the tools for developers from requirements-dev.lock into $(VENV), once'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
