# Every target makes what it needs; a machine needs Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

VLLM_VENV := .venv-vllm
BRIDGES_VENV := .venv-bridges
QUICK := not slow and not hf and not vllm and not bridges
# One more than there are cores, since many tests wait for a process or the disk.
WORKERS = -n $(shell $(PYTHON) -c 'import os; print(1 + (os.cpu_count() or 1))') --dist worksteal
SITE := $(BIN)/sphinx-build -E -q -W --keep-going -n -b html docs build/docs

# Hundreds of processes are started by the tests, which are not to compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-hf test-vllm test-bridges slow check format lint type docs bench clean

$(VENV)/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Folkbench needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@

setup: $(VENV)/ready  ## an environment in .venv with everything locked

demo: setup  ## play a tournament of well-known strategies
	$(BIN)/folk run examples/demo.toml

test: setup  ## the tests, without the slow ones and those that need more installed
	$(BIN)/pytest $(WORKERS) -m '$(QUICK)'

$(VENV)/ready-hf: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[transformers]'
	@# Alone, since it asks for a gigabyte of CUDA compiler that only GPUs have a use for.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c requirements.lock xgrammar apache-tvm-ffi
	@touch $@

test-hf: $(VENV)/ready-hf  ## the tests with torch and transformers, which it installs
	$(BIN)/pytest -m 'hf and not slow'

test-vllm: $(VENV)/ready-hf  ## the tests with a real vLLM on the CPU, in an environment of its own
	tests/vllm/make_env.sh $(VLLM_VENV)
	VLLM_PYTHON=$(CURDIR)/$(VLLM_VENV)/bin/python $(BIN)/pytest -m 'vllm and not slow'

$(BRIDGES_VENV)/ready: pyproject.toml requirements.lock
	$(PYTHON) -m venv $(BRIDGES_VENV)
	@# torch first and by itself, so that an index or a folder can give the one for the CPU.
	$(BRIDGES_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'torch>=2.6'
	$(BRIDGES_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev,axelrod,open_spiel]' nashpy
	@touch $@

test-bridges: $(BRIDGES_VENV)/ready  ## the tests with axelrod and open_spiel, in an environment of its own
	$(BRIDGES_VENV)/bin/pytest -m 'bridges and not slow'

slow: setup  ## the slow tests
	$(BIN)/pytest -m slow

check: $(VENV)/ready-docs  ## all that CI runs; the tests with vLLM and the bridges' only where their environments stand
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p harness
	$(BIN)/mypy tests benchmarks docs
	$(SITE)
	$(BIN)/pytest $(WORKERS) -m '$(QUICK)'
	$(MAKE) test-hf
	if test -f $(BRIDGES_VENV)/ready; then $(MAKE) test-bridges; \
	  else echo 'The tests with axelrod and open_spiel were skipped: make test-bridges installs them.'; fi
	if test -x $(VLLM_VENV)/bin/python; then $(MAKE) test-vllm; \
	  else echo 'The tests with vLLM were skipped: make test-vllm installs what they need.'; fi

format: setup  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: setup
	$(BIN)/mypy -p harness
	$(BIN)/mypy tests benchmarks docs

$(VENV)/ready-docs: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[docs]'
	@touch $@

docs: $(VENV)/ready-docs  ## write the generated parts of docs anew, and the site into build/docs
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/snippets.py
	$(SITE)

bench: setup  ## speed of scripted play beside axelrod, of calls beside bare clients, of large runs and their analysis
	$(BIN)/python -m benchmarks.against_axelrod
	$(BIN)/python -m benchmarks.calls
	$(BIN)/python -m benchmarks.scale
	$(BIN)/python -m benchmarks.tables
	$(BIN)/python -m benchmarks.analyze

clean:
	rm -rf $(VENV) .venv-* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
