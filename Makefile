# Sitelight: everything a developer does, by name. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON := .venv/bin/python
SEED ?= 7
N ?= 1000
PART ?= all
ARGS ?=
VERSION ?= 3.44
TESTS ?=

TARGETS := help setup peers lint types test test-qgis fuzz kills demo bench docs calendar package translations clean
.PHONY: $(TARGETS)

# `make bench stays` names a part, not a target: whatever stands beside `bench` and is no target of its own.
NAMED_PARTS := $(if $(filter bench,$(MAKECMDGOALS)),$(filter-out $(TARGETS),$(MAKECMDGOALS)))
ifneq ($(NAMED_PARTS),)
PART := $(NAMED_PARTS)
.PHONY: $(NAMED_PARTS)
$(NAMED_PARTS): bench
	@:
endif

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

setup: ## install what is missing (Debian packages, .venv); quick when nothing is
	@bash tests/dev/setup.sh

peers: setup ## install all tools that ours are compared with into .venv-peers
	@bash tests/dev/peers.sh peers

lint: ## check style
	@bash tests/run.sh lint

types: ## check the types of the engine
	@bash tests/run.sh types

test: ## style and types, then all tests without a display
	@bash tests/run.sh

test-qgis: ## the tests that meet QGIS on 3.40 or 3.44, in a Debian of its own (VERSION=3.40 TESTS=tests/gui)
	@bash tests/qgis.sh $(VERSION) $(TESTS)

fuzz: setup ## damage inputs of every kind, N of them (`make fuzz N=10000 SEED=8`; `ARGS="--case 8:123"` runs one again)
	@PYTHONPATH=tests QT_QPA_PLATFORM=offscreen $(PYTHON) -m fuzz --number $(N) --seed $(SEED) $(ARGS)

kills: setup ## kill runs that write over an earlier study, at N random moments (`make kills N=60`)
	@PYTHONPATH=tests QT_QPA_PLATFORM=offscreen $(PYTHON) -m fuzz.kills --number $(N) --seed $(SEED)

demo: ## make a synthetic Sahel, study it in the real QGIS, leave project and pictures in demo/ (SEED=7)
	@bash tests/demo.sh --seed $(SEED)

bench: setup $(if $(filter all stays scoring,$(PART)),peers) ## measure speed and memory (`make bench study`: one part)
	@PYTHONPATH=tests $(PYTHON) -m bench $(PART) $(ARGS)

docs: setup ## write algorithms.md from the algorithms, and the pages of the Help button
	@PYTHONPATH=tests $(PYTHON) -m dev.make_docs

calendar: setup ## make the table of public holidays and rest days again, from the package `holidays`
	@PYTHONPATH=tests $(PYTHON) -m dev.make_calendar

package: setup ## build and check dist/sitelight-VERSION.zip from the last commit
	@$(PYTHON) tests/dev/package.py

translations: setup ## collect the texts to translate into i18n/*.ts
	@pylupdate5 -noobsolete $$(git ls-files 'plugin/*.py') -ts i18n/sitelight_fr.ts

clean: ## remove what was made (keeps .venv and .venv-peers)
	@rm -rf demo build dist .pytest_cache .hypothesis .ruff_cache .mypy_cache .qgis-settings
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
