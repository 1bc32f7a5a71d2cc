# make reproduce   every figure, table and claim, on stand-in data at laptop scale, and the report on them
# make report      the same, such as make report OPTIONS='--configfile presets/paper.yaml'
# make test        the tests of every stage, of one run end to end and of the README's commands
# make test-all    these and the extended ones: fuzzing, kill loops, Slurm, the browser, large sizes
# make bundle      the tables of the last run as results/bundle.zip
# make figures BUNDLE=bundle.zip   figures, tables and ledger from a bundle, under redrawn/, without data or computation
# make benchmark   the engines against plain ones, as a table in benchmarks/results: about ten minutes
# make lint        ruff, mypy, snakefmt and snakemake's linter
# make lock        pin anew what pyproject.toml asks for

PYTHON ?= python3
CORES ?= all
OPTIONS ?=
BUNDLE ?= results/bundle.zip
PYTEST := pytest --numprocesses 2 --no-loadscope-reorder
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: reproduce report bundle figures test test-all benchmark lint lock

reproduce: report

report: $(BIN)/starnmf
	snakemake --cores $(CORES) $(OPTIONS)
	snakemake --report results/report.html $(OPTIONS)

bundle: $(BIN)/starnmf
	snakemake --cores $(CORES) bundle

figures: $(BIN)/starnmf
	$(BIN)/python -m zipfile --extract $(BUNDLE) redrawn
	snakemake --cores $(CORES) --directory redrawn figures tables claims

test: $(BIN)/starnmf
	$(PYTEST) -m 'not extended'

test-all: $(BIN)/starnmf
	$(PYTEST)

benchmark: $(BIN)/starnmf
	python benchmarks

lint: $(BIN)/starnmf
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint

$(BIN)/starnmf: envs/requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement envs/requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

lock:
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable ".[workflow,test]"
	$(BIN)/pip freeze --exclude-editable | sed -e 's/+cpu//' -e 's/^triton==.*/&; platform_system == "Linux"/' > envs/requirements.lock
