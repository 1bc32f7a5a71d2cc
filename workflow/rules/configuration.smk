"""Checks of the configuration: a misspelt key or an invalid value is an error before any job runs."""

import os
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from starnmf.configuration import check_names, with_numbers
from starnmf.errors import InputError
from starnmf.factorization import RESUME_MINUTES
from starnmf.stamp import RUN, run_description

for key in ("rates", "rank_factors", "ranks", "shapes", "stand_in_images", "own_datasets"):
    config[key] = with_numbers(config[key])

validate(config, f"{workflow.basedir}/workflow/schemas/config.schema.yaml")

try:
    check_names(config)
except InputError as error:
    raise WorkflowError(str(error))

# Commands record in their results which run they belong to. It is not a parameter: a change of it reruns nothing.
os.environ[RUN] = run_description(config, Path(workflow.basedir))
# How often a state is saved changes no result, so it is not a parameter either.
os.environ[RESUME_MINUTES] = str(config["resume_minutes"])
