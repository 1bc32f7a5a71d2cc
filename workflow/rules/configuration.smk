"""Configuration of the run: defaults, checks before any job runs, the run's folder, and the environment of its jobs."""

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from starnmf.configuration import read_configuration, run_name
from starnmf.errors import InputError
from starnmf.factorization import RESUME_MINUTES
from starnmf.run_folder import write_configuration
from starnmf.stamp import RUN, run_description

# Of this file, also where another workflow uses this one as a module, or with --directory.
CHECKOUT = Path(str(workflow.current_basedir)).parents[1]

completed = yaml.safe_load((CHECKOUT / "config.yaml").read_text())
update_config(completed, config)

try:
    config.update(
        read_configuration(
            completed,
            schema=CHECKOUT / "workflow/schemas/config.schema.yaml",
            typed=workflow.config_settings.config,
            files=map(Path, workflow.configfiles),
        )
    )
except InputError as error:
    raise WorkflowError(str(error))

config["run"] = run_name(config)
FOLDER = f"results/{config['run']}"


pathvars:
    results=FOLDER,
    logs=f"{FOLDER}/logs",
    benchmarks=f"{FOLDER}/jobs",


# Jobs run the `starnmf` of the environment that Snakemake runs in, also where that is not activated. An order of folders
# that was chosen stays, and so does an environment of conda, which a job puts in front.
programs, searched = str(Path(sys.executable).parent), os.get_exec_path()
if programs not in searched:
    os.environ.update(PATH=os.pathsep.join([programs, *searched]))

# Commands record in their results which run they belong to. It is not a parameter: a change of it reruns nothing.
os.environ[RUN] = run_description(config, CHECKOUT)
# How often a state is saved changes no result, so it is not a parameter either.
os.environ[RESUME_MINUTES] = str(config["resume_minutes"])
