"""The configuration of a run: what its schema cannot check, and its user-supplied matrices."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from starnmf.datasets.registry import NAMES
from starnmf.errors import InputError
from starnmf.factorization.settings import Settings
from starnmf.networks.architecture import architecture_named


def with_numbers(value: Any) -> Any:
    """A value with the numbers in its lists and mappings, which Snakemake reads from the command line as text."""
    if isinstance(value, dict):
        return {key: with_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_numbers(item) for item in value]
    return yaml.safe_load(value) if isinstance(value, str) else value


def own_datasets(configuration: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """User-supplied matrices by name: that of `own` alone, under the name of its file, or `own_datasets`."""
    path = configuration["own"]
    if not path:
        return dict(configuration["own_datasets"])
    name = re.sub(r"[^A-Za-z0-9_]+", "-", Path(path).name.split(".")[0])
    return {name: {"path": path} | {key: configuration[key] for key in ("rank", "key", "layout", "missing")}}


def datasets_of(configuration: Mapping[str, Any]) -> list[str]:
    """The datasets of a run: `own` or `only` alone, or `datasets` with the user-supplied `own_datasets`."""
    own = list(own_datasets(configuration))
    if configuration["own"]:
        return own
    return [configuration["only"]] if configuration["only"] else [*configuration["datasets"], *own]


def run_name(configuration: Mapping[str, Any]) -> str:
    """The name of a run: `run`, else that of its only matrix, else that of its preset, else `default`."""
    alone = datasets_of(configuration)[0] if configuration["own"] or configuration["only"] else None
    return str(configuration["run"] or alone or configuration["preset"] or "default")


def check_names(configuration: Mapping[str, Any]) -> None:
    """Check names of datasets, networks and the way of descent, and that the files of user-supplied matrices exist.

    Parameters
    ----------
    configuration
        A configuration that fits its schema.

    Raises
    ------
    InputError
        If a name is unknown, a dataset has no rank or shape, or a file does not exist.
    """
    Settings(descent=configuration["descent"])
    for name, own in own_datasets(configuration).items():
        if name in NAMES or not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            expected = f"letters, digits, - and _, and none of {', '.join(NAMES)}"
            raise InputError(f"own_datasets: found the name {name!r}; expected {expected}")
        if not configuration["redraw"] and not Path(own["path"]).is_file():
            raise InputError(f"{name}: found no file {own['path']}; expected the path of a matrix")
    if configuration["own"] and configuration["only"]:
        raise InputError(f"own and only: found both, {configuration['own']} and {configuration['only']}; expected one")
    for dataset in [configuration["only"]] if configuration["only"] else configuration["datasets"]:
        if dataset not in NAMES:
            raise InputError(f"datasets: found {dataset!r}; expected some of {', '.join(NAMES)}")
        for table in ("ranks", "shapes"):
            if dataset not in configuration[table]:
                raise InputError(f"{table}: nothing found for {dataset}; expected a value for every dataset")
    try:
        for network in [] if configuration["own"] else configuration["networks"]:
            architecture_named(network)
    except InputError as error:
        raise InputError(f"networks: {error}") from error
