"""Result tables of matrix recovery under restricted isometry."""

from starnmf.results.experiment import ALL, Experiment
from starnmf.results.table import Table, integer, number, text

FAILED = 0.1
"""Error |U U' - Z Z'| above which a start between a local minimum and noise counts as failed."""

PRINTED_FAILURES, PRINTED_STARTS = 12_053, 100_000
"""100,000 trials less the 87,947 that the slides count as successful."""

N = integer("n", "rows of X and Z")
R = integer("r", "columns of X and Z")
RULE = (
    text("gradient", "of one random measurement a step (`stochastic`), or the mean of all (`mean`)"),
    number("momentum", "momentum"),
    number("learning_rate", "learning rate"),
)

COUNTEREXAMPLE = Table(
    path="companions/isometry/counterexample.csv",
    title="the counterexample of the slides",
    summary="The slides' counterexample: its restricted isometry constant, and what its point x is.",
    key=("reading", "quantity"),
    columns=(
        text("reading", "interpretation of the slides' damaged matrices; `any`: the value depends on none"),
        text("quantity", "name of the quantity"),
        text("statement", "what the quantity is"),
        number("value", "its value"),
    ),
)

DESCENT = Table(
    path="companions/isometry/descent.csv",
    title="descents on the counterexample",
    summary="How often stochastic gradient descent fails on the counterexample.",
    key=("gradient", "momentum", "learning_rate", "steps", "threshold"),
    columns=(
        *RULE,
        integer("steps", "steps after which the error is measured"),
        number("threshold", "error |uu' - zz'| above which a start has failed"),
        integer("starts", "standard normal starts"),
        integer("failures", "starts that have failed"),
        number("share", "their fraction"),
        number("low", "lower end of the fraction's 95 % Wilson interval"),
        number("high", "upper end of the fraction's 95 % Wilson interval"),
        integer("diverged", "failed starts whose error is not finite"),
    ),
)

PAIRS = Table(
    path="companions/isometry/pairs.csv",
    title="smallest deltas of pairs",
    summary="The smallest delta that makes a point spurious, by semidefinite programming.",
    key=("kind", "n", "r", "pair"),
    columns=(
        text("kind", "`grid`, `random` or `orthogonal`: how the pair X, Z was chosen"),
        integer("pair", "number of the pair among those of its kind and shape"),
        N,
        R,
        number("ratio", "|XX'| / |ZZ'|"),
        number("angle", "its squared cosine is the cosine between XX' and ZZ'", "degrees"),
        number("first_order_bound", "lower bound of `delta` from the gradient alone"),
        number("delta", "smallest delta of a kernel for which X is a second-order critical point"),
        number("gradient_norm", "norm of the gradient at X for that kernel", "|Z|^3"),
        number("curvature", "smallest eigenvalue of the Hessian at X across rotations", "|Z|^2"),
        number("strict_delta", "delta of the kernel with the largest curvature, halfway from `delta` to 1"),
        number("strict_gradient_norm", "norm of the gradient at X for the kernel of `strict_delta`", "|Z|^3"),
        number("strict_curvature", "smallest eigenvalue of the Hessian at X for the same kernel", "|Z|^2"),
    ),
)

STARTS = Table(
    path="companions/isometry/starts.csv",
    title="descents from starts near a local minimum",
    summary="Errors from starts between a spurious local minimum and noise.",
    key=("instance", "gradient", "gamma"),
    columns=(
        text("instance", "`oblique` or `orthogonal`"),
        N,
        R,
        number("delta", "restricted isometry constant of the instance"),
        *RULE,
        integer("steps", "steps of every descent"),
        number("gamma", "weight of the noise w in the start (1 - gamma) X + gamma w"),
        integer("trials", "starts"),
        number("minimum", "smallest error |UU' - ZZ'| at the end; infinite after divergence"),
        number("low", "5 % quantile of the errors"),
        number("median", "median of the errors"),
        number("high", "95 % quantile of the errors"),
        number("maximum", "largest error"),
        integer("failures", f"starts with an error above {FAILED}"),
    ),
)

EXPERIMENTS = (
    Experiment(COUNTEREXAMPLE, "companions.isometry.counterexample:measure_counterexample"),
    Experiment(DESCENT, "companions.isometry.stochastic_descent:measure_failures", ALL, "isometry_starts", memory=2000),
    Experiment(
        PAIRS, "companions.isometry.smallest_deltas:measure_deltas", ("trials", "seed"), "isometry_starts", memory=2000
    ),
    Experiment(STARTS, "companions.isometry.starts:measure_starts", ALL, "isometry_starts", memory=2000),
)
"""What measures these tables."""

TABLES: tuple[Table, ...] = tuple(experiment.table for experiment in EXPERIMENTS)
