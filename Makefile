# The repository's commands. `make demo` and `make test` each work alone on a fresh machine.

PYTHON ?= python3
BIN := .venv/bin
# What setup depends on: it runs again when one of these changes.
READY := .venv/.ready
lang ?= en

.PHONY: setup demo test check stubs proofs oldest-numpy clean

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
	$(BIN)/python -m tests.benchmarks.grading
	$(BIN)/python -m tests.benchmarks.autograde
	$(BIN)/python -m tests.benchmarks.sandbox
	$(BIN)/python -m tests.proofs.seeds 200
	$(BIN)/python -m tests.proofs.bugs
	$(BIN)/python -m tests.proofs.misconceptions
	$(BIN)/python -m tests.proofs.doubles 30
	$(BIN)/python -m tests.proofs.again 20
	$(BIN)/python -m tests.proofs.mutants
	$(BIN)/python -m tests.proofs.wire 100000 60

# The package and the visible tests under the oldest NumPy that students may have, without torch.
oldest-numpy:
	$(PYTHON) -m venv .venv-numpy1
	.venv-numpy1/bin/python -m pip install --quiet numpy==1.26.4 'pytest>=8' 'hypothesis>=6.100'
	.venv-numpy1/bin/python -m pytest --noconftest -q tests/test_numpy_versions.py
	cd tests/student && PYTHONPATH=../../solutions:. ../../.venv-numpy1/bin/python -m pytest -q \
		-c /dev/null --rootdir . --confcutdir .

clean:
	rm -rf .venv .venv-numpy1 .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
