# Everything a newcomer, a contributor and CI run. Each target sets up what it needs first, and only when needed.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help demo test check bench setup setup-development lock clean
help:
	@echo "make demo    set up and start the demonstration"
	@echo "make test    set up and run every test"
	@echo "make check   formatting, lint, types, import rules"
	@echo "make bench   what this machine can hold"
	@echo "make lock    pin the newest versions again (needs uv)"

lock:
	uv pip compile setup.cfg --extra build --extra demonstration --override lock-overrides.txt --generate-hashes \
	  --python-version 3.11 --no-emit-index-url --no-annotate --no-header -q -U -o requirements.lock
	uv pip compile setup.cfg --extra build --extra demonstration --extra development -c requirements.lock \
	  --override lock-overrides.txt --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --no-header -q -U -o requirements-dev.lock
