"""Result tables of recovery by alternating updates. Features are A = A* (Sigma + E) + N."""

from starnmf.results.experiment import ALL, Experiment
from starnmf.results.table import Table, integer, number, text

N = integer("n", "number of features")
ACTIVE = number("s", "expected number of features in a data point")
DECODING = text("decoding", "`relu`, or `linear`: without the ReLU")
THRESHOLD = number("threshold", "threshold alpha of the decoding")
STEP_SIZE = number("step_size", "step size eta")
SCALING = number("scaling", "scaling r of the update")
START = text("start", "signs of E at the start: `signed` (random), `positive`, `negative`, `rotating` (E' = -E)")
WARM_START = number("warm_start", "|E|_s at the start")
TRIAL = integer("trial", "number of the trial")
ITERATIONS = integer("iterations", "iterations of the algorithm")
OFF_DIAGONAL = number("off_diagonal", "|E|_1 at the end")
SMALLEST_DIAGONAL = number("smallest_diagonal", "smallest entry of Sigma")
ERROR = number("error", "|A^ - A*|_1 of the normalized features")

EXCESS = "eta times the potential"

STATEMENTS = Table(
    path="companions/purification/statements.csv",
    title="statements on alternating updates",
    summary="Factors, expansions and bounds that the text prints, each measured.",
    key=("quantity", "n"),
    columns=(
        text("quantity", "name of the quantity"),
        text("statement", "what the quantity is"),
        integer("n", "number of features; 0: the value holds for any number"),
        number("value", "its value"),
    ),
)

CONVERGENCE = Table(
    path="companions/purification/convergence.csv",
    title="positions along alternating updates",
    summary="The coupled potential along the iterations, without noise, with and without the ReLU.",
    key=("n", "decoding", "threshold", "start", "trial", "iteration"),
    columns=(
        N,
        ACTIVE,
        DECODING,
        THRESHOLD,
        STEP_SIZE,
        SCALING,
        START,
        WARM_START,
        TRIAL,
        integer("iteration", "number of the iteration; 0: the start"),
        number("positive", "|E_+|_s, the positive part of the potential"),
        number("negative", "|E_-|_s, the negative part of the potential"),
        SMALLEST_DIAGONAL,
        ERROR,
        number("contraction", "largest ratio of consecutive potentials since the previous row", optional=True),
        number("excess_positive", "largest excess of `positive` over section 5.2's bound", EXCESS, optional=True),
        number("excess_negative", "largest excess of `negative` over section 5.2's bound", EXCESS, optional=True),
    ),
)

CONDITIONS = Table(
    path="companions/purification/conditions.csv",
    title="alternating updates beyond their conditions",
    summary="The error beyond the theorems' warm start, sparsity and balance, with and without balancing.",
    key=("condition", "value", "law", "decoding", "threshold", "start", "preprocessing", "trial"),
    columns=(
        text("condition", "what is varied: `warm-start`, `sparsity` or `imbalance`"),
        number("value", "|E|_s at the start, probability of a weight, or `imbalance` before preprocessing"),
        text("law", "distribution of the weights: `bernoulli`, or `graded` (0, 1/2 or 1)"),
        N,
        DECODING,
        THRESHOLD,
        STEP_SIZE,
        ITERATIONS,
        START,
        WARM_START,
        text("preprocessing", "`none` or `balancing`"),
        TRIAL,
        number("imbalance", "largest second moment of the weights over the smallest, after preprocessing"),
        OFF_DIAGONAL,
        SMALLEST_DIAGONAL,
        ERROR,
    ),
)

FLOORS = Table(
    path="companions/purification/floors.csv",
    title="errors that noise and samples leave",
    summary="The error that adversarial noise, unbiased noise and finite samples leave.",
    key=("n", "noise", "strength", "samples", "pseudo_inverse", "trial"),
    columns=(
        N,
        integer("m", "entries of a data point"),
        ACTIVE,
        text("features", "how the true features are drawn: `sparse`"),
        text("noise", "`none`, `adversarial` or `unbiased`"),
        number("strength", "strength G c of the noise"),
        number("level", "level C_nu of the noise"),
        number("relative_noise", "|nu|_1 of the noise", "E |A* x*|_1"),
        integer("samples", "data points of every iteration"),
        text("pseudo_inverse", "left inverse of the features: `least-infinity` or `moore-penrose`"),
        THRESHOLD,
        STEP_SIZE,
        SCALING,
        ITERATIONS,
        TRIAL,
        OFF_DIAGONAL,
        number("outside", "|N|_1 at the end"),
        SMALLEST_DIAGONAL,
        ERROR,
    ),
)

EXPERIMENTS = (
    Experiment(STATEMENTS, "companions.purification.statements:measure_statements", ("seed",)),
    Experiment(CONVERGENCE, "companions.purification.potential:measure_potential", ALL, "purification_trials"),
    Experiment(CONDITIONS, "companions.purification.conditions:measure_conditions", ALL, "purification_trials"),
    Experiment(FLOORS, "companions.purification.floors:measure_floors", ALL, "purification_trials"),
)
"""What measures these tables."""

TABLES: tuple[Table, ...] = tuple(experiment.table for experiment in EXPERIMENTS)
