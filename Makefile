# The verbs of this project.  `make serve` needs nothing but Python 3.11 or newer and make.

PYTHON ?= python3
EXTRAS ?= offline
HOST ?=
PORT ?=
ARGS ?=
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: serve test check fuzz bench bench-engines bench-listening soak autobahn matrix docs lock clean
.DELETE_ON_ERROR:

# --- run -------------------------------------------------------------------------------------

# `exec` hands signals straight to the server; an open session may hold it up for 25 seconds.
serve: export REPARTEE_SERVER__DRAIN_S ?= 25
serve: $(VENV)/.installed-$(EXTRAS)
	@exec $(BIN)/repartee serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(ARGS)

# --- guard -----------------------------------------------------------------------------------

# Everything that guards a commit, in at most 15 minutes on two cores.
test: lint tests/node/node_modules clients
	$(BIN)/pytest -n 2 $(PYTEST_ARGS)

# The part of it that takes seconds.
check: lint
	$(BIN)/pytest -n 2 -m "not slow" $(PYTEST_ARGS)

.PHONY: lint
lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/document_settings.py --check
	$(BIN)/python scripts/document_compatibility.py --check

# The long forms: more scripts for the session, faults planted in it, every stock client, figures.
fuzz: $(VENV)/.installed-test
	REPARTEE_FUZZ=long $(BIN)/pytest -n 2 tests/session tests/usage $(PYTEST_ARGS)
	$(BIN)/python scripts/mutants.py

matrix: $(VENV)/.installed-test tests/node/node_modules clients .engines/whisper/.installed
	REPARTEE_MATRIX=long $(BIN)/pytest -n 2 tests/live tests/browser $(PYTEST_ARGS)
	.engines/whisper/bin/python -m pytest tests/engines/whisper $(PYTEST_ARGS)

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks

# What engines cost, how soon they answer and stop, and how many they serve at once.
bench-engines: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.engines $(ARGS)

# How well a session listens: edges of speech, turns, noise, interruptions, answers.
bench-listening: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.listening

# A hundred sessions for MINUTES; fails where memory grows or anything is left of them.
MINUTES ?= 20
soak: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) $(ARGS)

# The 247 cases of Autobahn's fuzzing client; they take a quarter of a minute, and a Python 2.7.
PYTHON27 ?= $(firstword $(wildcard $(HOME)/.pyenv/versions/2.7.*/bin/python2.7) python2.7)
autobahn: $(VENV)/.installed-test .clients/autobahn/.installed
	$(BIN)/python -m benchmarks.autobahn $(PYTHON27) .clients/autobahn

.clients/autobahn/.installed: tests/security/autobahn.txt
	@$(PYTHON27) -c "" || { echo "no Python 2.7 here: make autobahn PYTHON27=..." >&2; exit 1; }
	@rm -rf .clients/autobahn
	@$(PYTHON27) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--target .clients/autobahn -r $<
	@touch $@

docs: $(VENV)/.installed-test
	$(BIN)/python scripts/document_settings.py
	$(BIN)/python scripts/document_compatibility.py

# --- install ---------------------------------------------------------------------------------

# A stamp a set of extras: nothing is asked of pip while the lock and pyproject.toml stay as they
# are.  The lock holds the base and `offline`; further extras are put on top of it.
$(VENV)/.installed-test: requirements-test.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements-test.lock
	$(PIP) --no-deps -e .
	@touch $@

$(VENV)/.installed-%: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing repartee[$*] into $(VENV) ..."
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) -e '.[$*]'
	@touch '$@'

$(BIN)/python:
	@$(PYTHON) scripts/can_install.py
	@$(PYTHON) -m venv $(VENV)

tests/node/node_modules: tests/node/package-lock.json
	@scripts/need node:nodejs npm:npm chromium:chromium
	cd tests/node && npm ci --no-audit --no-fund
	@touch $@

# Stock clients in Python: their requirements conflict, so each has an environment of its own.
.PHONY: clients
clients: $(patsubst tests/clients/requirements/%.txt,.clients/%/.installed,\
	$(wildcard tests/clients/requirements/*.txt))

.clients/%/.installed: tests/clients/requirements/%.txt | $(BIN)/python
	@echo "installing the stock client $* into .clients/$* ..."
	@$(PYTHON) -m venv --clear --without-pip .clients/$*
	@$(BIN)/python -m pip --python .clients/$*/bin/python install --quiet \
		--disable-pip-version-check --no-compile --require-hashes -r $<
	@touch $@

# Engines too large for the environment of all tests have one of their own.
.engines/%/.installed: tests/engines/requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "installing the engine $* into .engines/$* ..."
	@$(PYTHON) -m venv --clear --without-pip .engines/$*
	@$(BIN)/python -m pip --python .engines/$*/bin/python install --quiet \
		--disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip --python .engines/$*/bin/python install --quiet \
		--disable-pip-version-check --no-deps -e .
	@touch $@

# --- keep ------------------------------------------------------------------------------------

# Pin anew what pyproject.toml allows, for every Python it allows.
lock: $(VENV)/.installed-test
	$(PIP) uv
	$(BIN)/uv pip compile -q --upgrade $(LOCK) --extra offline -o requirements.lock
	$(BIN)/uv pip compile -q --upgrade $(LOCK) $(EVERYWHERE) -c requirements.lock \
		-o requirements-test.lock
	$(BIN)/uv pip compile -q --upgrade $(LOCK) --extra test --extra whisper \
		-c requirements-test.lock -o tests/engines/requirements/whisper.txt
	for client in tests/clients/requirements/*.in; do \
		$(BIN)/uv pip compile -q --upgrade $$client $(PINS) -o $${client%.in}.txt || exit; done

PINS := --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-annotate --custom-compile-command "make lock"
LOCK := pyproject.toml $(PINS)
# All extras but those that have an environment of their own.
EVERYWHERE := $(addprefix --extra ,offline sherpa echo webrtc tokenizer turn llama tracing mic test dev)

clean:
	rm -rf $(VENV) .clients .engines tests/node/node_modules
