"""Files of this run: the only place where the configuration determines paths.

`<results>`, `<logs>` and `<benchmarks>` are folders of the run (configuration.smk).
"""

import json

from snakemake.exceptions import WorkflowError

from starnmf.choices import Descent, Regime
from starnmf.companions.inductive.tables import COLD_START
from starnmf.configuration import IMAGES, datasets_of, is_address, own_datasets, ranks_tried, source_of
from starnmf.datasets.movielens_features import NAME as FEATURES
from starnmf.datasets.raw import find_raw
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
    RANKS,
    SCALES,
    SPECTRUM,
    STEPS,
    TIMES,
    TRAJECTORY,
)
from starnmf.networks.architecture import architecture_named
from starnmf.networks.tables import HISTORY, LENGTHS, NETWORK_SURFACES, TRAININGS
from starnmf.optima.tables import CENTRES, PAIRS
from starnmf.rank_choice.tables import HELD_OUT, RANK_CHOICE, RANK_RESTARTS
from starnmf.run_folder import check_replaced
from starnmf.tables.catalogue import LENGTH_TABLES, TABLES, length_table

OWN = own_datasets(config)
DATASETS = datasets_of(config)
# A run of one matrix has neither networks nor experiments.
ALONE = config["own"] or config["only"]
NETWORKS = [] if ALONE else config["networks"]
GROUPS = [] if ALONE else config["experiments"]
ARCHITECTURES = [architecture_named(name) for name in NETWORKS]
SURFACE_NETWORKS = surface_networks(ARCHITECTURES)
TRAINING_NUMBERS = range(config["trainings"])
REGIMES = config["regimes"]
# The tables of the bundles that are redrawn, whose runs may have had different rates and descents.
record = Path("provenance.json")
UNPACKED = set(json.loads(record.read_text())["tables"]) if config["redraw"] and record.exists() else None
# The regimes whose descent is followed; HALS finds the optima of `converged` without the flow.
follows_flow = config["redraw"] or Descent(config["descent"]).follows_flow
FOLLOWED = [regime for regime in REGIMES if regime != "converged" or follows_flow]
RATES = [str(float(rate)) for rate in config["rates"]]
# What a run of a user-supplied matrix draws: the figures of its answers. All others can be asked for by their names, or
# together as `landscape`.
OWN_FIGURES = ["figure04", "figure15", "figure17", "figure18"]


def path_of(table):
    """The path of a result table, with wildcards."""
    return f"<results>/{table.path}"


def available(files):
    """Of the files of tables those that the bundles have, where bundles are redrawn; all of them in any other run."""
    return files if UNPACKED is None else [file for file in files if file.removeprefix("<results>/") in UNPACKED]


def subsamples_at(rate):
    """The number of subsamples of a rate, of which each has at least one optimum."""
    return 1 if rate == "1.0" else min(config["subsamples"], config["optima"])


def source(dataset):
    """Source of a dataset's raw files."""
    return source_of(config, dataset)


def is_fetched(dataset):
    """Whether a dataset's raw files come over the network, from publishers or from a mirror at an address."""
    origin = source(dataset)
    return origin == "published" or (origin == "mirror" and is_address(config["mirror"]))


def raw_folder(dataset):
    """The folder a dataset's raw files are read from: synthetic ones belong to the run."""
    if source(dataset) == "stand-in":
        return f"<results>/stand-in/{dataset}"
    if is_fetched(dataset):
        return f"data/{source(dataset)}/{dataset}"
    if not config["mirror"]:
        raise WorkflowError(f"{dataset}: its source is a mirror; expected --config mirror=FOLDER or mirror=https://...")
    return config["mirror"]


def has_features():
    """Whether the users and movies of MovieLens, which its archive holds beside the ratings, are available in this run."""
    if "movielens" not in DATASETS:
        return False
    if config["redraw"]:
        return Path(FOLDER, COLD_START.path).is_file()
    if source("movielens") != "mirror" or is_fetched("movielens"):
        return True
    try:
        return bool(find_raw(FEATURES, Path(raw_folder("movielens"))))
    except InputError:
        return False


def measured(*tables, datasets=DATASETS, regimes=REGIMES, rates=RATES, networks=NETWORKS):
    """The files of tables, for all datasets, regimes and rates, or networks and trainings, of this run."""
    of_datasets = {"dataset": datasets, "regime": regimes, "rate": rates}
    of_networks = {"network": networks, "training": TRAINING_NUMBERS}
    return available([file for table in tables for file in expand(path_of(table), **of_datasets, **of_networks)])


def measured_on_dataset(table, regimes=REGIMES, rates=RATES):
    """The files of a table about the dataset of a job, for all regimes and rates."""
    return lambda wildcards: measured(table, datasets=wildcards.dataset, regimes=regimes, rates=rates)


EXPERIMENT_TABLES = [experiment.table for experiment in EXPERIMENTS.values()]
THEORY_TABLES = [table for table in EXPERIMENT_TABLES if table.name.startswith("theory/")]
COMPANION_TABLES = [table for table in EXPERIMENT_TABLES if table.name.startswith("companions/")]
COMPANION_TABLES += [COLD_START] if has_features() else []
THEORY_MEASUREMENTS = THEORY_TABLES if "theory" in GROUPS else []
COMPANION_MEASUREMENTS = [table for table in COMPANION_TABLES if table.name.split("/")[1] in GROUPS]
# What a table that is not of networks shows.
SHOWN_IN = {"table1": DATASETS, "table6": config["datasets"]}
RUN_TABLES = [] if config["own"] else ["table1"] if ALONE else [name for name in TABLES if SHOWN_IN.get(name, True)]
NETWORK_TABLES = [*measured(TRAININGS, LENGTHS), *measured(NETWORK_SURFACES, networks=SURFACE_NETWORKS)]
# All inputs of figures, tables and ledger.
if config["own"]:
    MEASUREMENTS = measured(MATRICES, RUNS, CURVATURE, RANKS, LINES, PAIRS, CENTRES, rates=["1.0"])
else:
    MEASUREMENTS = [
        *measured(MATRICES, RUNS, CURVATURE, RANKS, LINES, SPECTRUM, SCALES, PAIRS, CENTRES),
        *measured(TRAJECTORY, regimes=FOLLOWED),
        # The flow is compared with the paper's discrete steps on the paper's datasets.
        *measured(STEPS, regimes=[one for one in FOLLOWED if one == "published"]),
        *[path_of(table) for table in THEORY_MEASUREMENTS],
        *NETWORK_TABLES,
        *[path_of(table) for table in COMPANION_MEASUREMENTS],
    ]
MEASUREMENTS += measured(TIMES, regimes=[one for one in FOLLOWED if one == "converged"])
# Ranks are tried where they are given, or for the target `rank`.
RANK_TABLES = measured(RANK_CHOICE, RANK_RESTARTS, HELD_OUT)
RANK_MEASUREMENTS = RANK_TABLES if config["ranks_tried"] else []
MEASUREMENTS += RANK_MEASUREMENTS

try:
    if not config["redraw"]:
        check_replaced(config, FOLDER)
except InputError as error:
    raise WorkflowError(str(error))


wildcard_constraints:
    experiment="|".join(EXPERIMENTS),
    table="|".join(TABLES),
    network=r"resnet\d+-k\d+(\.\d+)?(-plain)?",
    training=r"\d+",
    dataset="|".join([*NAMES, *OWN]),
    regime="|".join(Regime),
    rate=r"\d\.\d+",
    figure="|".join(FIGURES),
    variant="|-literal|-converged",


def raw_files_of(dataset, content=None):
    """Inputs that a dataset, or `content` of its archive, is parsed from: a receipt, a folder or a mirror's files."""
    folder = raw_folder(dataset)
    if is_fetched(dataset):
        return f"<results>/fetched/{source(dataset)}/{dataset}.json"
    if source(dataset) == "stand-in":
        return folder
    try:
        return [str(path) for path in find_raw(content or dataset, Path(folder))]
    except InputError as error:
        raise WorkflowError(str(error))


def mirrored_files_of(dataset):
    """The files that a dataset is parsed from where they lie in a user's folder; else none."""
    in_folder = source(dataset) == "mirror" and not is_fetched(dataset)
    return raw_files_of(dataset) if in_folder else []


def state_of(files):
    """Sizes and times of files: a parameter by which one is noticed that has replaced a newer one.

    What depends on `input` triggers no job.
    """
    found = [Path(file).stat() for file in files]
    return [f"{one.st_size} bytes of {one.st_mtime_ns}" for one in found]


def stand_in_sizes(wildcards):
    """Shape and planted rank of synthetic data as arguments."""
    n, m, rank = config["shapes"][wildcards.dataset]
    return f"--rank {rank} --shape {n}x{m}"


def reading_options(wildcards):
    """How a dataset's files are read, as arguments; synthetic data has the options that give its shape."""
    origin = source(wildcards.dataset)
    options = dict(config["options"].get(wildcards.dataset, {}))
    if origin == "stand-in":
        options |= stand_in_options(wildcards.dataset, tuple(config["shapes"][wildcards.dataset][:2]))
    arguments = [
        *("--parsed", "data/parsed", "--source", origin),
        *("--rank", str(config["ranks"][wildcards.dataset]), "--seed", str(config["seed"])),
    ]
    return arguments + option_arguments(options)


def option_arguments(options):
    """Reading options as command-line arguments."""
    return [argument for key, value in options.items() for argument in ("--option", f"{key}={value}")]


def trials_option(wildcards):
    """The number of trials of an experiment as an argument; empty for one that takes none."""
    key = EXPERIMENTS[wildcards.experiment].trials_key
    return f"--trials {config[key]}" if key else ""


def own_options(wildcards):
    """The arguments that say how a user-supplied matrix is read."""
    given = OWN[wildcards.dataset]
    arguments = []
    for key in ("rank", "key"):
        if given.get(key) is not None:
            arguments += [f"--{key}", str(given[key])]
    arguments += option_arguments({key: given[key] for key in ("layout", "names", "missing") if given.get(key)})
    return [*arguments, "--seed", str(config["seed"])]


def variants(figure):
    """Suffixes of a figure's file names in this run, one for each of its regimes."""
    if not FIGURES[figure].under_regimes:
        return [""]
    along = FIGURES[figure].table in (TRAJECTORY, TIMES)
    drawn = FOLLOWED if along else REGIMES
    drawn = [regime for regime in drawn if is_available(figure, regime)] or drawn
    if FIGURES[figure].regime:
        return [""] if FIGURES[figure].regime in drawn else []
    return ["" if regime == "published" else f"-{regime}" for regime in drawn]


def is_available(figure, regime):
    """Whether there are tables of a figure on datasets under a regime, where bundles are redrawn."""
    files = expand(path_of(FIGURES[figure].table), dataset=shown(figure), regime=regime, rate=RATES)
    return UNPACKED is None or bool(available(files))


def shown(figure):
    """The datasets of this run that a figure shows."""
    return FIGURES[figure].shown(DATASETS)


def datasets_for(output):
    """The datasets of this run, for an output that shows some."""
    if not DATASETS:
        raise WorkflowError(f"{output}: found no datasets; expected some in the key `datasets`, or `only` or `own`")
    return DATASETS


def is_in_run(figure):
    """Whether this run draws a figure without being asked for it."""
    if FIGURES[figure].table is PAIRS and config["optima"] < 2:
        return False
    if FIGURES[figure].under_regimes:
        wanted = figure in OWN_FIGURES if config["own"] else shown(figure)
        return bool(wanted) and any(is_available(figure, regime) for regime in REGIMES)
    if FIGURES[figure].table is NETWORK_SURFACES:
        return bool(SURFACE_NETWORKS)
    if FIGURES[figure].table is RANK_CHOICE:
        return bool(RANK_MEASUREMENTS)
    return FIGURES[figure].table in [*THEORY_MEASUREMENTS, *COMPANION_MEASUREMENTS]


def figure_tables(wildcards):
    """Tables that a figure is drawn from."""
    figure = FIGURES[wildcards.figure]
    if not figure.under_regimes:
        if wildcards.variant:
            raise WorkflowError(
                f"{wildcards.figure}{wildcards.variant}: {wildcards.figure} is of no regime; "
                f"expected {wildcards.figure}"
            )
        # Figure 8 draws the first training of each network; other tables have no such wildcards.
        files = expand(path_of(figure.table), dataset=DATASETS, network=SURFACE_NETWORKS, training=0)
        return available(files) or files
    return files_of_panels(wildcards, figure.table, RATES)


def figure_runs(wildcards):
    """Summaries of the factorizations that a figure on datasets is based on."""
    figure = FIGURES[wildcards.figure]
    if not figure.under_regimes:
        return []
    return files_of_panels(wildcards, RUNS, RATES if figure.table is CURVATURE else "1.0")


def files_of_panels(wildcards, table, rates):
    """The files of a table about the datasets that a figure is drawn with, under its regime."""
    datasets = shown(wildcards.figure) or datasets_for(wildcards.figure)  # all there are if none is one of the paper's
    regime = FIGURES[wildcards.figure].regime_of(wildcards.variant)
    files = expand(path_of(table), dataset=datasets, regime=regime, rate=rates)
    return available(files) or files


def figure_files(figure):
    """PDF and PNG of a figure, for each of its regimes."""
    return expand(
        "<results>/figures/{figure}{variant}.{suffix}",
        figure=figure,
        variant=variants(figure),
        suffix=["pdf", "png"],
    )


def companion(name):
    """Tables and figures of one companion."""
    tables = [table for table in COMPANION_TABLES if f"/{name}/" in table.path]
    figures = [figure for figure in FIGURES if FIGURES[figure].table in tables]
    return [
        *[path_of(table) for table in tables],
        *[figure_files(figure) for figure in figures],
    ]


def landscape_inputs(name, table):
    """The matrix and its factors, or factors alone; at rate 1.0 unless the table is one of many rates."""
    rate = "{rate}" if "{rate}" in table.path else "1.0"
    factors = f"<results>/factorization/{{dataset}}/{{regime}}/rate-{rate}.h5"
    matrix = f"<results>/datasets/{{dataset}}/rate-{rate}.h5"
    return [factors] if name == "spectrum" else [matrix, factors]
