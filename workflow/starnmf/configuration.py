"""The configuration of a run: one message for every mistake in it, and its user-supplied matrices."""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from jsonschema import FormatChecker

from starnmf.choices import BatchNorm, Descent, Device, Regime, Source
from starnmf.datasets.options import read_options
from starnmf.datasets.registry import ALL_NAMES, NAMES, published
from starnmf.datasets.stand_in import stand_in_options
from starnmf.errors import InputError, did_you_mean
from starnmf.networks.architecture import architecture_named
from starnmf.networks.protocol import TRAINING_IMAGES
from starnmf.schema import as_declared, expected, named, places_that_do_not_fit

Configuration = Mapping[str, Any]

IMAGES = "cifar10"
"""The images that networks are trained on."""

MOST_TRIED = 1000
"""Ranks of one matrix, each an argument of the command that tries them."""


def read_configuration(
    configuration: Configuration, schema: Path, typed: Configuration | None = None, files: Iterable[Path] = ()
) -> dict[str, Any]:
    """Check a configuration and read its numbers, which Snakemake passes on as text in lists and mappings.

    Parameters
    ----------
    configuration
        Every key of the run.
    schema
        The file that declares keys, types and limits.
    typed
        What the command line sets: a key without a value there is a mistake.
    files
        Files of the configuration, in which no key may appear twice.

    Returns
    -------
    dict
        The configuration, with the types of its schema.

    Raises
    ------
    InputError
        With a line for every mistake: the key, what was found and what was expected.
    """
    declared = yaml.safe_load(schema.read_text(encoding="utf-8"))
    declared["required"] = list(declared["properties"])
    read: dict[str, Any] = as_declared(dict(configuration), declared)
    mistakes = places_that_do_not_fit(read, declared, _FORMATS, _KNOWN)
    for key in [key for key, value in (typed or {}).items() if value is None and key in declared["properties"]]:
        wanted = expected(declared["properties"][key], _KNOWN)
        mistakes[key,] = f"{key}: found nothing after {key}=; expected {wanted}"
    lines = [line for file in files for line in _repeated_keys(file)]
    order = {key: number for number, key in enumerate(declared["properties"])}
    lines += [mistakes[place] for place in sorted(mistakes, key=lambda place: order.get(place[0], len(order)))]
    wrong = {place[0] for place in mistakes}
    right = _RightKeys({key: value for key, value in read.items() if key not in wrong})
    for key, check in _CHECKS.items():
        with suppress(_WrongKeyError):
            if found := list(check(right)):
                lines += found
                right.pop(key, None)
    if lines:
        raise InputError("\n".join(lines))
    return read


def expected_values(schema: Path) -> dict[str, str]:
    """What every key of a configuration may be, in words, in the order of the file that declares them."""
    declared = yaml.safe_load(schema.read_text(encoding="utf-8"))
    return {key: expected(one, _KNOWN) for key, one in declared["properties"].items()}


def own_datasets(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """User-supplied matrices by name: that of `own` alone, under the name of its file, or `own_datasets`."""
    path = configuration["own"]
    if not path:
        return {str(name): own for name, own in configuration["own_datasets"].items()}
    name = re.sub(r"[^A-Za-z0-9_]+", "-", Path(path).name.split(".")[0]).strip("-")
    return {name: {"path": path} | {key: configuration[key] for key in ("rank", "key", "layout", "names", "missing")}}


def datasets_of(configuration: Configuration) -> list[str]:
    """The datasets of a run: `own` or `only` alone, or `datasets` with the user-supplied `own_datasets`."""
    own = list(own_datasets(configuration))
    if configuration["own"]:
        return own
    return [configuration["only"]] if configuration["only"] else [*configuration["datasets"], *own]


def raw_datasets_of(configuration: Configuration) -> list[str]:
    """The datasets, and the images of networks, that a run computes from raw files."""
    return [*_datasets(configuration), *([IMAGES] if _networks(configuration) else [])]


def run_name(configuration: Configuration) -> str:
    """The name of a run: `run`, else that of its only matrix, else that of its preset, else `default`."""
    alone = datasets_of(configuration)[0] if configuration["own"] or configuration["only"] else None
    return str(configuration["run"] or alone or configuration["preset"] or "default")


def ranks_tried(configuration: Configuration) -> list[int] | None:
    """The ranks among which `rank` chooses, if the configuration names any: those of a range or a list."""
    tried = configuration["ranks_tried"]
    if isinstance(tried, str):
        first, last = map(int, tried.split("-"))
        return list(range(first, last + 1))
    return None if tried is None else list(tried)


def source_of(configuration: Configuration, dataset: str) -> str:
    """Source of a dataset's raw files; the mirror is that of all datasets where one is set."""
    return str(configuration["sources"].get(dataset, "mirror" if configuration["mirror"] else configuration["source"]))


def is_address(mirror: str) -> bool:
    """Whether a mirror is an address, not a folder."""
    return mirror.startswith(("http://", "https://"))


# Names in the schema


def _is_free(name: object) -> bool:
    """Whether a user-supplied matrix may have a name."""
    if not isinstance(name, str):
        raise InputError(f"the name {name}, which YAML reads as no text; expected it in quotes")
    if name in ALL_NAMES or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", name):
        raise InputError(f"the name {name!r}; expected letters, digits, - and _, and none of {', '.join(ALL_NAMES)}")
    return True


def _is_network(name: object) -> bool:
    """Whether a network has a name, in the usual spelling."""
    usual = architecture_named(str(name)).name
    if name != usual:
        raise InputError(f"{name!r}; expected {usual!r}, the usual name of that network")
    return True


_KNOWN: dict[str, tuple[Any, ...]] = {
    "dataset": NAMES,
    "raw files": (*NAMES, IMAGES),
    "one dataset": (*NAMES, None),
    "regime": tuple(map(str, Regime)),
    "descent": tuple(map(str, Descent)),
    "device": tuple(map(str, Device)),
    "source": tuple(map(str, Source)),
    "batch norm": tuple(map(str, BatchNorm)),
}
"""Known names and choices by their format in the schema."""

_FORMATS = FormatChecker(formats=())
for _format, _names in _KNOWN.items():
    _FORMATS.checks(_format)(partial(operator.contains, _names))
_FORMATS.checks("own dataset", raises=InputError)(_is_free)
_FORMATS.checks("network", raises=InputError)(_is_network)


# What no schema can check: mistakes that are known from several keys, before anything runs


def _datasets(configuration: Configuration) -> list[str]:
    """The datasets that this run computes from raw files."""
    if configuration["own"] or configuration["redraw"]:
        return []
    return [configuration["only"]] if configuration["only"] else list(configuration["datasets"])


def _networks(configuration: Configuration) -> list[str]:
    """The networks that this run trains."""
    is_left_out = configuration["own"] or configuration["only"] or configuration["redraw"]
    return [] if is_left_out else list(configuration["networks"])


def _of_one(configuration: Configuration) -> Iterator[str]:
    """`own` and `only` together: each makes a run of its matrix alone."""
    if configuration["own"] and configuration["only"]:
        yield f"only: found {configuration['only']}, and own is {configuration['own']}; expected one of them alone"


def _without_own(configuration: Configuration) -> Iterator[str]:
    """Options of a user-supplied matrix where none is given."""
    said = [key for key in ("rank", "key", "layout", "names") if configuration[key] is not None]
    said += ["missing"] if configuration["missing"] != "zero" else []
    if said and not configuration["own"]:
        yield (
            f"own: found null, and {', '.join(f'{key} is {configuration[key]}' for key in said)}, which says how it is "
            "read; expected the path of a matrix. The ranks of datasets are `ranks`, such as {metabolic: 5}"
        )


def _of_mirror(configuration: Configuration) -> Iterator[str]:
    """A mirror that is not set or does not exist."""
    mirrored = [name for name in raw_datasets_of(configuration) if source_of(configuration, name) == "mirror"]
    mirror = configuration["mirror"]
    if mirrored and not mirror:
        yield f"mirror: found null, and the source of {', '.join(mirrored)} is a mirror; expected a folder or https://..."
    elif mirrored and not is_address(mirror) and not Path(mirror).is_dir():
        yield f"mirror: found no folder {mirror}; expected a folder or https://...{_beside(mirror)}"


def _of_own(configuration: Configuration) -> Iterator[str]:
    """User-supplied matrices that do not exist, or whose file has the name of a dataset."""
    for name, own in own_datasets(configuration).items():
        place = "own" if configuration["own"] else f"own_datasets.{name}.path"
        if not configuration["redraw"] and not Path(own["path"]).is_file():
            yield f"{place}: found no file {own['path']}; expected the path of a matrix{_beside(own['path'])}"
        elif re.search(r"[{}\n]", own["path"]):
            yield f"{place}: found {own['path']!r}; expected a path without braces and line breaks. Rename the file"
        elif configuration["own"] and not _FORMATS.conforms(name, "own dataset"):
            yield (
                f"own: found the name {name!r}, from {own['path']}; expected a file whose name has letters a to z or "
                "digits and is not that of a dataset"
            )


def _of_options(configuration: Configuration) -> Iterator[str]:
    """Reading options that a dataset does not have, or with values that they cannot have."""
    for dataset, options in configuration["options"].items():
        kind: type[Any] = import_module(published(dataset).module).Options if options else object
        for key, value in options.items():
            try:
                read_options(kind, dataset, {key: str(value)})
            except InputError as error:
                yield f"options.{dataset}.{key}: {str(error).removeprefix(f'{dataset}: option {key}: ')}"


def _of_sizes(configuration: Configuration) -> Iterator[str]:
    """Datasets without a rank or shape, ranks above the smaller side, and rates that leave nothing."""
    sides = {}
    for dataset in _datasets(configuration):
        missing = [key for key in ("ranks", "shapes") if dataset not in configuration[key]]
        yield from (f"{key}.{dataset}: found nothing; expected a value for every dataset" for key in missing)
        shape = None if missing else _shape(configuration, dataset)
        if shape is None:
            continue
        sides[dataset], rank = min(shape), configuration["ranks"][dataset]
        size, least = f"as the published matrix is {shape[0]} x {shape[1]}", 1
        if source_of(configuration, dataset) == "stand-in":
            size, least = f"as its synthetic data are {shape[0]} x {shape[1]}", 2
            planted = configuration["shapes"][dataset][2]
            if planted > sides[dataset]:
                yield f"shapes.{dataset}[2]: found {planted}; expected a rank of 2 to {sides[dataset]}, {size}"
            try:
                stand_in_options(dataset, shape)
            except InputError as error:
                yield f"shapes.{error}"
        if not least <= rank <= sides[dataset]:
            yield f"ranks.{dataset}: found {rank}; expected {least} to {sides[dataset]}, {size}"
    if not sides:
        return
    smallest = min(sides, key=sides.__getitem__)
    for number, rate in enumerate(configuration["rates"]):
        if round(rate * sides[smallest]) < 1:
            found = f"found {rate}, which leaves nothing of the smaller side of {smallest}, {sides[smallest]}"
            yield f"rates[{number}]: {found}; expected more than {0.5 / sides[smallest]:.2g}"


def _shape(configuration: Configuration, dataset: str) -> tuple[int, int] | None:
    """The shape of a dataset in this run, as far as it is known before its files are read."""
    if source_of(configuration, dataset) == "stand-in":
        n, m, _ = configuration["shapes"][dataset]
        return n, m
    n, m = published(dataset).shape
    options = configuration["options"].get(dataset, {})
    match dataset:
        case "birdsong":
            return int(options.get("rows", n)), int(options.get("columns", m))
        case "netflix" if options.get("draw") == "counts":
            return int(options.get("users", n)), int(options.get("movies", m))
        case _:
            return None if options or dataset == "netflix" else (n, m)


def _of_rank_factors(configuration: Configuration) -> Iterator[str]:
    """Multiples of the ranks that no dataset's matrix has."""
    known = {dataset: _shape(configuration, dataset) for dataset in _datasets(configuration)}
    sizes = [(configuration["ranks"][dataset], min(shape)) for dataset, shape in known.items() if shape]
    if not sizes or len(sizes) < len(known) or configuration["own_datasets"]:
        return
    for number, factor in enumerate(configuration["rank_factors"]):
        if factor > 1 and all(round(factor * rank) >= side for rank, side in sizes):
            most = max(side / rank for rank, side in sizes)
            yield f"rank_factors[{number}]: found {factor}, at which no dataset has a rank; expected below {most:.3g}"


def _of_ranks_tried(configuration: Configuration) -> Iterator[str]:
    """Ranks to try of which none is above 1, or more than a command line holds."""
    ranks = ranks_tried(configuration)
    if ranks is not None and len(ranks) > MOST_TRIED:
        yield f"ranks_tried: found {len(ranks):,} ranks; expected at most {MOST_TRIED:,}"
    if ranks is not None and max(ranks, default=1) < 2:
        found = f"found {configuration['ranks_tried']!r}, which holds no rank above 1"
        yield f"ranks_tried: {found}; expected such as 2-12, or a list such as [2, 4, 8]"


def _of_images(configuration: Configuration) -> Iterator[str]:
    """More training images on segments than there are."""
    synthetic = source_of(configuration, IMAGES) == "stand-in"
    count = configuration["stand_in_images"][0] if synthetic else TRAINING_IMAGES
    if _networks(configuration) and configuration["line_images"] > count:
        yield f"line_images: found {configuration['line_images']}; expected at most the {count} training images"


def _of_descent(configuration: Configuration) -> Iterator[str]:
    """A way of descent that needs all entries where some are not observed."""
    descent = Descent(configuration["descent"])
    incomplete = [dataset for dataset in _datasets(configuration) if published(dataset).density is not None]
    if descent.needs_all_entries and incomplete:
        others = " or ".join(one for one in Descent if not one.needs_all_entries)
        yield (
            f"descent: found '{descent}' with {', '.join(incomplete)}, of which not all entries are observed; expected "
            f"{others}, or other datasets"
        )


_CHECKS: dict[str, Callable[[Configuration], Iterator[str]]] = {
    "options": _of_options,
    "ranks": _of_sizes,
    "rank_factors": _of_rank_factors,
    "ranks_tried": _of_ranks_tried,
    "line_images": _of_images,
    "descent": _of_descent,
    "mirror": _of_mirror,
    "only": _of_one,
    "rank": _without_own,
    "own": _of_own,
}
"""Checks by the key that is wrong where one fails."""


class _WrongKeyError(Exception):
    """A check reads a key that is wrong: it cannot be made."""


class _RightKeys(dict[str, Any]):
    """The keys of a configuration that are right."""

    def __missing__(self, key: str) -> Any:
        raise _WrongKeyError(key)


def _beside(path: str) -> str:
    """The file or folder beside a path that has nearly its name, as the end of a message."""
    folder = Path(path).parent
    names = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    return did_you_mean(Path(path).name, names)


def _repeated_keys(file: Path) -> Iterator[str]:
    """A message for every key that a file of a configuration has twice, of which YAML would take the last."""

    def below(node: yaml.Node | None, place: tuple[str, ...]) -> Iterator[str]:
        if isinstance(node, yaml.MappingNode):
            seen: set[tuple[str, ...]] = set()
            for key, value in node.value:
                inner = (*place, str(key.value))
                if inner in seen:
                    line = key.start_mark.line + 1
                    yield f"{named(inner)}: found twice, again in line {line} of {file.name}; expected every key once"
                seen.add(inner)
                yield from below(value, inner)

    is_yaml = file.suffix in (".yaml", ".yml")
    return below(yaml.compose(file.read_text(encoding="utf-8")) if is_yaml else None, ())
