"""The folder of a run: its configuration, and results that a command must not replace."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from starnmf.configuration import IMAGES, own_datasets, raw_datasets_of, source_of
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError, reading
from starnmf.networks.tables import TRAININGS
from starnmf.results.atomic import write_atomically

CONFIGURATION = "config.yaml"
"""In the folder of a run: its whole configuration, of the last command that began to compute."""


def write_configuration(configuration: Mapping[str, Any], folder: Path | str) -> None:
    """Write the configuration of a run into its folder, from which the run can be continued."""
    write_atomically(Path(folder, CONFIGURATION), yaml.safe_dump(dict(configuration), sort_keys=False))


def check_replaced(configuration: Mapping[str, Any], folder: Path | str) -> None:
    """Refuse a configuration that would replace the results of other data in the folder of its run.

    Parameters
    ----------
    configuration
        A complete configuration.
    folder
        The folder of its run, which may not exist.

    Raises
    ------
    InputError
        If results of real data would be replaced by those of synthetic data, or results of one
        user-supplied file by those of another.
    """
    advice = f"Give this run a name of its own, with --config run=NAME, or delete {folder}"
    recorded = _recorded(Path(folder))
    if recorded and _subject(recorded) != _subject(configuration):
        raise InputError(
            f"{folder}: holds the run of {_subject(recorded)}, which one of {_subject(configuration)} would replace. "
            f"{advice}"
        )
    own_now = own_datasets(configuration)
    files = {name: _source(own) for name, own in own_now.items()}
    for name, own in own_datasets(recorded).items() if recorded else ():
        before = _source(own)
        if files.get(name, before) != before:
            raise InputError(
                f"{folder}: holds results of {name} from {before}, which those from {files[name]} would replace. "
                f"{advice}"
            )
    used = raw_datasets_of(configuration)
    for name, before, raw in _data_of_results(Path(folder)):
        # Also of matrices that the last command knew nothing of.
        file = Path(own_now[name]["path"]).name if name in own_now else raw
        if before == "own" and file != raw:
            raise InputError(
                f"{folder}: holds results of {name} from {raw}, which those from {file} would replace. {advice}"
            )
        if name in used and source_of(configuration, name) == "stand-in" != before:
            raise InputError(
                f"{folder}: holds results of {name} from real data ({before}), which those from synthetic data would "
                f"replace. {advice}"
            )


def _recorded(folder: Path) -> dict[str, Any] | None:
    """The recorded configuration of a run; None where there is none."""
    path = folder / CONFIGURATION
    if not path.exists():
        return None
    try:
        recorded = dict(yaml.safe_load(path.read_text(encoding="utf-8")))
        _subject(recorded), own_datasets(recorded)
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        raise InputError(
            f"{path}: cannot be read as the configuration of a run ({error!r}); expected what the run wrote. "
            f"Delete {folder} if nothing in it is needed"
        ) from error
    return recorded


def _subject(configuration: Mapping[str, Any]) -> str:
    """What a run is about: one file, one dataset, or many."""
    if not configuration["own"]:
        return configuration["only"] or "several datasets"
    (own,) = own_datasets(configuration).values()
    return _source(own)


def _source(own: Mapping[str, Any]) -> str:
    """A user-supplied file and, where it holds several, which of its arrays is meant."""
    path, key = Path(own["path"]).resolve(), own.get("key")
    return f"{path} (key {key})" if key else str(path)


def _data_of_results(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Datasets with results, the sources of their data and the names of matrices' raw files.

    Without pandas, since every job reads this.
    """
    for table, of_matrix in ((MATRICES, True), (TRAININGS, False)):
        pattern = table.path.format(dataset="*", network="*", training="*")
        for path in sorted(folder.glob(pattern)):
            expected = "what the run wrote. Move it elsewhere, or delete it if the run is to make it again"
            with reading(str(path), "a table of the run", expected), path.open(newline="", encoding="utf-8") as file:
                rows = [
                    (row["dataset"], row["source"], ", ".join(json.loads(row["raw_sha256"])))
                    if of_matrix
                    else (IMAGES, row["source"], "")
                    for row in csv.DictReader(file)
                ]
            yield from rows
