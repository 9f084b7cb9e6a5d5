# Plumbline. `make run` starts everything; `make help` lists the rest.
# Needs Python 3.11 or newer. Another one: make run PYTHON=python3.12

PYTHON ?= python3
ARGS ?=
BOOTSTRAP = $(PYTHON) config/bootstrap.py --from-make
EXEC = $(BOOTSTRAP) exec --

.DEFAULT_GOAL := help
.PHONY: help run test faults check fix reset seed manage bench lock status clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start PostgreSQL, Valkey, S3, web, worker, beat and a mailbox; Ctrl-C stops them
	@$(BOOTSTRAP) run

test: ## run every test, browser tests included (some: make test ARGS=tests/issues)
	@$(BOOTSTRAP) test -- $(ARGS)

faults: ## break everything that can break, on the full scale; writes var/faults.json (about half an hour)
	@FAULTS=full $(BOOTSTRAP) test -- -p no:randomly -n 0 tests/faults $(ARGS)

check: ## style, types, imports, templates, migrations, production settings
	@$(BOOTSTRAP) exec --throwaway -- python -m config.check $(ARGS)

fix: ## format, and mend what ruff can mend
	@$(BOOTSTRAP)
	@.venv/bin/ruff check --fix-only --quiet .
	@.venv/bin/ruff format .

reset: ## empty the database again (stop the stack first)
	@$(BOOTSTRAP) reset $(ARGS)

seed: ## add data: make seed ARGS="--size demo", or --size bench
	@$(EXEC) python manage.py seed $(or $(ARGS),--size demo)

manage: ## any Django command: make manage ARGS="createsuperuser"
	@$(EXEC) python manage.py $(ARGS)

bench: ## measure speed on the bench data, write var/bench.json
	@PLUMBLINE_DATA=$(or $(PLUMBLINE_DATA),var/bench) $(EXEC) python -m bench $(ARGS)

status: ## say whether the stack runs on this data
	@$(BOOTSTRAP) status

lock: ## resolve pyproject.toml anew into the lock files (UPGRADE=--upgrade for newer versions)
	@$(BOOTSTRAP)
	@.venv/bin/python -m config.lock $(UPGRADE)

clean: ## remove what is built, never data
	@rm -rf build node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
