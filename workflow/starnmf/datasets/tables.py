"""Result tables of the datasets."""

from starnmf.results.table import Table, integer, number, text

DATASET = text("dataset", "name of the dataset")

SIZE = (
    integer("n", "rows of the matrix"),
    integer("m", "columns of the matrix"),
    integer("rank", "rank r that it is factorized with"),
    integer("observed", "observed entries"),
)

SOURCE = text("source", "`published`, `mirror`, `stand-in` (synthetic data) or `own` (user-supplied)")
SEED = integer("seed", "seed of the run")

REDUCTION = number(
    "reduction",
    "how many times more data Table 1's matrix has: observed entries of a row or column along the longer side, times "
    "published recordings for each one that was there; 1 at full size",
)


MEAN = number("mean", "mean of the observed entries, in units of their standard deviation")

MATRICES = Table(
    path="datasets/{dataset}.csv",
    title="dataset matrices",
    summary="What a matrix is, in one row: the attributes of its HDF5.",
    key=("dataset",),
    columns=(
        DATASET,
        text("kind", "`dense` or `observed`"),
        *SIZE,
        number("density", "fraction of entries that are observed"),
        MEAN,
        number("variance", "variance of the observed entries, 1 but for rounding"),
        number("scale", "what the raw values were divided by"),
        SOURCE,
        REDUCTION,
        number("rate", "fraction of rows and columns kept"),
        SEED,
        text("raw_sha256", "JSON: SHA-256 of every raw file"),
    ),
)

TABLES = (MATRICES,)
