"""Checks of the configuration, before any job runs, and the environment that jobs share."""

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from starnmf.configuration import read_configuration
from starnmf.errors import InputError
from starnmf.factorization import RESUME_MINUTES
from starnmf.stamp import RUN, run_description

try:
    config.update(
        read_configuration(
            config,
            schema=Path(workflow.source_path("../schemas/config.schema.yaml")),
            typed=workflow.config_settings.config,
            files=map(Path, workflow.configfiles),
        )
    )
except InputError as error:
    raise WorkflowError(str(error))

# Jobs run the `starnmf` of the environment that Snakemake runs in, also where that is not activated. An order of folders
# that was chosen stays, and so does an environment of conda, which a job puts in front.
programs, searched = str(Path(sys.executable).parent), os.get_exec_path()
if programs not in searched:
    os.environ.update(PATH=os.pathsep.join([programs, *searched]))

# Commands record in their results which run they belong to. It is not a parameter: a change of it reruns nothing.
os.environ[RUN] = run_description(
    {key: value for key, value in config.items() if key != "redraw"},
    Path(workflow.basedir),
)
# How often a state is saved changes no result, so it is not a parameter either.
os.environ[RESUME_MINUTES] = str(config["resume_minutes"])
