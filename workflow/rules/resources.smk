"""What jobs ask of a scheduler: upper estimates from the size of the data, held against measured use in docs/cluster.md."""

from math import ceil, isqrt
from typing import NamedTuple

from starnmf.datasets.registry import published

# `auto` cannot know what the machine will have that a job comes to.
GPUS = 1 if config["device"] == "cuda" else 0
GPU_ENVIRONMENT = f"../../envs/starnmf{'-cuda' if GPUS else ''}.yaml"


# On one machine a job at a time has the GPU, unless --resources gpu=N says more; a group of GPU jobs asks for one. What
# is submitted is a scheduler's to share out.
resource_scopes:
    gpu="local",


workflow.global_resources.setdefault("gpu", 1)


class Size(NamedTuple):
    """Of a matrix and its factorization."""

    rows: int
    columns: int
    rank: int
    entries: int
    """Observed ones, at most."""

    @property
    def factor_entries(self):
        """Numbers in one pair of factors."""
        return (self.rows + self.columns) * self.rank


def size_of(dataset, rate="1.0"):
    """The size of a dataset, or of the share of its rows and columns that a rate keeps, before there is a file of it."""
    kept, observed = float(rate), None
    if dataset in OWN:
        # A file has a byte for every entry at least; the shape is not known: taken for square.
        shape = [isqrt(Path(OWN[dataset]["path"]).stat().st_size)] * 2
        rank = OWN[dataset].get("rank") or 20
    else:
        full = published(dataset)
        stand_in = source(dataset) == "stand-in"
        shape = config["shapes"][dataset] if stand_in else full.shape
        rank = config["ranks"][dataset]
        if full.density:
            observed = ceil(full.density * full.shape[0] * full.shape[1] * kept**2)
    rows, columns = (ceil(side * kept) for side in shape)
    return Size(rows, columns, rank, min(rows * columns, observed or rows * columns))


# MB of a process with all its libraries and of Snakemake around it, and of what each thread works in.
PROCESS, THREAD = 800, 200

# MB more that a parser may take, whatever comes of it.
PARSER = 1000

# Bytes per observed entry, and per number in the factors that are kept.
ENTRY, FACTOR = 32, 10

# Snapshots along the way of a restart under one regime, and pairs of factors that a restart takes besides: the arrays of
# the flow, the ends of regimes and where it was at half their times.
SNAPSHOTS, OF_RESTART = 45, 6

# Entries times rank that a core gets through in a second at least, of a fully observed matrix and of any other; a GPU
# counts as ten cores at least.
FULLY_OBSERVED_PER_SECOND, OBSERVED_PER_SECOND = 5e9, 1e9
CORES_OF_A_GPU = 10


def growing(megabytes):
    """Memory that does not depend on the data; more on every retry."""
    return lambda wildcards, attempt: attempt * megabytes


def matrix_memory(wildcards, attempt):
    """For a matrix that is written, read, scaled or thinned out."""
    return attempt * (PARSER + memory(size_of(wildcards.dataset), kept=0, threads=1))


def descent_memory(wildcards, attempt, threads):
    """For all restarts of a factorization, and the iterates along the first ones."""
    kept = OF_RESTART * config["optima"] + SNAPSHOTS * config["repetitions"]
    if "literal" in REGIMES:  # in double precision
        kept *= 2
    return attempt * memory(size_of(wildcards.dataset, wildcards.rate), kept, threads)


def landscape_memory(wildcards, attempt, threads):
    """For curvature between all optima and points, or along a descent."""
    kept = config["optima"] + max(config["points"], SNAPSHOTS)
    return attempt * memory(
        size_of(wildcards.dataset, rate_of(wildcards)), kept, threads
    )


def memory(size, kept, threads):
    """MB for a matrix and so many pairs of its factors."""
    numbers = ENTRY * size.entries + FACTOR * kept * size.factor_entries
    return PROCESS + THREAD * threads + ceil(numbers / 1e6)


def descent_minutes(wildcards, attempt, threads):
    """For restarts that all use up their gradients."""
    gradients = config["gradient_cap"] if "converged" in REGIMES else 1000
    if config["descent"] == "steps":
        gradients += config["steps"]
    size = size_of(wildcards.dataset, wildcards.rate)
    cores = CORES_OF_A_GPU if GPUS else threads
    return attempt * minutes(config["optima"] * gradients, size, cores)


def steps_minutes(wildcards, attempt):
    """For the paper's gradient steps, one restart in double precision."""
    return attempt * minutes(2 * config["steps"], size_of(wildcards.dataset), 1)


def landscape_minutes(wildcards, attempt, threads):
    """For lines between all optima and points."""
    size = size_of(wildcards.dataset, rate_of(wildcards))
    return attempt * minutes(config["optima"] * config["points"], size, threads)


def minutes(passes, size, cores):
    """For so many passes over the entries of a matrix, and for all that comes before and after."""
    full = size.entries == size.rows * size.columns
    rate = FULLY_OBSERVED_PER_SECOND if full else OBSERVED_PER_SECOND
    return 20 + ceil(passes * size.entries * size.rank / rate / cores / 60)


def rate_of(wildcards):
    """The rate of a job on one; most are about the whole."""
    return wildcards.get("rate", "1.0")


def experiment_memory(wildcards, attempt):
    """As declared; more on every retry."""
    return attempt * EXPERIMENTS[wildcards.experiment].memory


def experiment_threads(wildcards):
    """Those of the configuration, for an experiment that uses them."""
    parallel = "threads" in EXPERIMENTS[wildcards.experiment].arguments
    return config["threads"] if parallel else 1


def experiment_minutes(wildcards, attempt, threads):
    """For all trials at the declared rate of one core."""
    experiment = EXPERIMENTS[wildcards.experiment]
    trials = config.get(experiment.trials_key, 0)
    return attempt * (20 + ceil(trials / experiment.trials_per_second / 60 / threads))


def training_minutes(wildcards, attempt):
    """An upper estimate for one GPU, from the work of the network; longer on every retry (docs/networks.md)."""
    architecture = architecture_named(wildcards.network)
    work = architecture.layers / 110 * max(architecture.width, 1) ** 2 / 16
    return round(attempt * (30 + 480 * work * config["epochs"] / 300))
