# Sitelight: everything a developer does, by name. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
SEED ?= 7
PART ?= all

# Tests that turn on clocks and calendars run a second time where the day starts elsewhere.
TIME_ZONES := Europe/Athens America/St_Johns
TIME_TESTS := time or date or zone or hour or night

.PHONY: help setup peers lint types test demo bench package translations clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

setup: ## install what is missing (Debian packages, .venv); quick when nothing is
	@bash tests/dev/setup.sh

peers: setup ## install the tools that ours are compared with into .venv-peers (they need a newer numpy)
	@test -e .venv-peers/ready-$$(sha256sum <tests/dev/requirements-peers.txt | cut -c1-16) || { \
		/usr/bin/python3 -m venv --clear .venv-peers; \
		.venv-peers/bin/pip install -q --disable-pip-version-check -r tests/dev/requirements-peers.txt; \
		touch .venv-peers/ready-$$(sha256sum <tests/dev/requirements-peers.txt | cut -c1-16); \
	}

lint: setup ## check style
	@.venv/bin/ruff check .

types: setup ## check the types of the engine
	@.venv/bin/mypy

test: lint types ## style and types, then all tests without a display
	@for zone in $(TIME_ZONES); do \
		echo "time-related tests under TZ=$$zone"; \
		TZ=$$zone QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -m 'not slow' -k '$(TIME_TESTS)'; \
	done
	@QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest

demo: setup ## make a synthetic Sahel, study it in the real QGIS, leave project and pictures in demo/ (SEED=7)
	@PYTHONPATH=tests $(PYTHON) -m demo --seed $(SEED)

bench: setup ## measure speed and memory (PART=study for one part)
	@[[ ! "$(PART)" =~ ^(all|stays|scoring)$$ ]] || $(MAKE) --no-print-directory peers
	@PYTHONPATH=tests $(PYTHON) -m bench $(PART)

package: setup ## build and check dist/sitelight-VERSION.zip from the last commit
	@$(PYTHON) tests/dev/package.py

translations: setup ## collect the texts to translate into i18n/*.ts
	@pylupdate5 -noobsolete $$(git ls-files 'plugin/*.py') -ts i18n/sitelight_fr.ts

clean: ## remove what was made (keeps .venv and .venv-peers)
	@rm -rf demo build dist .pytest_cache .hypothesis .ruff_cache .mypy_cache .qgis-settings
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
