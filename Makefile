# Each target does everything on a fresh machine: virtual environment, install, run.
#
# torch: "torch==2.13.0" takes a CPU build where pip finds one (a find-links folder or PyTorch's
# CPU index); from PyPI alone, Linux gets the CUDA build, which works too but is large. To name an
# index: make test TORCH="torch==2.13.0 --index-url <PyTorch's CPU index>".
PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test fast lint format clean

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	$(BIN)/python -m pip install -q $(TORCH)
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[test,benchmarks]"
	touch $@

demo: $(STAMP)  ## the main job on Fair's survey: leaderboard, report, graph in demo/
	$(BIN)/python -m autogluon_causalmix demo

test: lint  ## everything CI runs
	$(BIN)/python -m pytest -m "not slow"
	$(BIN)/python -m pytest -m slow

fast: lint  ## what to run while editing
	$(BIN)/python -m pytest -m "not slow"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo build *.egg-info
