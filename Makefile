# Countenance: `make run`, `make test`, `make check`, `make bench`, `make train RECIPE=…`, `make clean`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WITH_TLS := $(filter-out off 0,$(TLS))
HOST ?= $(if $(WITH_TLS),0.0.0.0,127.0.0.1)
PORT ?= 8000
WORKERS ?= 2
SECONDS ?= 60
RECIPE ?= model2-fer2013
DATA ?= ../shared/data/fer2013.tar.gz
LONDON ?= ../shared/data/london-dev.zip
export TF_CPP_MIN_LOG_LEVEL ?= 3

# What is installed: the locks, or the readable lists where the locks have no wheel (`REQUIREMENTS=txt`).
REQUIREMENTS ?= lock
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -q \
	$(if $(filter lock,$(REQUIREMENTS)),--require-hashes --only-binary :all:)
PYBABEL := $(BIN)/python -m babel.messages.frontend -q
.PHONY: run test check bench load cluster-demo fuzz train report messages language screenshots samples lock audit sbom setup
.PHONY: setup-dev wheel docs clean help

run: setup ## set up and serve http://127.0.0.1:8000 (HOST=, PORT=); TLS=1: https for the phones of this network
	HOST=$(HOST) PORT=$(PORT) TLS=$(if $(WITH_TLS),local,off) $(BIN)/python -m webapp serve

test: setup-dev ## set up and run all tests (WORKERS= at once)
	npm run -s test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not realtime"
	$(BIN)/python -m pytest -m realtime --reruns 2

check: setup-dev static/vendor/socket.io.esm.min.d.ts ## linting, formatting, types, architecture rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm run -s check

bench: setup-dev ## acknowledgement times, frames per second and memory of the live path
	$(BIN)/python -m benchmarks.serving.live

load: setup-dev ## many visitors at once: frames per second, p95, processor time per frame beside its bare cost
	$(BIN)/python -m benchmarks.serving.load --out runs/load

cluster-demo: setup-dev ## nginx, web servers, Ray Serve, Redis and PostgreSQL, broken one after the other under load
	test -x .venv-ray/bin/serve || { $(PYTHON) -m venv .venv-ray && \
		.venv-ray/bin/python -m pip install --disable-pip-version-check -q -r deploy/ray/requirements.txt; }
	$(BIN)/python -m benchmarks.cluster.demo --out runs/cluster

fuzz: setup-dev ## guided by coverage: every parser (SECONDS= each); then damaged photos, bombs, schemathesis on a server
	test -e $(VENV)/fuzz || $(BIN)/python -m pip install --disable-pip-version-check -q --only-binary :all: --no-deps \
		--target $(VENV)/fuzz -r requirements-fuzz.txt || echo "No atheris for this Python or system: hypothesis instead."
	PYTHONPATH=$(VENV)/fuzz $(BIN)/python -m benchmarks.serving.guided --seconds $(SECONDS)
	$(BIN)/python -m benchmarks.serving.fuzz

train: setup-dev ## train RECIPE on DATA (and VOTES); goes on where it was stopped
	$(BIN)/python -m training fit $(RECIPE) --data $(DATA) $(if $(VOTES),--votes $(VOTES)) $(if $(wildcard runs/$(RECIPE)/last.npz),--resume)

# Texts of templates, Python, JavaScript and model cards (docs/guide/translating.md). No line numbers and no dates: they only conflict.
.PHONY: messages.pot
messages.pot: setup-dev
	$(PYBABEL) extract -F pyproject.toml -k lazy_gettext -k to_translate --add-location=file --sort-by-file --project=Countenance -o $@ .

messages: messages.pot ## bring translations/ up to date with the texts of the pages
	$(PYBABEL) update -i $< -d translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

language: messages.pot ## begin a translation: CODE=fr
	$(PYBABEL) init -i $< -d translations -l $(CODE)

screenshots: setup-dev ## the pictures of docs/img, from a real server and Chromium
	$(BIN)/python -m tests.support.browser.screenshots

samples: setup-dev ## the sample video and photos of static/samples, from LONDON; needs ffmpeg
	$(BIN)/python -m tests.support.samples --london $(LONDON)
	$(BIN)/python -m tests.support.icons

# One resolution for both, so that tests run with what servers run with. For every platform and Python from 3.11 on.
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command 'make lock'
lock: ## write requirements.lock and requirements-dev.lock anew, after a change of requirements*.txt
	test -x $(BIN)/uv || $(MAKE) setup-dev REQUIREMENTS=txt
	$(LOCK) requirements-dev.txt -o requirements-dev.lock
	$(LOCK) requirements.txt -c requirements-dev.lock -o requirements.lock

wheel: setup-dev ## dist/: a wheel with everything inside; docs/guide/install.md
	$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python

docs: setup-dev ## site/: docs/ as a site that can be searched; mkdocs.yml
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

audit: setup-dev ## known vulnerabilities of what servers run with; says so where it cannot be found out
	$(BIN)/python -m tests.support.audit

sbom: setup-dev ## sbom.cdx.json: every package, browser package and model, with version, licence and hash (CycloneDX)
	$(BIN)/python -m tests.support.sbom

report: setup-dev ## render docs/results from its facts; RUNS= adds those of finished runs
	$(BIN)/python -m training report $(if $(RUNS),--runs $(RUNS))

setup: $(VENV)/.runtime static/vendor/socket.io.esm.min.js

setup-dev: $(VENV)/.dev node_modules/.dev static/vendor/socket.io.esm.min.js

# Asked before anything is downloaded.
HAS_NPM := command -v npm >/dev/null || \
	{ echo "Countenance needs Node.js 20.19 or newer with npm, to fetch browser packages. Without: docs/guide/install.md"; exit 1; }

$(VENV)/.runtime: requirements.$(REQUIREMENTS)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Countenance needs Python 3.11, 3.12 or 3.13. Found: $$($(PYTHON) --version). Set PYTHON=…"; exit 1; }
	@test -e static/vendor/socket.io.esm.min.js || $(HAS_NPM)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) -r $<
	touch $@

$(VENV)/.dev: requirements-dev.$(REQUIREMENTS) $(VENV)/.runtime
	$(PIP_INSTALL) -r $<
	touch $@

# The browser's packages and the face detector's model come from npm, pinned by package-lock.json. Their scripts do not
# run: none needs them, and such scripts may report installations to third parties.
static/vendor/socket.io.esm.min.js: package.json package-lock.json
	@test node_modules/.dev -nt package-lock.json || $(HAS_NPM)
	test node_modules/.dev -nt package-lock.json || npm ci --omit=dev --ignore-scripts --no-audit --no-fund
	$(PYTHON) deploy/wheel/browser_packages.py
	touch $@

# The tools of `make check` and axe-core; `make run` does without them.
node_modules/.dev: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# tsc reads the package's types instead of the vendored, minified code.
static/vendor/socket.io.esm.min.d.ts: static/vendor/socket.io.esm.min.js
	echo 'export * from "socket.io-client";' > $@

clean: ## remove what `make` has made; runs/ with your trainings stays
	rm -rf $(VENV) node_modules static/vendor dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache messages.pot
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'
