# make demo   a simulated plant with a leak, watched live; needs nothing but Python >= 3.11
# make test   every check and every test; as root it also installs the Debian packages the tests start
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROOMS := domain ingest store analytics alerts config web app
DEBIAN := mosquitto mosquitto-clients influxdb nginx-light postgresql openssl chromium

SOAK ?=

.PHONY: screenshots demo test check fmt bench soak up setup packages lock
.DEFAULT_GOAL := help

help:
	@sed -n '1,2p' Makefile; echo '# make check | fmt | bench | soak | screenshots | up (PLANT=plant.toml) | lock'

$(VENV)/runtime.stamp: requirements/build.txt requirements/runtime.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Wastenot needs Python >= 3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

setup: $(VENV)/dev.stamp

demo: $(VENV)/runtime.stamp
	$(BIN)/wastenot demo

up: $(VENV)/runtime.stamp
	$(BIN)/wastenot up --plant $(or $(PLANT),plant.toml)

# As root on Debian: what is missing is installed, and the services it would start are kept from starting.
packages:
	@missing=$$(for p in $(DEBIAN); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done); \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "not installed (tests that need them will be skipped):" $$missing; exit 0; fi; \
	export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	apt-get update --quiet=2 && apt-get install --quiet=2 --yes --no-install-recommends $$missing >/dev/null || \
	  echo "could not install (tests that need them will be skipped):" $$missing

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# what starts servers, processes or browsers runs three at a time, the rest on all cores (tests/conftest.py)
test: setup packages check
	@failed=0; \
	$(BIN)/python -m pytest -m 'not processes' -n auto --no-loadscope-reorder || failed=1; \
	$(BIN)/python -m pytest -m processes -n 3 --no-loadscope-reorder || failed=1; \
	exit $$failed

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	$(BIN)/python -m bench

# every page of a demonstration as docs/images/*.png: look at them
screenshots: setup packages
	$(BIN)/python -m tests.pages.screenshots

# the long faults at full size, some 90 minutes: make soak SOAK="--only 1,2"
soak: setup packages
	$(BIN)/python -m bench.soak $(SOAK)

# needs uv; the files hold hashes and no index address
lock:
	for set in build.in:build.txt; do uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 requirements/$${set%%:*} -o requirements/$${set##*:}; done
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group dev -o requirements/dev.txt
