# make reproduce   every figure, table and claim, on synthetic data at laptop scale, and the report on them
# make report      the report on a finished run, such as make report RUN=paper; like bundle and crate it computes nothing
# make bundle      the tables of a finished run, as results/RUN/bundle.zip
# make crate       a description of a finished run as a Workflow Run RO-Crate, results/RUN/crate.zip
# make figures     figures, tables and ledger of a bundle under redrawn/, such as make figures BUNDLE=bundle.zip
# make test        the tests of every stage, of one run end to end and of the README's commands
# make test-all    these and the extended ones: fuzzing, kill loops, Slurm, the browser, large sizes
# make fuzz        files of every format with bytes changed at random, for MINUTES=10: what comes of each, as a table
# make benchmark   the engines against plain ones, as a table in benchmarks/results: about ten minutes
# make lint        ruff, mypy, snakefmt and snakemake's linter
# make lock        pin anew what pyproject.toml asks for

PYTHON ?= python3
CORES ?= all
RUN ?= default
MINUTES ?= 10
BUNDLE ?= results/$(RUN)/bundle.zip
PYTEST := pytest --numprocesses 2 --no-loadscope-reorder
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: reproduce report bundle crate figures test test-all fuzz benchmark lint lock

reproduce: $(BIN)/starnmf
	snakemake --cores $(CORES)
	$(MAKE) report

report: $(BIN)/starnmf
	starnmf provenance check results/$(RUN)
	snakemake --report results/$(RUN)/report.html --configfile results/$(RUN)/config.yaml

bundle crate: $(BIN)/starnmf
	starnmf provenance $@ results/$(RUN)

figures: $(BIN)/starnmf
	starnmf provenance unpack $(BUNDLE) redrawn
	snakemake figures tables claims --cores $(CORES) --directory redrawn --configfile redrawn/config.yaml

test: $(BIN)/starnmf
	$(PYTEST) -m 'not extended'

# A worker more, as many extended tests wait: for Slurm, a server or the moment to kill a program.
test-all: $(BIN)/starnmf
	$(PYTEST) --numprocesses 3

fuzz: $(BIN)/starnmf
	python -m tests.fuzz $(MINUTES)

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
