# Tillside: what one can ask for. `make demo` and `make test` work on a fresh machine; `make help` lists the rest.

SHELL := /bin/bash
ROUNDS ?= 500
MINUTES ?= 30
BIN := .venv/bin

.PHONY: help demo test check format format-check lint types floors sizes bench bench-large crash kills soak fuzz mutations docs lock storefront setup

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/.run  ## start the desk and its demo shop
	@exec $(BIN)/tillside demo

test: setup  ## the whole suite, on SQLite and on PostgreSQL, with the same test ids
	@scripts/test $(ARGS)

check: format-check lint types floors test  ## everything that decides whether a change may land
	@:

setup: .venv/.test  ## install what the tests need, on the machine and in .venv
	@scripts/setup-tests

.venv/.run: requirements/base.txt requirements/build.txt pyproject.toml scripts/setup
	@scripts/setup base

.venv/.test: requirements/test.txt requirements/build.txt pyproject.toml scripts/setup
	@scripts/setup test

format: .venv/.test  ## rewrite the layout of the Python code
	@$(BIN)/ruff format tillside tests bench
	@$(BIN)/ruff check --fix-only --select I tillside tests bench

format-check: .venv/.test
	@$(BIN)/ruff format --check tillside tests bench

lint: .venv/.test  ## ruff
	@$(BIN)/ruff check tillside tests bench

types: .venv/.test  ## the strict type checker
	@$(BIN)/mypy

floors: .venv/.test  ## imports go down one list only
	@$(BIN)/lint-imports

sizes: .venv/.test  ## files, functions, names, texts
	@$(BIN)/python -m pytest tests/test_house.py
	@$(BIN)/python -m tests.support.sizes

bench: .venv/.test  ## the figures of docs/speed.md
	@$(BIN)/python -m bench

bench-large: .venv/.test  ## the same with five million stored orders (asks the disk first)
	@$(BIN)/python -m bench --large

crash: setup  ## kill -9 under load, ROUNDS=500
	@$(BIN)/python -m tests.crash --rounds $(ROUNDS)

kills: setup  ## kill -9 the sender of HTTP targets with an answer in its hand, ROUNDS=500
	@$(BIN)/python -m tests.targets.kills --rounds $(ROUNDS)

soak: .venv/.test  ## memory over MINUTES=30 at 70 % of the hold
	@$(BIN)/python -m bench.soak --minutes $(MINUTES)

fuzz: setup  ## long random runs of the property tests
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -k "property or laws or hostile or openapi"

mutations: setup  ## take every rule out once: a test must notice
	@$(BIN)/python -m tests.mutations $(ARGS)

docs: .venv/.test  ## write the generated pages (settings)
	@$(BIN)/python -m tests.support.settings_page

screens: .venv/.test  ## take the pictures of the README from a fresh demo
	@$(BIN)/python -m scripts.screens

lock:  ## pin the newest allowed versions, with hashes
	@scripts/lock

storefront:  ## build the scripts that run in the shop's pages
	@cd storefront && npm ci --no-audit --no-fund && npm run build
