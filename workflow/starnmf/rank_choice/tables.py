"""Result tables of the choice of a rank. Losses and errors are half the mean squared error over entries."""

from starnmf.datasets.tables import DATASET, REDUCTION, SEED, SIZE, SOURCE
from starnmf.factorization.tables import DATA_SHA256, DESCENT, DEVICE
from starnmf.landscape.tables import LOSS
from starnmf.results.table import Table, boolean, integer, number

RANK = integer("rank", "rank r of the factorization")
ALPHA = number("alpha", "mean over random points of the smallest second derivative on the segment (equation 6)")

RANK_RESTARTS = Table(
    path="rank_choice/{dataset}/restarts.csv",
    title="restarts of several ranks",
    summary="Every restart of every rank tried, under `converged`, beside the one with the lowest loss (the best).",
    key=("dataset", "rank", "restart"),
    columns=(
        DATASET,
        RANK,
        integer("restart", "number of the restart"),
        LOSS,
        number("time", "time along the flow; iterations of HALS"),
        integer("gradients", "gradients evaluated"),
        boolean("converged", "whether the restart converged"),
        number("distance", "largest cosine distance of a column of U or row of V from the one of the best it matches"),
        number("equivalent", "share of the columns whose distance, and that of their rows, is below 0.1"),
        boolean("one_solution", "whether all columns and rows are, so that it is one solution with the best"),
        number("barrier", "rise of the loss above its higher end on the segment from the best, matched and balanced"),
        ALPHA,
        number("negative", "share of random points from which alpha is negative"),
        number("above", "share of random points from which the loss exceeds its chord"),
    ),
)

HELD_OUT = Table(
    path="rank_choice/{dataset}/held_out.csv",
    title="held-out errors",
    summary="Error of every rank on entries that its factorization was not fitted to, in random splits of the entries.",
    key=("dataset", "rank", "split"),
    columns=(
        DATASET,
        RANK,
        integer("split", "number of the split, which is the same for every rank"),
        integer("entries", "entries held out"),
        number("fitted", "half the mean squared error over the entries that were fitted"),
        number("error", "half the mean squared error over the entries held out"),
    ),
)

RANK_CHOICE = Table(
    path="rank_choice/{dataset}/ranks.csv",
    title="choices of a rank",
    summary="One row for every rank tried: losses, stability, convexity, held-out error, and which is recommended.",
    key=("dataset", "rank"),
    columns=(
        DATASET,
        *SIZE,
        SOURCE,
        DATA_SHA256,
        SEED,
        REDUCTION,
        DEVICE,
        DESCENT,
        integer("restarts", "number of restarts"),
        integer("converged", "how many of them converged"),
        number("loss", "lowest loss of a restart"),
        number("highest_loss", "highest loss of a restart"),
        integer("near", "restarts within 0.1 % of the lowest loss, or below 1e-5"),
        integer("enough", "new restarts of which, with a probability of 95 %, one or more would be among those"),
        integer("one_solution", "restarts that are one solution with the best, which counts"),
        number("silhouette", "silhouette of matched columns or rows, the smaller one; empty at rank 1", optional=True),
        number("cophenetic", "cophenetic correlation of the consensus matrix; empty where constant", optional=True),
        number("barrier", "largest rise of the loss above its ends between any two restarts, matched and balanced"),
        ALPHA,
        number("negative", "share of segments from random points with a negative alpha"),
        number("above", "share of segments from random points on which the loss exceeds its chord"),
        number("gradients", "mean number of gradients of a restart"),
        number("time", "mean time along the flow; iterations of HALS"),
        number(
            "held_out",
            "geometric mean of the held-out errors; empty where splits are too small for the rank",
            optional=True,
        ),
        number("excess", "by what share that is above the lowest of all ranks", optional=True),
        number("excess_low", "lower end of the one-sided 95 % t-interval of that share over splits", optional=True),
        boolean("stable", "whether at least 90 % of the restarts are one solution"),
        boolean("predicts", "whether no smaller rank is as good on held-out entries, up to the chosen one"),
        boolean("recommended", "whether this is the recommended rank"),
    ),
)

TABLES = (RANK_CHOICE, RANK_RESTARTS, HELD_OUT)
