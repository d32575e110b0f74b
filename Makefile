# Gatehouse. `make` alone lists the targets. Longer shell lives in .ci/.
PYTHON ?= python3
# Parallel test processes: a number, or `auto`; 0 runs everything in one process (for a debugger). Three keep two processors busy:
# many tests wait for a mail or a browser.
PYTEST_WORKERS ?= 3
# More for pytest: make test ARGS='tests/oauth -k refresh -x'
ARGS ?=
# How many accounts make seed writes, and into which database (a new SQLite file where none is named).
N ?= 10000
DATABASE ?=
# Newer versions rather than the pinned ones: make lock UPGRADE=1
UPGRADE ?=

# Whatever the shell says: bytecode is kept, or each of hundreds of processes compiles the code anew.
export PYTHON
export PYTHONDONTWRITEBYTECODE =
PYTEST = .venv/bin/python -m pytest -n $(PYTEST_WORKERS)
# For every Python from 3.11.0 and every platform, not only for those at hand (Debian 12 has 3.11.2).
COMPILE = .venv/bin/uv pip compile setup.cfg --quiet --generate-hashes --no-header --universal --python-version 3.11 \
	$(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test slow check format lock fuzz bench seed profile soak

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## make or refresh .venv: locked dependencies and the package itself
	@.ci/setup.sh run

run: setup ## start the provider, a demo relying party and a mail catcher
	@exec .venv/bin/python -m idp.demo

setup-dev:
	@.ci/setup.sh dev

test: setup-dev ## run the checks and every test but the slow suites (ARGS, PYTEST_WORKERS)
	@.ci/system-packages.sh
	@.ci/interop.sh
	@.ci/check.sh
	@$(PYTEST) -m 'not slow' $(ARGS)

# Exit status 5 means that no test was marked slow (yet): no failure here.
slow: setup-dev ## run the slow suites: interop, faults, accessibility, longer journeys, wide suites on PostgreSQL
	@.ci/system-packages.sh
	@.ci/interop.sh
	@$(PYTEST) -m slow $(ARGS) || [ $$? -eq 5 ]

check: setup-dev ## check format, lint, types, import contracts and templates
	@.ci/check.sh

format: setup-dev ## put code and templates into the house format
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .
	@.venv/bin/djlint templates --reformat --quiet ; true

lock: setup-dev ## compile requirements/ anew from setup.cfg (UPGRADE=1 for newer versions)
	@$(COMPILE) --extra build -o requirements/run.txt
	@$(COMPILE) --extra build --extra dev --extra gunicorn -o requirements/dev.txt

fuzz: setup-dev ## feed the provider generated input, each of its trials for FUZZ_SECONDS (120)
	@.venv/bin/python -m pytest tests/fuzz $(ARGS)

bench: setup-dev ## measure the production server beside other providers (ARGS: docs/benchmark.md)
	@.venv/bin/python -m tests.bench $(ARGS)

seed: setup-dev ## fill a database as years of use would (N accounts, DATABASE: docs/benchmark.md)
	@.venv/bin/python -m tests.seed --accounts $(N) --database '$(DATABASE)'

profile: setup-dev ## draw where the server's time goes under one row of the benchmark (ARGS='--row refresh')
	@.venv/bin/python -m tests.bench.profile $(ARGS)

soak: setup-dev ## hold the provider under load and watch for leaks
	@.venv/bin/python -m pytest tests/soak $(ARGS)
