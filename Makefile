# make run · make test · make check · make audit · make bench · make screenshots · make gpu · make messages. Each sets up
# what it needs; the second time is quick.
# The first Python that really runs and is new enough: a version manager's shim may exist and still refuse to run.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

# Python may write its .pyc files, even if the shell forbids it: a test run starts hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test check quick types style front audit bench screenshots gpu messages clean

run: $(VENV)/.run
	@$(BIN)/python -m sota_core serve --port $(PORT) $(if $(ADDRESS),--address $(ADDRESS))

# Slow test files run side by side, each whole on one worker, in the order of tests/conftest.py: the longest first. Two
# at most, since the time that a test waits for a page allows for one other file at work. A slow test that fails is run
# once more and, if it then passes, is named in the summary (RERUN): a machine can be too busy for a browser.
test: $(VENV)/.test
	$(BIN)/python -m pytest -m "not slow" -n auto
	$(BIN)/python -m pytest -m slow -n 2 --dist loadfile --no-loadscope-reorder --durations=15 --reruns 1 -rfER tests

# Types are checked beside the tests, since that takes one core for half a minute.
check: $(VENV)/.test
	@$(MAKE) --no-print-directory front style
	@$(MAKE) --no-print-directory --jobs types quick

style: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/pyright

quick: $(VENV)/.test
	$(BIN)/python -m pytest -m "not slow and not long" -n auto

# JavaScript and CSS. Whoever writes only Python needs no Node: what cannot be checked is named, and the rest goes on.
front:
	@if ! command -v npm >/dev/null; then \
	  echo "JavaScript and CSS: NOT CHECKED, there is no npm on this machine"; \
	elif [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci && touch node_modules/.package-lock.json; then \
	  npm run --silent check; \
	else \
	  echo "JavaScript: SYNTAX ONLY, npm could not install the linter (see above); CSS: NOT CHECKED"; \
	  find pages -name '*.js' -print0 | xargs -0 -n 1 node --check; \
	fi

# Needs the network: if no service can be asked for vulnerabilities, it says so and fails. It writes to build/audit.
audit: $(VENV)/.test $(VENV)/audit/.made
	$(BIN)/ruff check --select S .
	$(BIN)/python .ci/audit.py

$(VENV)/audit/.made: requirements-audit.txt | $(VENV)/bin/python
	$(PYTHON) -m venv --clear $(VENV)/audit
	$(VENV)/audit/bin/pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

bench: $(VENV)/.test
	$(BIN)/python -m benchmarks

# Every page in both themes at three widths, to be looked at. With --readme instead of a folder: the README's pictures.
screenshots: $(VENV)/.test
	$(BIN)/python -m benchmarks.browser.screenshots screenshots

# On a machine with an NVIDIA card: the tests for it, then how fast it trains; ten minutes.
gpu: $(VENV)/.test
	$(BIN)/python -m benchmarks gpu

# The sentences people see, collected into the catalogues of translations (CONTRIBUTING.md).
messages: $(VENV)/.test
	$(BIN)/python -m benchmarks.messages

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is required; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Empty stamp files: while one is newer than the pins it was made from, pip is not called.
$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) node_modules .pytest_cache .ruff_cache .hypothesis
