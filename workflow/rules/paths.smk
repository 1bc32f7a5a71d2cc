"""Which files belong to this run: the only place where configuration becomes paths."""

import re
from glob import glob

from snakemake.exceptions import WorkflowError

from starnmf.choices import Descent
from starnmf.companions.inductive.tables import COLD_START
from starnmf.datasets.raw import RECEIPT, find_raw
from starnmf.datasets.registry import NAMES
from starnmf.datasets.stand_in import stand_in_options
from starnmf.datasets.tables import MATRICES
from starnmf.errors import InputError
from starnmf.experiments import EXPERIMENTS
from starnmf.factorization.tables import RUNS
from starnmf.figures.catalogue import FIGURES, surface_networks
from starnmf.landscape.tables import (
    CURVATURE,
    LINES,
    SCALES,
    SPECTRUM,
    STEPS,
    TIMES,
    TRAJECTORY,
)
from starnmf.networks.architecture import architecture_named
from starnmf.networks.tables import HISTORY, LENGTHS, NETWORK_SURFACES, TRAININGS
from starnmf.tables.catalogue import LENGTH_TABLES, TABLES, length_table

# With `own` the run is of that matrix alone; `own_datasets` join the others.
OWN = config["own_datasets"]
DATASETS = [*config["datasets"], *OWN]
NETWORKS = config["networks"]
if config["own"]:
    NAME_OF_OWN = re.sub(r"[^A-Za-z0-9_]+", "-", Path(config["own"]).name.split(".")[0])
    OWN = {
        NAME_OF_OWN: {"path": config["own"]}
        | {key: config[key] for key in ("rank", "key", "layout", "missing")}
    }
    DATASETS, NETWORKS = [NAME_OF_OWN], []
IMAGES = "cifar10"
FEATURES = "movielens-features"
REGIMES = config["regimes"]
# The regimes that are reached along the flow; HALS finds optima without a way to them.
FOLLOWED = [
    regime
    for regime in REGIMES
    if regime != "converged" or Descent(config["descent"]).follows_flow
]
RATES = [str(float(rate)) for rate in config["rates"]]

for dataset in OWN:
    if dataset in NAMES or not re.fullmatch(r"[A-Za-z0-9_-]+", dataset):
        raise WorkflowError(
            f"own_datasets: found the name {dataset!r}; expected letters, digits, - and _, and none of {', '.join(NAMES)}"
        )
    if not config["redraw"] and not Path(OWN[dataset]["path"]).is_file():
        raise WorkflowError(
            f"{dataset}: found no file {OWN[dataset]['path']}; expected the path of a matrix"
        )

for dataset in config["datasets"]:
    if dataset not in NAMES:
        raise WorkflowError(
            f"datasets: found {dataset!r}; expected some of {', '.join(NAMES)}"
        )
    for table in ("ranks", "shapes"):
        if dataset not in config[table]:
            raise WorkflowError(
                f"{table}: nothing found for {dataset}; expected a value for every dataset"
            )


try:
    ARCHITECTURES = [architecture_named(name) for name in NETWORKS]
except InputError as error:
    raise WorkflowError(f"networks: {error}")


SURFACE_NETWORKS = surface_networks(ARCHITECTURES)


def source(dataset):
    """Where a dataset's raw files come from."""
    return config["sources"].get(
        dataset, "mirror" if config["mirror"] else config["source"]
    )


def is_fetched(dataset):
    """Whether a dataset's raw files come over the network, from publishers or from a mirror at an address."""
    origin = source(dataset)
    return origin == "published" or (
        origin == "mirror" and str(config["mirror"]).startswith(("http://", "https://"))
    )


def raw_folder(dataset):
    """The folder a dataset's raw files are read from."""
    if source(dataset) != "mirror" or is_fetched(dataset):
        return f"data/{source(dataset)}/{dataset}"
    if not config["mirror"]:
        raise WorkflowError(
            f"{dataset}: its source is a mirror; expected --config mirror=FOLDER or mirror=https://..."
        )
    return config["mirror"]


def has_features():
    """Whether MovieLens's users and movies can be read in this run: they are in its archive, beside the ratings."""
    if "movielens" not in DATASETS:
        return False
    if config["redraw"]:
        return Path(COLD_START.pattern).is_file()
    if source("movielens") != "mirror" or is_fetched("movielens"):
        return True
    try:
        return bool(find_raw(FEATURES, Path(raw_folder("movielens"))))
    except InputError:
        return False


def measured(*tables, regimes=REGIMES):
    """The files of tables about datasets, for all datasets, regimes and rates of this run."""
    return [
        file
        for table in tables
        for file in expand(table.pattern, dataset=DATASETS, regime=regimes, rate=RATES)
    ]


THEORY_TABLES, COMPANION_TABLES = (
    [
        experiment.table
        for name, experiment in EXPERIMENTS.items()
        if name.startswith(stage)
    ]
    for stage in ("theory/", "companions/")
)
COMPANION_TABLES += [COLD_START] if has_features() else []
# A run of an own matrix says nothing of other work.
COMPANIONS = [
    name
    for name, figure in FIGURES.items()
    if not config["own"] and figure.table in COMPANION_TABLES
]
NETWORK_TABLES = [
    *expand([TRAININGS.pattern, LENGTHS.pattern], network=NETWORKS),
    *expand(NETWORK_SURFACES.pattern, network=SURFACE_NETWORKS),
]
# All that figures, tables and the ledger are made from.
MEASUREMENTS = [
    *measured(MATRICES, RUNS, CURVATURE, LINES, SPECTRUM, SCALES),
    *measured(TRAJECTORY, regimes=FOLLOWED),
    *measured(TIMES, regimes=[one for one in FOLLOWED if one == "converged"]),
    *measured(STEPS, regimes=[one for one in FOLLOWED if one == "published"]),
    *[table.pattern for table in THEORY_TABLES],
    *NETWORK_TABLES,
    *[table.pattern for table in COMPANION_TABLES if COMPANIONS],
]


wildcard_constraints:
    experiment="|".join(EXPERIMENTS),
    length_table="|".join(LENGTH_TABLES),
    table="|".join(TABLES),
    network=r"resnet\d+-k\d+(\.\d+)?(-plain)?",
    dataset="|".join([*NAMES, *OWN]),
    regime="literal|published|converged",
    rate=r"\d\.\d+",
    figure="|".join(FIGURES),
    variant="|-literal|-converged",


def raw_files_of(dataset):
    """What a dataset is parsed from: the receipt of what was fetched, the folder of a stand-in, or a mirror's files."""
    folder = raw_folder(dataset)
    if is_fetched(dataset):
        return f"{folder}/{RECEIPT}"
    if source(dataset) == "stand-in":
        return folder
    try:
        return [str(path) for path in find_raw(dataset, Path(folder))]
    except InputError as error:
        raise WorkflowError(str(error))


def raw_features():
    """What the features of MovieLens are read from, with its ratings; the files that `raw_files_of` names or more."""
    if source("movielens") != "mirror" or is_fetched("movielens"):
        return raw_files_of("movielens")
    return [str(path) for path in find_raw(FEATURES, Path(raw_folder("movielens")))]


def reading_options(wildcards):
    """The dataset's reading options as they are typed; stand-ins bring those that give their shape."""
    options = dict(config["options"].get(wildcards.dataset, {}))
    if source(wildcards.dataset) == "stand-in":
        options |= stand_in_options(
            wildcards.dataset, tuple(config["shapes"][wildcards.dataset])
        )
    return [
        argument
        for key, value in options.items()
        for argument in ("--option", f"{key}={value}")
    ]


def trials_option(wildcards):
    """How many trials an experiment has, as it is typed; nothing for one that takes none."""
    key = EXPERIMENTS[wildcards.experiment].trials_key
    return f"--trials {config[key]}" if key else ""


def own_options(wildcards):
    """How an own matrix is read, as it is typed."""
    given = OWN[wildcards.dataset]
    named = [(f"--{key}", given.get(key)) for key in ("rank", "key")]
    options = [
        ("--option", f"{key}={given[key]}")
        for key in ("layout", "missing")
        if given.get(key)
    ]
    return [
        str(part)
        for name, value in (*named, *options)
        if value is not None
        for part in (name, value)
    ]


def regime_of(figure, variant):
    """The regime that a figure's file name stands for: the plain number means the figure's own, or else `published`."""
    return variant.removeprefix("-") or FIGURES[figure].regime or "published"


def variants(figure):
    """The ends of a figure's file names in this run, one for each regime that it is drawn under."""
    if not FIGURES[figure].under_regimes:
        return [""]
    along = FIGURES[figure].table in (TRAJECTORY, TIMES)
    drawn = FOLLOWED if along else REGIMES
    if FIGURES[figure].regime:
        return [""] if FIGURES[figure].regime in drawn else []
    return ["" if regime == "published" else f"-{regime}" for regime in drawn]


def shown(figure):
    """The datasets of this run that a figure shows."""
    return FIGURES[figure].shown(DATASETS)


def is_in_run(figure):
    """Whether this run has what a figure shows."""
    if FIGURES[figure].under_regimes:
        return bool(shown(figure))
    if FIGURES[figure].table is NETWORK_SURFACES:
        return bool(SURFACE_NETWORKS)
    return FIGURES[figure].table in THEORY_TABLES or figure in COMPANIONS


def figure_tables(wildcards):
    """The tables that a figure is drawn from."""
    figure = FIGURES[wildcards.figure]
    if not figure.under_regimes:
        if wildcards.variant:
            raise WorkflowError(
                f"{wildcards.figure}{wildcards.variant}: {wildcards.figure} is of no regime; "
                f"expected {wildcards.figure}"
            )
        return expand(figure.table.pattern, network=SURFACE_NETWORKS)
    datasets = shown(wildcards.figure)
    if not datasets:
        raise WorkflowError(
            f"{wildcards.figure} shows {', '.join(figure.datasets)}; this run has {', '.join(DATASETS)}"
        )
    return expand(
        figure.table.pattern,
        dataset=datasets,
        regime=regime_of(wildcards.figure, wildcards.variant),
        rate=RATES,
    )


def figure_runs(wildcards):
    """The summaries of the factorizations behind a figure on datasets."""
    figure = FIGURES[wildcards.figure]
    if not figure.under_regimes:
        return []
    return expand(
        RUNS.pattern,
        dataset=shown(wildcards.figure),
        regime=regime_of(wildcards.figure, wildcards.variant),
        rate=RATES if figure.table is CURVATURE else "1.0",
    )


def figure_files(figure):
    """PDF and PNG of a figure, under every regime where it is drawn under regimes."""
    return expand(
        "results/figures/{figure}{variant}.{suffix}",
        figure=figure,
        variant=variants(figure),
        suffix=["pdf", "png"],
    )


def companion(name):
    """Tables and figures of one companion."""
    tables = [table for table in COMPANION_TABLES if f"/{name}/" in table.path]
    figures = [figure for figure in FIGURES if FIGURES[figure].table in tables]
    return [
        *[table.pattern for table in tables],
        *[figure_files(figure) for figure in figures],
    ]


def table_files(table):
    """A table in its three forms."""
    return expand(
        "results/tables/{table}.{suffix}", table=table, suffix=["csv", "md", "tex"]
    )


def dataset_module(dataset):
    """The module that parses a dataset and writes its stand-in."""
    return f"starnmf.datasets.{dataset.replace('-', '_')}"
