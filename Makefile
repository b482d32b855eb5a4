# Every target makes what it needs; a machine needs Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test slow check format lint type docs bench clean

$(VENV)/ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Folkbench needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@

setup: $(VENV)/ready  ## an environment in .venv with everything locked

demo: setup  ## play a tournament of well-known strategies
	$(BIN)/folk run examples/demo.toml

test: setup  ## the tests, without the slow ones
	$(BIN)/pytest -m 'not slow'

slow: setup  ## the slow tests
	$(BIN)/pytest -m slow

check: setup  ## all that CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p harness
	$(BIN)/mypy tests benchmarks docs
	$(BIN)/pytest -m 'not slow'

format: setup  ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

type: setup
	$(BIN)/mypy -p harness
	$(BIN)/mypy tests benchmarks docs

docs: setup  ## write the generated parts of docs anew
	$(BIN)/python docs/generate.py

bench: setup  ## speed beside axelrod, which gets an environment of its own
	$(BIN)/python -m benchmarks.against_axelrod

clean:
	rm -rf $(VENV) .venv-* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
