.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

DATASET ?= world
NOTEBOOK ?= what_if
JOBS ?= 2
TIME ?= 300
UV ?= uv
# The first Python that is in range and can make a virtual environment.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1 \
	&& echo $$p && break; done)

BIN := .venv/bin
INSTALLED := .venv/.installed
BUNDLE := plans/$(DATASET)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help plan notebook test test-slow check bench bench-gpu lock clean

help: ## list the targets
	@echo 'make plan DATASET=$(DATASET), and:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

plan: $(INSTALLED) ## solve, verify and report one dataset into plans/ (DATASET=world)
	@set -u; status=0; \
	$(BIN)/planner solve $(DATASET) --out $(BUNDLE) --time $(TIME) || status=$$?; \
	if [ $$status -gt 1 ]; then exit $$status; fi; \
	if [ $$status -eq 1 ]; then echo 'solve: the plan is not certified; it is verified and reported all the same' >&2; fi; \
	$(BIN)/planner verify $(BUNDLE) || status=$$?; \
	$(BIN)/planner report $(BUNDLE) || status=$$?; \
	if [ -f $(BUNDLE)/report.html ]; then echo 'report: $(BUNDLE)/report.html'; fi; \
	exit $$status

notebook: $(INSTALLED) ## play with a plan in the browser (NOTEBOOK=what_if, first_plan, orbit_or_earth)
	$(BIN)/marimo run notebooks/$(NOTEBOOK).py

test: $(INSTALLED) ## run the tests, without the slow ones
	$(BIN)/python -m pytest -n $(JOBS) -m 'not slow'

test-slow: $(INSTALLED) ## run the slow tests
	$(BIN)/python -m pytest -n $(JOBS) -m slow

check: $(INSTALLED) ## lint, format, types, then the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(MAKE) test

bench: $(INSTALLED) ## engines beside their peers on this processor, into benchmarks/
	$(BIN)/python -m pip install --quiet --no-build-isolation -e '.[bench]'
	$(BIN)/python benchmarks/engines.py
	$(BIN)/python benchmarks/integers.py
	$(BIN)/python benchmarks/scaling.py --large
	$(BIN)/python benchmarks/phases.py --programs two-engines S
	$(BIN)/python benchmarks/futures.py --futures 16

bench-gpu: $(INSTALLED) ## the same on a GPU, with thousands of sampled futures
	$(BIN)/python -m pip install --quiet --no-build-isolation -e '.[bench,gpu]'
	$(BIN)/python benchmarks/engines.py --gpu
	$(BIN)/python benchmarks/phases.py --gpu --lanes 1 64
	$(BIN)/python benchmarks/futures.py --gpu --futures 16 256 4096
	$(BIN)/python benchmarks/futures.py --gpu --program M --futures 16

lock: ## resolve requirements.lock anew (needs uv)
	@command -v $(UV) >/dev/null || { echo 'make lock needs uv: install it, or name it with UV=path' >&2; exit 1; }
	$(UV) pip compile pyproject.toml --extra dev --extra notebook --universal --python-version 3.11 \
		--fork-strategy fewest --generate-hashes --no-emit-index-url --no-header --upgrade --quiet -o requirements.lock

clean: ## remove the environment, the caches and the builds (plans/ stays)
	rm -rf .venv .pytest_cache .hypothesis .ruff_cache build dist
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	@test -n '$(PYTHON)' || { echo 'no Python 3.11, 3.12 or 3.13 with venv found: install one (Debian: python3.11 and python3.11-venv), or name it with PYTHON=path' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m compileall -q -j 0 -x '/(tests|marimo|jedi)/' .venv/lib >/dev/null 2>&1 || true
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@
