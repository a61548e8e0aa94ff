# Everything is built in .venv; `.venv/bin/lgir` is the tool.
PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed
VLLM := .venv-vllm
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: help install demo test test-vllm lint format clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "lgir needs Python 3.11 or newer; try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

install: $(STAMP)  ## build .venv with the tested versions of constraints.txt

demo: $(STAMP)  ## the main job on a synthetic world: no network service, GPU, model hub or account
	$(VENV)/bin/lgir demo

test: $(STAMP) lint  ## lint, types, floors and the whole test suite
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -n 2

$(VLLM)/.installed: tests_vllm/requirements.txt
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/pip install --quiet --disable-pip-version-check --no-deps -r tests_vllm/requirements.txt
	$(VLLM)/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

test-vllm: $(VLLM)/.installed  ## the back ends on a real vLLM, in .venv-vllm (Linux, x86-64; 3 GB)
	$(VLLM)/bin/python -m pytest tests_vllm

lint: $(STAMP)  ## ruff, mypy --strict, import-linter
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: $(STAMP)  ## let ruff rewrite the files
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:  ## remove .venv and caches
	rm -rf $(VENV) $(VLLM) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
