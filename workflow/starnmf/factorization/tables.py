"""Result tables of the factorizations."""

from starnmf.datasets.tables import DATASET, MEAN, REDUCTION, SEED, SIZE, SOURCE
from starnmf.results.table import Table, boolean, integer, number, text

REGIME = text("regime", "`literal`, `published` or `converged`")
RATE = number("rate", "fraction of the rows and columns of the matrix that is factorized")
SUBSAMPLE = integer("subsample", "number of the random rows and columns; 0 for the whole matrix")
DATA_SHA256 = text("data_sha256", "SHA-256 of the raw file, or of the list of checksums of several")
DEVICE = text("device", "`cpu`, or the name of the GPU")
DESCENT = text("descent", "`flow`, `steps` (discrete gradient steps) or `hals`")

RUNS = Table(
    path="factorization/{dataset}/{regime}/rate-{rate}.csv",
    title="factorization summaries",
    summary="One row for every restart: the factors' attributes and how the descent ended.",
    key=("dataset", "regime", "rate", "subsample", "restart"),
    columns=(
        DATASET,
        REGIME,
        RATE,
        SUBSAMPLE,
        SOURCE,
        DATA_SHA256,
        SEED,
        *SIZE,
        MEAN,
        REDUCTION,
        DESCENT,
        number("step_size", "size of a gradient step", "time"),
        DEVICE,
        integer("restart", "number of the restart among those of the rate; S subsamples have every S-th of them"),
        number("start_mean", "mean entry of the product U0 V0 of the start, which should match `mean`"),
        number("loss", "half the mean squared error over the observed entries"),
        number("time", "time along the flow; iterations of HALS"),
        integer("gradients", "gradients evaluated"),
        boolean("converged", "whether the restart converged"),
        number("loss_change", "by how much the loss fell over the last doubling of time, relative"),
        number("alpha_change", "change of the mean alpha from ten random points over the last doubling of time"),
        number("projected_gradient", "norm of the projected gradient over that at the start"),
    ),
)

TABLES = (RUNS,)
