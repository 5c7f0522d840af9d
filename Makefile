PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

SESSIONS ?= 10
ROUNDS ?= 1

.PHONY: run test load fuzz check format measure-live clean

run: $(VENV)/.installed
	$(BIN)/streamlit run serve.py --server.port $(PORT)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest

load: $(VENV)/.installed-dev
	PYTHONPATH=.:tests $(BIN)/python -m load.measure --sessions $(SESSIONS) --rounds $(ROUNDS)

fuzz: $(VENV)/.installed-dev
	PYTHONPATH=.:tests $(BIN)/python -W ignore -m fuzz

check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

measure-live: $(VENV)/.installed-dev
	PYTHONPATH=. $(BIN)/python tests/measure_live.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis test-output

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
