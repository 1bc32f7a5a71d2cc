"""Result tables of the landscape. Losses and curvatures are per observed entry."""

from starnmf.datasets.tables import DATASET
from starnmf.factorization.tables import RATE, REGIME, SUBSAMPLE
from starnmf.results.table import Column, Table, boolean, integer, number, text


def alpha(meaning: str, optional: bool = False) -> Column:
    """Curvature of segments."""
    return number("alpha", f"smallest second derivative of the loss (equation 6) {meaning}", optional=optional)


def chord_violation(optional: bool = False) -> Column:
    """Violation of the chord inequality on segments."""
    meaning = "largest excess of the loss over its chord, relative to the loss's fall; 0: Definition 1 holds"
    return number("chord_violation", meaning, optional=optional)


LOSS = number("loss", "half the mean squared error over the observed entries")
OPTIMUM = integer("optimum", "restart whose end the segment leads to")
POINT = integer("point", "random point that the segment begins at")
TIME = number("time", "time along the flow")
PAPER_TIME = number("paper_time", "time of the paper's last step")

CURVATURE = Table(
    path="landscape/{dataset}/{regime}/curvature-rate-{rate}.csv",
    title="curvature tables",
    summary="Curvature of the segment from every random point (lambda = 0) to every optimum (lambda = 1).",
    key=("dataset", "regime", "rate", "subsample", "optimum", "point"),
    columns=(
        DATASET,
        REGIME,
        RATE,
        SUBSAMPLE,
        OPTIMUM,
        POINT,
        alpha("on the segment"),
        number("at_lambda", "where on the segment that is"),
        chord_violation(),
    ),
)

SCALES = Table(
    path="landscape/{dataset}/{regime}/scales.csv",
    title="scale tables",
    summary="Curvature towards (U d, V / d), which has the same loss for every d.",
    key=("dataset", "regime", "scale", "optimum", "point"),
    columns=(
        DATASET,
        REGIME,
        number("scale", "the factor d"),
        OPTIMUM,
        POINT,
        alpha("on the segment"),
        chord_violation(),
    ),
)

LINES = Table(
    path="landscape/{dataset}/{regime}/lines.csv",
    title="line tables",
    summary="The loss along segments between random points, and from random points to optima.",
    key=("dataset", "regime", "kind", "line", "lambda"),
    columns=(
        DATASET,
        REGIME,
        text("kind", "`random-random` or `random-optimum`"),
        integer("line", "number of the segment"),
        number("lambda", "place on the segment, from 0 at its random point to 1"),
        LOSS,
    ),
)

TRAJECTORY = Table(
    path="landscape/{dataset}/{regime}/trajectory.csv",
    title="trajectory tables",
    summary="Along descents x(t), towards their own last points x*.",
    key=("dataset", "regime", "repetition", "time"),
    columns=(
        DATASET,
        REGIME,
        integer("repetition", "number of the restart"),
        TIME,
        number("step", "time in gradient steps"),
        PAPER_TIME,
        LOSS,
        number("cosine", "cosine between -gradient and x* - x(0); empty where either is 0", optional=True),
        number("projected_cosine", "the same of the projected gradient", optional=True),
        alpha("on the segment from x(t) to x*; empty at x*", optional=True),
        chord_violation(optional=True),
        number(
            "share_of_bound",
            "t (f(x(t)) - f(x*)) over |x* - x(0)|^2 / 2, f half the sum of squares: at most 1 where f is star-convex",
            optional=True,
        ),
    ),
)

RANKS = Table(
    path="landscape/{dataset}/{regime}/ranks.csv",
    title="curvature against the rank",
    summary="Curvature from random points to optima of several ranks, at rate 1.0.",
    key=("dataset", "regime", "rank", "restart", "point"),
    columns=(
        DATASET,
        REGIME,
        integer("rank", "rank r of the factorization"),
        integer("restart", "number of the restart, whose end is the optimum"),
        number("loss", "half the mean squared error at that end"),
        number("time", "time along the flow at that end; iterations of HALS"),
        integer("gradients", "gradients evaluated up to there"),
        boolean("converged", "whether the restart converged"),
        POINT,
        alpha("on the segment"),
        chord_violation(),
    ),
)

TIMES = Table(
    path="landscape/{dataset}/{regime}/times.csv",
    title="curvature along the flow",
    summary="Curvature from random points towards the point that the flow has reached at every time.",
    key=("dataset", "regime", "restart", "point", "time"),
    columns=(
        DATASET,
        REGIME,
        integer("restart", "number of the restart"),
        POINT,
        TIME,
        PAPER_TIME,
        number("raw_time", "time that the paper's steps reach where the data keep their raw scale"),
        number("loss", "half the mean squared error where the restart is at that time"),
        alpha("on the segment to that point"),
        chord_violation(),
    ),
)

STEPS = Table(
    path="landscape/{dataset}/{regime}/steps.csv",
    title="the flow beside discrete steps",
    summary="A restart of `published` by the flow beside the discrete steps from the same start in float64.",
    key=("dataset", "regime", "restart"),
    columns=(
        DATASET,
        REGIME,
        integer("restart", "number of the restart"),
        integer("steps", "discrete gradient steps"),
        integer("gradients", "gradients that the flow evaluated in their place"),
        number("U_distance", "relative distance of U in the Frobenius norm"),
        number("V_distance", "relative distance of V in the Frobenius norm"),
        LOSS,
        number("steps_loss", "loss after the discrete steps"),
        number("alpha", "mean alpha from 20 random points"),
        number("steps_alpha", "the same towards the end of the discrete steps"),
        number("alpha_distance", "largest difference at one of the points over the largest |alpha|"),
    ),
)

SPECTRUM = Table(
    path="landscape/{dataset}/{regime}/spectrum.csv",
    title="spectrum tables",
    summary="Singular values of optima and of random half-normal matrices of the same shape.",
    key=("dataset", "regime", "factor", "matrix", "repetition", "index"),
    columns=(
        DATASET,
        REGIME,
        text("factor", "`U` or `V`"),
        text("matrix", "`optimum` or `random`"),
        integer("repetition", "number of the restart or of the random matrix"),
        integer("index", "from 0, the largest value first"),
        number("singular_value", "singular value"),
    ),
)

TABLES = (CURVATURE, RANKS, SCALES, LINES, TRAJECTORY, TIMES, STEPS, SPECTRUM)
