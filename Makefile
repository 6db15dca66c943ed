# Karibche. `make help` lists what can be done.

PYTHON ?= python3
PORT ?= 8000
CLOUD_PORT ?= 4566

VENV := .venv/bin
LOCAL := $(VENV)/python -m local
SET_UP := $(PYTHON) -m local.bootstrap

export PORT CLOUD_PORT PYTHON

.DEFAULT_GOAL := help
.PHONY: help run card stop reset status logs operator code test check format openapi bench setup publish trust package deploy

help: ## Show this help
	@awk 'BEGIN { FS = ":.*## " } /^## / { printf "\n%s\n", substr($$0, 4) } \
	/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\nSettings: PYTHON=python3.12  PORT=8000  CLOUD_PORT=4566  CARD=1\n'

## The portal on this machine

run: python ## Start the portal (CARD=1: with a card to log in with); Ctrl-C stops it, data is kept
	@begun=$$(date +%s); $(SET_UP) --port $(PORT) --cloud-port $(CLOUD_PORT) $(if $(CARD),--with-card) && \
	  KARIBCHE_BEGUN=$$begun exec $(LOCAL) run $(if $(CARD),--card)

card: ## Open the program of that card in this terminal, where run could not
	@exec $(LOCAL) card

stop: ## Stop a portal that runs in another terminal
	@$(PYTHON) -m local.leftovers

reset: ## Delete all data of the local portal (asks first; YES=1 does not)
	@$(PYTHON) -m local.leftovers --reset $(if $(YES),--yes)

status: ## Say what runs, where, and how much is kept
	@$(LOCAL) status

logs: ## Show what the functions log, as it comes (SINCE=minutes, default 10)
	@$(LOCAL) logs --since $(or $(SINCE),10)

operator: ## Make an operator: EMAIL=…; prints password and TOTP key once
	@$(LOCAL) operator "$(EMAIL)"

code: ## Print an operator's current code (EMAIL=…; default: the demonstration's)
	@$(LOCAL) code $(if $(EMAIL),--email "$(EMAIL)")

## Work on it

test: python ## Check and test everything; sets up what it needs
	@$(SET_UP) --for-tests
	@exec $(VENV)/python -m local.verify

check: python ## Lint, types and layers of Python and TypeScript
	@$(SET_UP)
	@$(VENV)/python -m local.verify --check-only

format: ## Format the Python sources
	@$(VENV)/ruff format .
	@$(VENV)/ruff check --fix .

openapi: ## Renew docs/openapi.json from the endpoints
	@$(VENV)/python -m infra.openapi

bench: python ## Measure, and print a table
	@$(SET_UP) --for-tests
	@$(VENV)/python -m bench

setup: python ## Install tools and packages, start nothing
	@$(SET_UP)

## The cloud

package: ## Build the template and the zip of STAGE=… into build/
	@$(VENV)/python -m infra.package --stage $(STAGE)

deploy: ## Deploy STAGE=… to the AWS account of your credentials, after showing the changes
	@$(VENV)/python -m infra.deploy --stage $(STAGE)

publish: ## Publish the catalogue to STAGE=…
	@$(VENV)/python -m infra.publish --stage $(STAGE)

trust: ## Publish to STAGE=… whose cards let a citizen in (FILE=…, see docs/card.md)
	@$(VENV)/python -m infra.trust --stage $(STAGE) "$(FILE)"

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no $(PYTHON) here. Install Python 3.11, 3.12 or 3.13 (Debian: apt-get install python3),"; \
	  echo "or name one:   make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 8))' || { \
	  echo "$(PYTHON) is too old: Python 3.11, 3.12 or 3.13 is needed."; \
	  echo "If you have one, name it:   make run PYTHON=python3.12"; exit 1; }
