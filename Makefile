# make demo · make test · make serve · make bench · make check
# Each sets up .venv by itself; nothing is installed outside this folder (but see scripts/setup about python3-venv).
#   PYTHON=python3.12 make demo     another interpreter (3.11 or newer)
#   make serve ARGS="--port 9000"   more arguments
#   make test ARGS="-k jail"
#   make trainers                   the trainers' own libraries (4 GB on disk), so that the tests of the adapters run too
#   make trainers TRAINERS=trl      one of trl, verl, openrlhf

PYTHON ?=
VENV ?= .venv
ARGS ?=
TRAINERS ?= trl verl openrlhf
BIN := $(VENV)/bin
PARTS := pyproject.toml client/pyproject.toml scripts/setup

.PHONY: demo test trainers serve bench check format clean
.DEFAULT_GOAL := demo

$(VENV)/.ready-run: $(PARTS)
	@PYTHON="$(PYTHON)" sh scripts/setup "$(VENV)" run

$(VENV)/.ready-dev: $(PARTS)
	@PYTHON="$(PYTHON)" sh scripts/setup "$(VENV)" dev

demo: $(VENV)/.ready-run
	@$(BIN)/python examples/demo.py $(ARGS)

serve: $(VENV)/.ready-run
	@exec $(BIN)/adjudge serve $(ARGS)

bench: $(VENV)/.ready-run
	$(BIN)/python bench/maths.py
	$(BIN)/python bench/one_item.py
	$(BIN)/python bench/growth.py
	$(BIN)/python bench/client.py
	$(BIN)/python bench/shaping.py

trainers: $(VENV)/.ready-dev
	@PYTHON="$(abspath $(BIN)/python)" sh scripts/trainers $(TRAINERS)

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venv-trainers .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
