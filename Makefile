# Sitelight: everything a developer does, by name. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
SEED ?= 7
PART ?= all
ARGS ?=

# Tests that turn on clocks and calendars run a second time where the day starts elsewhere.
TIME_ZONES := Europe/Athens America/St_Johns
TIME_TESTS := time or date or zone or hour or night

TARGETS := help setup trackintel peers lint types test demo bench package translations clean
.PHONY: $(TARGETS)

# `make bench stays` names a part, not a target: whatever stands beside `bench` and is no target of its own.
NAMED_PARTS := $(if $(filter bench,$(MAKECMDGOALS)),$(filter-out $(TARGETS),$(MAKECMDGOALS)))
ifneq ($(NAMED_PARTS),)
PART := $(NAMED_PARTS)
.PHONY: $(NAMED_PARTS)
$(NAMED_PARTS): bench
	@:
endif

# Installs what a list names into .venv-peers; quick when it is there.
define fill_peers
@stamp=.venv-peers/ready-$$(cat $(1) tests/dev/requirements-trackintel.txt | sha256sum | cut -c1-16); \
[[ -e $$stamp ]] && .venv-peers/bin/python -c '' 2>/dev/null || { \
	echo "installing what $(1) names into .venv-peers"; \
	.venv-peers/bin/python -c '' 2>/dev/null || /usr/bin/python3 -m venv --clear .venv-peers; \
	.venv-peers/bin/pip install -q --disable-pip-version-check -r $(1); \
	touch $$stamp; \
}
endef

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 22

setup: ## install what is missing (Debian packages, .venv); quick when nothing is
	@bash tests/dev/setup.sh

trackintel: setup ## install the tool whose stays ours must equal into .venv-peers (it needs a newer numpy)
	$(call fill_peers,tests/dev/requirements-trackintel.txt)

peers: setup ## install all tools that ours are compared with into .venv-peers
	$(call fill_peers,tests/dev/requirements-peers.txt)

lint: setup ## check style
	@.venv/bin/ruff check .

types: setup ## check the types of the engine
	@.venv/bin/mypy

# Two processes, each with whole files: a world of a file is made once. Compiled tests are kept, whatever the shell says.
PYTEST := PYTHONDONTWRITEBYTECODE= QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -n 2 --dist loadfile

test: lint types trackintel ## style and types, then all tests without a display
	@files=$$(grep -rlE 'def test_\w*($(subst $() or ,|,$(TIME_TESTS)))' tests --include='test_*.py' | grep -v layout); \
	for zone in $(TIME_ZONES); do \
		echo "time-related tests under TZ=$$zone"; \
		TZ=$$zone $(PYTEST) -m 'not slow' -k '$(TIME_TESTS)' $$files; \
	done
	@$(PYTEST)

demo: setup ## make a synthetic Sahel, study it in the real QGIS, leave project and pictures in demo/ (SEED=7)
	@PYTHONPATH=tests $(PYTHON) -m demo --seed $(SEED)

bench: setup $(if $(filter all stays scoring,$(PART)),peers) ## measure speed and memory (`make bench study`: one part)
	@PYTHONPATH=tests $(PYTHON) -m bench $(PART) $(ARGS)

package: setup ## build and check dist/sitelight-VERSION.zip from the last commit
	@$(PYTHON) tests/dev/package.py

translations: setup ## collect the texts to translate into i18n/*.ts
	@pylupdate5 -noobsolete $$(git ls-files 'plugin/*.py') -ts i18n/sitelight_fr.ts

clean: ## remove what was made (keeps .venv and .venv-peers)
	@rm -rf demo build dist .pytest_cache .hypothesis .ruff_cache .mypy_cache .qgis-settings
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
