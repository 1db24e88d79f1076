# `make` lists the targets. Nothing is installed outside .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

# Install requirements/$(1).txt and this project, unless both are as they were; dev includes local. The lock file is whole,
# so pip resolves nothing: older versions of it stumble over `coverage[toml]` once a newer coverage is out.
define install
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	set -e; want=$$(cat requirements/$(1).txt pyproject.toml | cksum); \
	for stamp in $(2); do \
	  if [ "$$(cat .venv/.installed-$$stamp 2>/dev/null)" = "$$(cat requirements/$$stamp.txt pyproject.toml | cksum)" ]; \
	  then exit 0; fi; \
	done; \
	echo "Installing requirements/$(1).txt ..."; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/$(1).txt; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	echo "$$want" > .venv/.installed-$(1)
endef

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Create .venv with everything for development (only if something changed)
	@$(call install,dev,dev)

.PHONY: setup-demo
setup-demo:
	@$(call install,local,local dev)

.PHONY: demo
demo: setup-demo ## Run the whole pipeline on this machine with synthetic patients
	$(BIN)/airlock demo $(ARGS)

.PHONY: emulators
emulators: setup ## Run Google's emulators and the local stores until Ctrl-C, and print the environment that leads there
	$(BIN)/airlock emulators

.PHONY: test
test: setup ## Run the tests (ARGS="tests/unit -k name" for some of them)
	$(BIN)/pytest $(ARGS)

.PHONY: coverage
coverage: setup ## Run the tests that need no other process, and print which lines they miss
	$(BIN)/pytest --cov --cov-report=term-missing tests/unit tests/properties $(ARGS)

.PHONY: lint
lint: setup ## Check style, types, the direction of imports and the generated files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile infra/toolbox/Dockerfile
	infra/scripts/shellcheck.sh
	$(BIN)/python scripts/generate_schemas.py --check
	$(BIN)/python -m scripts.generate_reference --check

.PHONY: image-check
image-check: setup ## Do without a container engine what the Dockerfile does, and ask the functions for their health
	$(BIN)/python -m scripts.image_check

# The stand-in for the provider may lie beside the repository; everybody else runs terraform itself.
TERRAFORM ?= $(or $(abspath $(wildcard ../shared/tools/tf-offline/tf-offline)),terraform)

.PHONY: infra
infra: setup ## Check the infrastructure: format, tests, plans, breakages, checkov (TERRAFORM=program)
	TERRAFORM=$(TERRAFORM) $(BIN)/pytest tests/unit/infra tests/integration/test_infra*.py
	TERRAFORM=$(TERRAFORM) $(BIN)/python -m infra.scripts.check_mutations
	infra/scripts/checkov.sh

.PHONY: bench
bench: setup ## Run the benchmarks and print their numbers
	$(BIN)/pytest tests/benchmarks -s -p no:cacheprovider -o python_files="bench_*.py test_*.py" $(ARGS)

.PHONY: clean
clean: ## Remove caches and build output; .venv and workspaces stay
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	rm -f .coverage .coverage.*
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +
