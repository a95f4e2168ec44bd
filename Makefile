# The two commands: `make run` and `make test`. Everything they need is set up by themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BLUESKY := tests/networks/bluesky

# Each run of a flow is a process of its own, and would compile Prefect anew: seconds every time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test test-networks check bench chaos lock clean

run: $(READY) node_modules/.ready
	@$(BIN)/haechi start

test: $(READY) node_modules/.ready
	@$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(ARGS)

# Servers that are not ours, where this machine has them: docs/networks.md says how to get each.
test-networks: $(READY) node_modules/.ready $(BLUESKY)/node_modules/.ready
	@$(BIN)/python -m pytest -m networks -rs $(ARGS) tests/networks

check: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

bench: $(READY) node_modules/.ready
	@$(BIN)/python -m bench $(ARGS)

chaos: $(READY)
	@$(BIN)/python -m tests.tasks.hostile $(ARGS)

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@echo "Setting up: Python packages into $(VENV)/. The first time this takes some minutes."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit("Haechi needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps -e .
	@touch $@

# By the machine's own npm, or by the one that comes as a wheel where the machine has no Node.
node_modules/.ready: package.json package-lock.json | $(READY)
	@echo "Setting up: the pages' styles into node_modules/."
	@command -v npm >/dev/null || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-node.lock
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --silent --no-audit --no-fund
	@touch $@

# Its Node must be 22, whatever the machine has; what is built for it is built by that one. Where
# this fails its tests are skipped, and say so.
$(BLUESKY)/node_modules/.ready: $(BLUESKY)/package.json $(BLUESKY)/package-lock.json | node_modules/.ready
	@echo "Setting up: Bluesky's own server for the tests of networks, 700 MB. This takes minutes."
	@cd $(BLUESKY) && export PATH="$(CURDIR)/$(BLUESKY)/node_modules/.bin:$$PATH:$(CURDIR)/$(BIN)" && \
		npm ci --silent --no-audit --no-fund --ignore-scripts && npm rebuild --silent node && \
		npm rebuild --silent better-sqlite3 --nodedir="$$(dirname "$$PWD"/node_modules/node/node_modules/node-*/include)" && \
		touch node_modules/.ready || echo "Bluesky's own server cannot be set up on this machine."

# After a change in pyproject.toml: the locks, with hashes and without addresses.
lock: $(READY)
	$(BIN)/uv pip compile pyproject.toml --all-extras --generate-hashes --universal --python-version 3.11 --no-header -o requirements.lock

clean:
	rm -rf $(VENV) node_modules
