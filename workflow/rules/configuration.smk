"""Configuration of the run: defaults, checks before any job runs, and the run's folder."""

import os
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config, validate

from starnmf.configuration import check_names, own_datasets, run_name, with_numbers
from starnmf.errors import InputError
from starnmf.factorization import RESUME_MINUTES
from starnmf.run_folder import check_replaced, write_configuration
from starnmf.stamp import RUN, run_description

# Of this file, also where another workflow uses this one as a module, or with --directory.
CHECKOUT = Path(str(workflow.current_basedir)).parents[1]

completed = yaml.safe_load((CHECKOUT / "config.yaml").read_text())
update_config(completed, config)
config.update(completed)

for key in ("rates", "rank_factors", "ranks", "shapes", "stand_in_images", "own_datasets"):
    config[key] = with_numbers(config[key])

validate(config, str(CHECKOUT / "workflow/schemas/config.schema.yaml"))

try:
    check_names(config)
except InputError as error:
    raise WorkflowError(str(error))

config["run"] = run_name(config)
FOLDER = f"results/{config['run']}"


pathvars:
    results=FOLDER,
    logs=f"{FOLDER}/logs",
    benchmarks=f"{FOLDER}/jobs",


# Commands record in their results which run they belong to. It is not a parameter: a change of it reruns nothing.
os.environ[RUN] = run_description({key: value for key, value in config.items() if key != "redraw"}, CHECKOUT)
# How often a state is saved changes no result, so it is not a parameter either.
os.environ[RESUME_MINUTES] = str(config["resume_minutes"])
