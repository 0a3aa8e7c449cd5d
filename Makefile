# Each target does everything on a fresh machine: virtual environment, install, run.
#
# torch: a CPU build where pip is set up to find one, else PyTorch's CPU index, else whatever pip
# gives (on Linux the large CUDA build, which works too).
PYTHON ?= python3
VENV ?= .venv
# AutoGluon 1.6.3 admits no later one on a Mac (as constraints.txt says too; tried on Linux alone).
TORCH ?= $(if $(filter Darwin,$(shell uname)),2.10.0,2.13.0)
CPU_INDEX ?= https://download.pytorch.org/whl/cpu
# ctgan is BUSL-1.1 (source-available, not open source); `make test EXTRAS=smote` leaves it and its tests out.
EXTRAS ?= ctgan
BIN := $(VENV)/bin
# What users get, and what developers need besides.
BASE := $(VENV)/.base
STAMP := $(VENV)/.installed
# setuptools warns of folders that hide an editable package; this one is in its own repository's root.
EDITABLE := PYTHONWARNINGS="ignore:Editable installation" $(BIN)/python -m pip install -q -c constraints.txt -e

.PHONY: demo test fast docs pythons tables browser lint format clean

$(BASE): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q "torch==$(TORCH)+cpu" 2>/dev/null \
		|| $(BIN)/python -m pip install -q "torch==$(TORCH)" --index-url $(CPU_INDEX) \
		|| $(BIN)/python -m pip install -q "torch==$(TORCH)"
	$(EDITABLE) ".[demo]"
	touch $@

$(STAMP): $(BASE)
	$(EDITABLE) ".[test,browser,benchmarks,docs,$(EXTRAS)]"
	touch $@

demo: $(BASE)  ## the main job on Fair's survey: leaderboard, report, graph in demo/
	$(BIN)/python -m autogluon_causalmix demo

test: lint tables  ## everything CI runs
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile
	$(BIN)/python -m pytest -m "slow and not alone" -n 2 --dist loadfile --durations 15
	$(BIN)/python -m pytest -m "slow and alone"

fast: lint  ## what to run while editing
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist loadfile

docs: $(STAMP)  ## the site in site/, from docs/ and the docstrings; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

pythons: $(STAMP)  ## installation and fast tests on every promised Python (noxfile.py)
	$(BIN)/python -m nox

tables: $(STAMP)  ## the last of what is fetched: tests ask no network, and name this where a table is missing
	$(BIN)/python -m benchmarks.protocol.tables

browser: $(STAMP)  ## a Chromium for the page's tests, which are skipped without: root on Debian gets its package
	$(BIN)/python -m tests.page.browser \
		|| { test "$$(id -u)" = 0 && apt-get -qq update \
			&& apt-get -qq install -y --no-install-recommends chromium-headless-shell; } \
		|| $(BIN)/playwright install chromium

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .nox demo site build dist *.egg-info
