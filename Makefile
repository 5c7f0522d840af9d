PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

# Certificates of the system, so that both work behind a company's proxy, too.
UV := UV_SYSTEM_CERTS=1 $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --require-hashes -r
NODE := NODE_USE_SYSTEM_CA=1 PATH="$(CURDIR)/$(BIN):$$PATH"

# Tests start hundreds of processes; without their bytecode, each compiles its libraries anew.
unexport PYTHONDONTWRITEBYTECODE

# A worker's threads of BLAS and TensorFlow would wait, spinning, for those of the other workers.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 $(BIN)/python -m pytest

# All cores; a file's tests stay together, since they share what its fixtures made.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

# Collecting the other files would take longer than a journey.
JOURNEYS = $(shell grep -rl 'mark\.browser' tests --include='test_*.py')

# What runs in the visitor's browser; the app finds it there.
BROWSER := ui/live/dist
BROWSER_SOURCES := $(wildcard ui/live/device/*) ui/live/build.mjs

SESSIONS ?= 10
HOSTILE ?= 6
ROUNDS ?= 1
MINUTES ?= 30

# A target that failed halfway must not pass for made.
.DELETE_ON_ERROR:

.PHONY: run test quick coverage load load-hostile memory fuzz deploy-test image-test lock audit check \
	check-python check-words check-javascript format hooks measure-live measure-parity \
	measure-tracking measure-memory measure-pages screenshots measure-joints browser clean

# Without what npm fetches, frames are read on the server, which the page says.
run: $(VENV)/.installed
	-@$(MAKE) --no-print-directory browser
	$(BIN)/streamlit run serve.py --server.port $(PORT)

# Journeys in a browser wait for pictures of a camera, and get the cores for themselves.
test: $(VENV)/.installed-dev browser
	$(PYTEST) $(PARALLEL) -m "not browser"
	$(PYTEST) -n 4 --dist worksteal -m browser $(JOURNEYS)

quick: $(VENV)/.installed-dev browser
	$(PYTEST) $(PARALLEL) -m "not browser and not keras and not slow"

# Processes that tests start may end after pytest has combined what was measured.
coverage: $(VENV)/.installed-dev browser
	$(PYTEST) $(PARALLEL) -m "not browser" --cov --cov-report=
	-$(BIN)/coverage combine --append --quiet
	$(BIN)/coverage report

load: $(VENV)/.installed-dev
	$(BIN)/python -m tests.load.measure --sessions $(SESSIONS) --rounds $(ROUNDS)

# As root, which alone may limit the memory of a group of processes.
load-hostile: $(VENV)/.installed-dev
	$(BIN)/python -W ignore -m tests.load.hostile --sessions $(SESSIONS) --hostile $(HOSTILE)

fuzz: $(VENV)/.installed-dev $(VENV)/fuzz
	$(BIN)/python -W ignore -m tests.fuzz
	PYTHONPATH=$(VENV)/fuzz $(BIN)/python -W ignore -m tests.fuzz.guided

memory: $(VENV)/.installed-dev
	$(BIN)/python -W ignore -m tests.load.pages

deploy-test: $(VENV)/.installed-dev browser
	$(BIN)/python -m pytest tests/deploy

# As root, with podman and the network.
image-test:
	deploy/test_image.sh

check: check-python check-words check-javascript

check-python: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-words: $(VENV)/.installed-dev
	$(BIN)/codespell

check-javascript: node_modules/.installed
	$(NODE) node_modules/.bin/biome check
	$(NODE) node_modules/.bin/tsc
	$(NODE) node_modules/.bin/tsc -p ui/inspection

format: $(VENV)/.installed-dev node_modules/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NODE) node_modules/.bin/biome check --write

# From then on, each commit is checked.
hooks: $(VENV)/.installed-dev
	$(BIN)/pre-commit install

# On an otherwise idle machine. PARTS=page,crowd,first,mediapipe chooses; the last one fetches a
# package of npm, and PHOTOS=FOLDER has it read photo datasets as well.
measure-live: $(VENV)/.installed-dev browser
	$(BIN)/python -m tests.load.measure_live $(if $(PARTS),--parts $(PARTS)) \
		$(if $(VISITORS),--visitors $(VISITORS)) $(if $(PHOTOS),--data $(PHOTOS))

# PAGES="data mistakes" chooses; those of the README go into docs.
screenshots: $(VENV)/.installed-dev browser
	$(BIN)/python -W ignore -m tests.screenshots $(if $(PAGES),--pages $(PAGES))

# The first paint of a page, and how long the server takes for each page's first visitor.
measure-pages: $(VENV)/.installed-dev browser
	$(BIN)/python -W ignore -m tests.load.first_paint
	$(BIN)/python -W ignore -m tests.load.pages

measure-memory: $(VENV)/.installed-dev browser
	$(BIN)/python -m tests.load.live_memory --minutes $(MINUTES)

# MEDIAPIPE=PYTHON has MediaPipe, in an environment of its own.
measure-joints: $(VENV)/.installed-dev
	$(BIN)/python -m tests.load.joints --data $(PHOTOS) --mediapipe $(MEDIAPIPE)

# PHOTOS=FOLDER holds the two against each other on photo datasets as well.
measure-parity: $(VENV)/.installed-dev browser
	$(BIN)/python -m tests.load.parity $(if $(PHOTOS),--data $(PHOTOS))

measure-tracking: $(VENV)/.installed-dev
	$(BIN)/python -m tests.load.tracking $(if $(PHOTOS),--data $(PHOTOS))

clean:
	rm -rf $(VENV) node_modules $(BROWSER) .mypy_cache .ruff_cache .import_linter_cache .pytest_cache \
		.hypothesis .coverage* test-output

# Marked when it is whole: one that was interrupted is made anew.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "This needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "This Python cannot make environments: on Debian, install python3-venv"; exit 1; }
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	touch $@

$(BIN)/uv: requirements-uv.lock $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(VENV)/.installed: requirements.lock $(BIN)/uv
	$(INSTALL) $<
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(INSTALL) $<
	touch $@

$(VENV)/.installed-node: requirements-node.lock $(BIN)/uv
	$(INSTALL) $<
	touch $@

# Apart from the environment: only this run needs its 35 MB.
$(VENV)/fuzz: requirements-fuzz.lock $(BIN)/uv
	$(INSTALL) $< --target $@
	touch $@

node_modules/.installed: package-lock.json $(VENV)/.installed-node
	$(NODE) $(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

browser: $(BROWSER)/.built

$(BROWSER)/.built: node_modules/.installed $(BROWSER_SOURCES)
	rm -rf $(BROWSER)
	mkdir -p $(BROWSER)
	$(NODE) node ui/live/build.mjs
	touch $@

# The packages that the lists name with all that these need, and the sum of each file.
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header
lock: $(BIN)/uv
	$(COMPILE) requirements-serving.txt -o requirements-serving.lock
	$(COMPILE) requirements.txt -o requirements.lock
	$(COMPILE) requirements-cluster.txt -o requirements-cluster.lock
	$(COMPILE) requirements-dev.txt -o requirements-dev.lock
	$(COMPILE) --group uv -o requirements-uv.lock
	$(COMPILE) --group node -o requirements-node.lock
	$(COMPILE) --group fuzz -o requirements-fuzz.lock

# Known weaknesses of the packages; asks the index of packages over the network.
audit: $(BIN)/uv
	$(UV) tool run pip-audit --strict --require-hashes --disable-pip -r requirements-dev.lock
