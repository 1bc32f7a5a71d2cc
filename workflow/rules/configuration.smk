"""The configuration, checked: a misspelt key or a value of the wrong kind is an error before anything runs."""

import os
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import validate

from starnmf.choices import Descent
from starnmf.factorization import RESUME_MINUTES
from starnmf.stamp import RUN, run_description


def typed(value):
    """Numbers inside lists and tables, which Snakemake reads from the command line as text, as numbers."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return yaml.safe_load(value) if isinstance(value, str) else value


for key in ("rates", "ranks", "shapes", "stand_in_images", "own_datasets"):
    config[key] = typed(config[key])

validate(config, f"{workflow.basedir}/workflow/schemas/config.schema.yaml")

if config["descent"] not in set(Descent):
    raise WorkflowError(
        f"descent: found {config['descent']!r}; expected one of {', '.join(Descent)}"
    )

# Commands write into their results which run they belong to. It is no parameter of theirs: nothing depends on it.
os.environ[RUN] = run_description(
    {key: value for key, value in config.items() if key != "redraw"},
    Path(workflow.basedir),
)
# How often a state is saved changes no result, so that it is no parameter either.
os.environ[RESUME_MINUTES] = str(config["resume_minutes"])
