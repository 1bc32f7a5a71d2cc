"""Resource requests of jobs: upper estimates from the size of the data, beside measured use in docs/how-to/cluster.md."""

from math import ceil, isqrt
from typing import NamedTuple

from starnmf.datasets.registry import published
from starnmf.rank_choice import HELD_OUT_STARTS, LARGEST_TRIED

# With `auto` it is unknown whether the machine that a job runs on has a GPU.
GPUS = 1 if config["device"] == "cuda" else 0
GPU_ENVIRONMENT = f"../../envs/starnmf{'-cuda' if GPUS else ''}.yaml"


# On one machine, one job at a time uses the GPU unless --resources gpu=N allows more; a group of GPU jobs requests one.
# GPUs of submitted jobs are assigned by the scheduler.
resource_scopes:
    gpu="local",


workflow.global_resources.setdefault("gpu", 1)


class Size(NamedTuple):
    """Size of a matrix and its factorization."""

    rows: int
    columns: int
    rank: int
    entries: int
    """Upper bound of the observed entries."""


# A file of all entries has at least a byte for each; compressed ones are taken to have four to a byte.
COMPRESSED = (".gz", ".xz", ".zip", ".npz")
COMPRESSED_ENTRIES = 4


def size_of(dataset, rate="1.0"):
    """The size of a dataset, or of its subsample at a rate, before its file exists."""
    kept, observed = float(rate), None
    if dataset in OWN:
        # The shape is unknown and assumed to be square.
        path = Path(OWN[dataset]["path"])
        shape = [isqrt(path.stat().st_size * (COMPRESSED_ENTRIES if path.suffix in COMPRESSED else 1))] * 2
        rank = OWN[dataset].get("rank") or 20
    else:
        full = published(dataset)
        stand_in = source(dataset) == "stand-in"
        shape = config["shapes"][dataset][:2] if stand_in else full.shape
        rank = config["ranks"][dataset]
        if full.density:
            observed = ceil(full.density * full.shape[0] * full.shape[1] * kept**2)
    rows, columns = (ceil(side * kept) for side in shape)
    return Size(rows, columns, rank, min(rows * columns, observed or rows * columns))


# The ranks tried, or upper limits of them before the matrix is known.
TRIED = ranks_tried(config) or range(2, LARGEST_TRIED + 1)
# `literal` has double precision.
PRECISION = 2 if "literal" in REGIMES else 1
# MB of a process with its libraries and Snakemake, of each thread's work arrays, and of what CUDA, its libraries and
# compiled kernels add to a process that uses a GPU: 2 to 4 GB are usual, none was measured.
PROCESS, THREAD, CUDA = 800, 200, 4000

# Additional MB of a parser.
PARSER = 1000

# Bytes per observed entry, and per entry of the factors that are kept.
ENTRY, FACTOR = 32, 10

# Snapshots of a restart under one regime, and other pairs of factors that a restart needs: the arrays of the flow, the
# ends of regimes and the positions at half their times.
SNAPSHOTS, OF_RESTART = 45, 6

# Lower bounds of entries times rank that a core processes per second, for fully observed and for other matrices; a GPU
# counts as at least ten cores.
FULLY_OBSERVED_PER_SECOND, OBSERVED_PER_SECOND = 5e9, 1e9
CORES_OF_A_GPU = 10


def growing(megabytes):
    """Memory independent of the data; more on every retry."""
    return lambda wildcards, attempt: attempt * megabytes


def matrix_memory(wildcards, attempt):
    """MB for parsing, scaling or subsampling a matrix."""
    return attempt * (PARSER + memory(size_of(wildcards.dataset), kept=0, threads=1))


def fetching_memory(wildcards, attempt):
    """MB for fetching raw files: those whose checksum is not published are parsed when they come."""
    return attempt * 2000 if wildcards.dataset == IMAGES else matrix_memory(wildcards, attempt)


def descent_memory(wildcards, attempt, threads):
    """MB for all restarts of a factorization and the snapshots of the first ones."""
    kept = PRECISION * (OF_RESTART * config["optima"] + SNAPSHOTS * config["repetitions"])
    return attempt * (GPUS * CUDA + memory(size_of(wildcards.dataset, wildcards.rate), kept, threads))


def landscape_memory(wildcards, attempt, threads):
    """MB for curvature between all optima and points, or along a descent."""
    kept = config["optima"] + max(config["points"], SNAPSHOTS)
    return attempt * memory(size_of(wildcards.dataset, wildcards.get("rate", "1.0")), kept, threads)


def ranks_memory(wildcards, attempt, threads):
    """MB for restarts and random points of the largest rank, and for the ends of all restarts of the own one."""
    size = size_of(wildcards.dataset)
    kept = PRECISION * (OF_RESTART * config["repetitions"] + config["points"] + len(REGIMES) * config["optima"])
    of_matrix = memory(size._replace(rank=size.rank * max(config["rank_factors"])), kept, threads)
    return attempt * (GPUS * CUDA + of_matrix)


def rank_choice_memory(wildcards, attempt, threads):
    """MB for restarts and random points of the largest rank tried."""
    size = size_of(wildcards.dataset)
    kept = (OF_RESTART + 2) * config["optima"] + config["points"]
    return attempt * (GPUS * CUDA + memory(size._replace(rank=max(TRIED)), kept, threads))


def memory(size, kept, threads):
    """MB for a matrix and `kept` pairs of its factors."""
    numbers = ENTRY * size.entries + FACTOR * kept * (size.rows + size.columns) * size.rank
    return PROCESS + THREAD * threads + ceil(numbers / 1e6)


def descent_minutes(wildcards, attempt, threads):
    """Minutes for restarts that all reach the gradient limit."""
    size = size_of(wildcards.dataset, wildcards.rate)
    return attempt * minutes(config["optima"] * most_gradients(), size, cores(threads))


def ranks_minutes(wildcards, attempt, threads):
    """Minutes for restarts of all ranks that reach the gradient limit."""
    restarts = config["repetitions"] * sum(config["rank_factors"])  # of the dataset's own rank
    size = size_of(wildcards.dataset)
    return attempt * minutes(restarts * most_gradients(), size, cores(threads))


def rank_choice_minutes(wildcards, attempt, threads):
    """Minutes for restarts and held-out fits of all ranks tried that reach the gradient limit."""
    size = size_of(wildcards.dataset)
    restarts = config["optima"] + HELD_OUT_STARTS * config["repetitions"]
    gradients = restarts * sum(TRIED) / size.rank * most_gradients()  # of the dataset's own rank
    return attempt * minutes(gradients, size, cores(threads))


def rank_choice_threads(wildcards):
    """All cores in a run of one matrix, where there is no other job to use them; else the configured threads."""
    return max(config["threads"], (ALONE and workflow.cores) or 1)


def threads_option(wildcards, threads):
    """The threads of a job as an argument; Snakemake reruns no job for a parameter that is a function of them."""
    return f"--threads {threads}"


def cores(threads):
    """As how many cores a job's device counts."""
    return CORES_OF_A_GPU if GPUS else threads


def most_gradients():
    """Gradients of a restart up to the limit."""
    gradients = config["gradient_cap"] if "converged" in REGIMES else 1000
    return gradients + (config["steps"] if config["descent"] == "steps" else 0)


def steps_minutes(wildcards, attempt):
    """Minutes for the paper's gradient steps of one restart in double precision."""
    return attempt * minutes(2 * config["steps"], size_of(wildcards.dataset), 1)


def landscape_minutes(wildcards, attempt, threads):
    """Minutes for segments between all optima and points."""
    size = size_of(wildcards.dataset, wildcards.get("rate", "1.0"))
    return attempt * minutes(config["optima"] * config["points"], size, threads)


def optima_memory(wildcards, attempt, threads):
    """MB for the factors of all optima, which are copied in double precision and as products with the matrix."""
    return attempt * memory(size_of(wildcards.dataset), 5 * config["optima"], threads)


def optima_minutes(wildcards, attempt, threads):
    """Minutes for segments between every two optima, with matched ranks and without."""
    return attempt * minutes(config["optima"] * (config["optima"] - 1), size_of(wildcards.dataset), threads)


def minutes(passes, size, cores):
    """Minutes for passes over the entries of a matrix, plus 20 for start and end."""
    full = size.entries == size.rows * size.columns
    rate = FULLY_OBSERVED_PER_SECOND if full else OBSERVED_PER_SECOND
    return 20 + ceil(passes * size.entries * size.rank / rate / cores / 60)


def experiment_threads(wildcards):
    """The configured threads for an experiment that uses them, else 1."""
    parallel = "threads" in EXPERIMENTS[wildcards.experiment].arguments
    return config["threads"] if parallel else 1


def experiment_minutes(wildcards, attempt, threads):
    """Minutes for all trials at the declared rate of one core."""
    experiment = EXPERIMENTS[wildcards.experiment]
    trials = config.get(experiment.trials_key, 0)
    return attempt * (20 + ceil(trials / experiment.trials_per_second / 60 / threads))


def training_minutes(wildcards, attempt):
    """Minutes on a GPU, an upper estimate from the network's work; more on every retry (docs/findings/networks.md)."""
    architecture = architecture_named(wildcards.network)
    work = architecture.layers / 110 * max(architecture.width, 1) ** 2 / 16
    return round(attempt * (30 + 480 * work * config["epochs"] / 300))
