# Countenance: `make run`, `make test`, `make check`, `make bench`, `make train RECIPE=…`, `make clean`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
RECIPE ?= model2-fer2013
DATA ?= ../shared/data/fer2013.tar.gz
export TF_CPP_MIN_LOG_LEVEL ?= 3

PYBABEL := $(BIN)/python -m babel.messages.frontend -q
.PHONY: run test check bench load fuzz train report messages language screenshots setup setup-dev clean help

run: setup ## set up and serve http://127.0.0.1:8000 (HOST=, PORT=)
	HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m webapp serve

test: setup-dev ## set up and run all tests (WORKERS= at once)
	npm run -s test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

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

fuzz: setup-dev ## ten thousand damaged photos, bombs and schemathesis against a real server
	$(BIN)/python -m benchmarks.serving.fuzz

train: setup-dev ## train RECIPE on DATA; goes on where it was stopped
	$(BIN)/python -m training fit $(RECIPE) --data $(DATA) $(if $(wildcard runs/$(RECIPE)/last.npz),--resume)

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

report: setup-dev ## render docs/results from its facts; RUNS= adds those of finished runs
	$(BIN)/python -m training report $(if $(RUNS),--runs $(RUNS))

setup: $(VENV)/.runtime static/vendor/socket.io.esm.min.js

setup-dev: $(VENV)/.dev node_modules/.dev static/vendor/socket.io.esm.min.js

$(VENV)/.runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Countenance needs Python 3.11 or newer. Found: $$($(PYTHON) --version). Set PYTHON=…"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	touch $@

# The browser's packages and the face detector's model come from npm, pinned by package-lock.json. Their scripts do not
# run: one that swagger-ui-dist brings along reports installations to a third party.
static/vendor/socket.io.esm.min.js: package.json package-lock.json
	@command -v npm >/dev/null || { echo "Countenance needs Node.js 20 or newer with npm, to fetch browser packages."; exit 1; }
	test node_modules/.dev -nt package-lock.json || npm ci --omit=dev --ignore-scripts --no-audit --no-fund
	mkdir -p static/vendor/swagger-ui static/vendor/tone static/vendor/uplot webapp/recognition/detection/assets
	cp node_modules/@mediapipe/face_detection/face_detection_short_range.tflite webapp/recognition/detection/assets/
	cp node_modules/socket.io-client/dist/socket.io.esm.min.js static/vendor/
	cp $(addprefix node_modules/tone/,build/Tone.js LICENSE.md) static/vendor/tone/
	cp $(addprefix node_modules/uplot/,dist/uPlot.iife.min.js dist/uPlot.min.css LICENSE) static/vendor/uplot/
	cp $(addprefix node_modules/swagger-ui-dist/,swagger-ui-bundle.js swagger-ui.css LICENSE NOTICE) static/vendor/swagger-ui/
	touch $@

# The tools of `make check` and axe-core; `make run` does without them.
node_modules/.dev: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# tsc reads the package's types instead of the vendored, minified code.
static/vendor/socket.io.esm.min.d.ts: static/vendor/socket.io.esm.min.js
	echo 'export * from "socket.io-client";' > $@

clean: ## remove what `make` has made; runs/ with your trainings stays
	rm -rf $(VENV) node_modules static/vendor webapp/recognition/detection/assets .pytest_cache .mypy_cache .ruff_cache .import_linter_cache messages.pot
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'
