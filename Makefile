# make reproduce   every figure, table and claim, on synthetic data at laptop scale, and the report on them
# make report      the report on a finished run, such as make report RUN=paper; like bundle and crate it computes nothing
# make bundle      the tables of a finished run, as results/RUN/bundle.zip
# make crate       a description of a finished run as a Workflow Run RO-Crate, results/RUN/crate.zip
# make figures     figures, tables and ledger of bundles, such as make figures BUNDLE=bundle.zip INTO=redrawn
# make article     docs/article/article.pdf and .html and evidence/claims.md, the ledger, from the bundles in evidence/
# make test        the tests of every stage, of one run end to end and of the README's commands
# make test-all    these and the extended ones: fuzzing, kill loops, Slurm, the browser, large sizes
# make fuzz        files of every format with bytes changed at random, for MINUTES=10: what comes of each, as a table
# make benchmark   the engines against plain ones, as a table in benchmarks/results: about ten minutes
# make gpu         what GPU there is or what it lacks, its tests and benchmarks, in 9 minutes; DRY=1: on a CPU, small
# make docs        the documentation as a site, site/index.html, with the article and a gallery of the evidence
# make lint        ruff, mypy, snakefmt and snakemake's linter
# make lock        pin anew, with hashes, what pyproject.toml asks for, and list the licences

PYTHON ?= python3
CORES ?= all
RUN ?= default
MINUTES ?= 10
BUNDLE ?= results/$(RUN)/bundle.zip
INTO ?= redrawn
PYTEST := pytest --numprocesses 2 --no-loadscope-reorder
EVIDENCE := $(wildcard evidence/*.zip)
REDRAWN := evidence/redrawn
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: reproduce report bundle crate figures article test test-all fuzz benchmark gpu docs lint lock

reproduce: $(BIN)/starnmf
	snakemake --cores $(CORES)
	$(MAKE) report

report: $(BIN)/starnmf
	starnmf provenance check results/$(RUN)
	snakemake --report results/$(RUN)/report.html --configfile results/$(RUN)/config.yaml --config run=$(RUN)

bundle crate: $(BIN)/starnmf
	starnmf provenance $@ results/$(RUN)

figures: $(BIN)/starnmf
	starnmf provenance unpack $(BUNDLE) $(INTO)
	snakemake figures tables claims --cores $(CORES) --directory $(INTO) --configfile $(INTO)/config.yaml

test: $(BIN)/starnmf
	$(PYTEST) -m 'not extended'

# A worker more, as many extended tests wait: for Slurm, a server or the moment to kill a program.
test-all: $(BIN)/starnmf
	$(PYTEST) --numprocesses 3

fuzz: $(BIN)/starnmf
	python -m tests.fuzz $(MINUTES)

benchmark: $(BIN)/starnmf
	python benchmarks

gpu: $(BIN)/starnmf
	python benchmarks/gpu.py $(if $(DRY),--dry)

$(REDRAWN)/config.yaml: $(EVIDENCE) | $(BIN)/starnmf
	rm -rf $(REDRAWN)
	starnmf provenance unpack $(EVIDENCE) $(REDRAWN)

article: $(REDRAWN)/config.yaml
	snakemake article --cores $(CORES) --directory $(REDRAWN) --configfile $(REDRAWN)/config.yaml
	cp $(REDRAWN)/results/all/article/article.* docs/article/
	cp $(REDRAWN)/results/all/article/figure15.png docs/pictures/
	cp $(REDRAWN)/results/all/claims.md evidence/

docs: article
	snakemake gallery --cores $(CORES) --directory $(REDRAWN) --configfile $(REDRAWN)/config.yaml
	rm -rf docs/gallery
	cp -r $(REDRAWN)/results/all/gallery docs/
	python -m starnmf.documentation
	NO_MKDOCS_2_WARNING=1 mkdocs build --quiet --strict

lint: $(BIN)/starnmf
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint

$(BIN)/starnmf: envs/requirements.lock envs/cpu.lock envs/cuda.lock pyproject.toml
	$(PYTHON) envs/install.py --venv .venv --editable
	touch $@

lock: $(BIN)/starnmf
	$(BIN)/pip install --quiet uv
	python envs/lock.py
	$(MAKE) $(BIN)/starnmf
	python envs/licences.py
