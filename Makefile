# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types floors docs lock clean help chromium wordpress openssl

help:
	@echo "make demo    install, and run the whole job on bundled sample outlets (no internet)"
	@echo "make test    install what the tests need, and run them all"
	@echo "make check   all that CI does: lint, types, floors, docs, tests with coverage"
	@echo "make lock    renew the lock files after a change of pyproject.toml"

# The interpreter is looked at before anything is installed: an old one fails with a plain sentence.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "clipper needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say which to use: make demo PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing. On Debian: apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing what clipper needs into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@echo "Installing what the tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.installed
	@$(BIN)/clipper demo

# Tools of others, that what the archive writes is tested with: they need other versions than
# clipper does, so they have an environment of their own.
.venv-outside/.installed: $(BIN)/python requirements-outside.lock
	@echo "Installing the tools that the archive is tested with …"
	@$(BIN)/python -m venv --clear .venv-outside
	@.venv-outside/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-outside.lock
	@touch $@

# The browser tests drive Debian's Chromium; the WordPress tests start a real WordPress from Debian's
# packages. Both are installed where that is possible, and named where it is not.
chromium:
	@command -v chromium >/dev/null || sh tests/services/install.sh chromium

wordpress:
	@test -d /usr/share/wordpress && command -v mariadbd php >/dev/null || sh tests/services/install.sh wordpress php-cli php-mysql mariadb-server

# The tests of time stamps ask a service of OpenSSL's own.
openssl:
	@command -v openssl >/dev/null || sh tests/services/install.sh openssl

test: $(VENV)/.installed-dev .venv-outside/.installed chromium wordpress openssl
	$(BIN)/pytest -n 2 $(PYTEST_ARGS)

check: lint types floors docs
	$(MAKE) --no-print-directory test PYTEST_ARGS="--cov --cov-report=term:skip-covered $(PYTEST_ARGS)"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

floors: $(VENV)/.installed-dev
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/check.py

lock:
	$(BIN)/python docs/lock.py

clean:
	rm -rf $(VENV) .venv-outside build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
