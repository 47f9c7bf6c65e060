# The repository's commands. `make demo` and `make test` each work alone on a fresh machine.

PYTHON ?= python3
BIN := .venv/bin
# What setup depends on: it runs again when one of these changes.
READY := .venv/.ready
lang ?= en

.PHONY: setup demo test check stubs proofs clean

setup: $(READY)

$(READY): pyproject.toml .ci/constraints.txt .ci/setup
	PYTHON=$(PYTHON) sh .ci/setup
	@touch $@

demo: setup
	@sh .ci/demo $(lang)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/zizmor --offline --quiet .github/workflows

test: check
	$(BIN)/grader verify
	$(BIN)/python -m pytest -n auto

stubs: setup
	$(BIN)/grader stubs

proofs: setup
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --editable '.[proofs]'
	$(BIN)/python tests/benchmarks/package.py
	$(BIN)/python tests/benchmarks/grading.py

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
