# Every target does all its own set-up: `.venv` is made from uv.lock when it is missing or older.
.DEFAULT_GOAL := help
.PHONY: help test faults page board pictures lint demo bench dist accept reference templates lock clean
SHELL := /bin/bash

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv/.made-from-lock
WORKERS ?= $(shell $(PYTHON) -c "import os; print(2 * (os.cpu_count() or 1))")
TESTS ?= tests
# Where PYTHONDONTWRITEBYTECODE is set, as it is in many containers, each process would compile it anew.
COMPILE := @.venv/bin/python -m compileall -q gitops_bot tests
UV := env -u VIRTUAL_ENV UV_PROJECT_ENVIRONMENT=.venv .venv/bin/uv

# Where it is set (in many containers), Python compiles the program, the libraries and the tests anew at each start.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV): uv.lock pyproject.toml
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(UV) sync --quiet --frozen --all-extras --inexact --compile-bytecode
	@touch $@

# A file's tests stay in one process, in their order; the longest files come first. Two processes for each
# core: they wait for others four tenths of the time.
test: $(VENV) ## Run all tests, on every core
	$(COMPILE)
	.venv/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

faults: $(VENV) ## Print what GitHub failing and signals do at every point of an apply
	.venv/bin/python -m pytest tests/faults --tb=no

page: $(VENV) ## Look at the HTML report in a browser; needs chromium, writes build/page/*.png
	.venv/bin/python -m pytest -s tests/browser/check_page.py

board: $(VENV) ## Draw the board with Mermaid in a browser; needs chromium and npm, writes build/board/*.png
	.venv/bin/python -m pytest -s tests/browser/check_board.py

pictures: $(VENV) ## Take the tutorial's pictures anew; needs chromium and fonts-noto-color-emoji, writes docs/images/first-*.png
	.venv/bin/python -m pytest -s -n 0 tests/browser/check_tutorial.py

lint: $(VENV) ## Check style, types and import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

demo: $(VENV) ## Play the whole story on this machine; writes demo/transcript.html
	$(COMPILE)
	.venv/bin/gitops-bot demo --out demo

bench: $(VENV) ## Measure against the targets of speed; ROWS=word takes those rows only
	$(COMPILE)
	.venv/bin/python -m tests.bench.bench

dist: $(VENV) ## Build what is published on PyPI, into dist/
	rm -rf dist
	$(UV) build --quiet --out-dir dist

accept: $(VENV) ## Take the golden tests' present output as the expected one
	GITOPS_BOT_ACCEPT=1 .venv/bin/python -m pytest tests/golden

reference: $(VENV) ## Write the generated parts of docs/reference anew
	.venv/bin/python -m tests.kit.reference

templates: $(VENV) ## Write the templates' Python modules in gitops_bot/render/compiled anew
	.venv/bin/python -m tests.kit.compiled_templates

# Mirrors of this machine must not get into the file: only PyPI's own addresses do.
lock: $(VENV) ## Bring uv.lock up to date with pyproject.toml
	env -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS UV_PROJECT_ENVIRONMENT=.venv \
	  .venv/bin/uv lock --no-config --default-index https://pypi.org/simple

clean: ## Remove everything the other targets made
	rm -rf .venv .bench demo build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis gitops_bot.egg-info
