PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools

SESSIONS ?= 10
ROUNDS ?= 1

.PHONY: run test load memory fuzz deploy-test image-test lock audit check format measure-live clean

run: $(VENV)/.installed
	$(BIN)/streamlit run serve.py --server.port $(PORT)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

load: $(VENV)/.installed-dev
	$(BIN)/python -m tests.load.measure --sessions $(SESSIONS) --rounds $(ROUNDS)

fuzz: $(VENV)/.installed-dev
	$(BIN)/python -W ignore -m tests.fuzz

memory: $(VENV)/.installed-dev
	$(BIN)/python -W ignore -m tests.load.pages

deploy-test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/deploy

# As root, with podman and the network.
image-test:
	deploy/test_image.sh

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

measure-live: $(VENV)/.installed-dev
	$(BIN)/python -m tests.load.measure_live

clean:
	rm -rf $(VENV) $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .hypothesis test-output

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(TOOLS)/bin/python:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv pip-audit

# The packages that the lists name with all that these need, and the sum of each file.
lock: $(TOOLS)/bin/python
	for list in requirements requirements-serving requirements-dev; do \
		$(TOOLS)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-annotate --no-header $$list.txt -o $$list.lock || exit 1; \
	done

# Known weaknesses of the packages; asks the index of packages over the network.
audit: $(TOOLS)/bin/python
	$(TOOLS)/bin/pip-audit --require-hashes --disable-pip -r requirements-dev.lock
