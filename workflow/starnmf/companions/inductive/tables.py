"""Result tables of non-linear inductive matrix completion."""

from starnmf.datasets.tables import DATASET
from starnmf.results.experiment import ALL, Experiment
from starnmf.results.table import Table, integer, number, text

ACTIVATION = text("activation", "activation function: `sigmoid`, `tanh`, `erf` or `relu`")
D = integer("d", "number of features")
K = integer("k", "columns of U and V")
DRAW = integer("draw", "number of the random draw")
TRIAL = integer("trial", "number of the trial")

CONSTANTS = Table(
    path="companions/inductive/constants.csv",
    title="moments of activation functions",
    summary="The moments of activation functions, beside the printed ones.",
    key=("activation", "constant"),
    columns=(
        ACTIVATION,
        text("constant", "`alpha10` (alpha_1,0 of eq. 10) etc.; `rho` and its terms `off_diagonal`, `diagonal`"),
        number("value", "its value, by quadrature"),
        number("printed", "value that the paper prints; empty where it prints none", optional=True),
    ),
)

IDENTITIES = Table(
    path="companions/inductive/identities.csv",
    title="equations of inductive matrix completion",
    summary="Facts B.1 and B.2, the proof of Lemma D.1 and Lemma D.4 on random matrices.",
    key=("equation",),
    columns=(
        text("equation", "name of the equation or inequality"),
        text("statement", "what it says"),
        integer("cases", "cases that it is checked on"),
        number("largest_error", "largest relative error; of an inequality, relative violation"),
    ),
)

ORTHOGONAL = Table(
    path="companions/inductive/orthogonal.csv",
    title="eigenvalues at unitary weights",
    summary="The smallest eigenvalue at unitary weights, against the dimension.",
    key=("activation", "d"),
    columns=(
        ACTIVATION,
        D,
        number("rho", "bound rho of Lemma C.1"),
        number("smallest_eigenvalue", "smallest eigenvalue of the population Hessian"),
        number("largest_eigenvalue", "largest eigenvalue of the population Hessian"),
        number("multiple", "largest C_0 of the proof of Lemma D.3; only `relu`, up to d = 12", optional=True),
        number("multiple_printed", "the same with the printed moments", optional=True),
    ),
)

FIRST_ROW = Table(
    path="companions/inductive/first_row.csv",
    title="eigenvalues with a fixed row",
    summary="The ReLU's smallest eigenvalue with the first row of U fixed.",
    key=("kind", "d", "draw", "smallest_entry"),
    columns=(
        text("kind", "U* is `random`, or has an entry of its first row `set`"),
        D,
        DRAW,
        number("smallest_entry", "smallest absolute entry of the first row of U*"),
        number("free_eigenvalue", "smallest eigenvalue of the whole population Hessian"),
        number("fixed_eigenvalue", "smallest eigenvalue with the first row of U fixed"),
    ),
)

CONDITIONING = Table(
    path="companions/inductive/conditioning.csv",
    title="eigenvalues over condition numbers",
    summary="The smallest eigenvalue against the condition number of the weights.",
    key=("activation", "spread", "condition_of", "axes", "kappa", "draw"),
    columns=(
        ACTIVATION,
        D,
        K,
        text("spread", "singular values: `one large` (kappa, 1, 1) or `one small` (kappa, kappa, 1)"),
        text("condition_of", "which weights have them: `U` (V* has orthonormal columns) or `both`"),
        text("axes", "right singular vectors: unit vectors (`aligned`) or `random`"),
        number("kappa", "condition number"),
        DRAW,
        number("smallest_eigenvalue", "smallest eigenvalue of the population Hessian; `relu`: first row of U fixed"),
        number("bound", "bound of Theorem D.5; `relu`: of Theorem D.6 without its constant"),
        number("proven_bound", "bound that the proof of Theorem D.5 gives; empty for `relu`", optional=True),
    ),
)

DEVIATIONS = Table(
    path="companions/inductive/deviations.csv",
    title="deviations of a sample's Hessian",
    summary="How far a sample's Hessian is from the population's.",
    key=("activation", "sweep", "size"),
    columns=(
        ACTIVATION,
        text("sweep", "what is varied: `users and items`, `observations`, `dimension` or `distance`"),
        number("size", "its value"),
        D,
        K,
        number("users", "users, and as many items, an integer; empty for `distance`", optional=True),
        number("observed", "observed pairs, an integer; empty for `distance`", optional=True),
        integer("draws", "random draws"),
        number("deviation", "mean spectral norm of the difference of the Hessians"),
        number("standard_error", "standard error of `deviation`"),
    ),
)

CONVERGENCE = Table(
    path="companions/inductive/convergence.csv",
    title="descents with fresh samples",
    summary="Gradient descent with a fresh sample in every step.",
    key=("activation", "trial", "step"),
    columns=(
        ACTIVATION,
        TRIAL,
        D,
        K,
        integer("sample", "users, items and observed pairs of every step"),
        number("M_l", "smallest eigenvalue of the population Hessian at the truth"),
        number("M_u", "largest eigenvalue of the population Hessian at the truth"),
        integer("step", "number of the step; 0: the start"),
        number("squared_distance", "|U - U*|_F^2 + |V - V*|_F^2"),
    ),
)

PHASES = Table(
    path="companions/inductive/phases.csv",
    title="phase diagrams of recovery",
    summary="How often weights are recovered, over users, observations and starts.",
    key=("activation", "start", "users", "observed"),
    columns=(
        ACTIVATION,
        text("start", "`near` the truth or `random`"),
        D,
        K,
        integer("users", "users, and as many items"),
        integer("observed", "observed pairs"),
        text("optimizer", "`Levenberg-Marquardt`"),
        integer("trials", "random instances"),
        integer("recovered", "trials with a relative error of at most 0.001 on fresh features"),
        number("median_error", "median relative error on fresh features"),
    ),
)

COLD_START = Table(
    path="companions/inductive/cold_start.csv",
    title="errors on unseen users",
    summary="Errors on users that were not trained on, for every model and random split of the users.",
    key=("dataset", "split", "model"),
    columns=(
        DATASET,
        text("source", "`published`, `mirror` or `stand-in` (synthetic data)"),
        number("reduction", "pairs of a user and a movie in the published files for each one here"),
        integer("split", "number of the split"),
        text("model", "linear `IMC`, `NIMC` with an activation function, or a baseline"),
        number("rank", "rank that was chosen, an integer; empty for baselines", optional=True),
        number("penalty", "penalty that was chosen; empty for baselines", optional=True),
        integer("users", "users trained on"),
        integer("test_users", "users tested on"),
        integer("ratings", "ratings trained on"),
        integer("test_ratings", "ratings tested on"),
        number("train_rmse", "root mean squared error on the ratings trained on", "stars"),
        number("rmse", "root mean squared error on the ratings tested on", "stars"),
    ),
)

EXPERIMENTS = (
    Experiment(CONSTANTS, "companions.inductive.activations:measure_constants"),
    Experiment(IDENTITIES, "companions.inductive.appendix_identities:measure_appendix_identities", ("seed",)),
    Experiment(ORTHOGONAL, "companions.inductive.quadratic:measure_orthogonal"),
    Experiment(FIRST_ROW, "companions.inductive.first_row:measure_first_row", ALL, "inductive_trials"),
    Experiment(CONDITIONING, "companions.inductive.conditioning:measure_conditioning", ALL, "inductive_trials"),
    Experiment(DEVIATIONS, "companions.inductive.deviations:measure_deviations", ALL, "inductive_trials", memory=2000),
    Experiment(CONVERGENCE, "companions.inductive.fresh_samples:measure_fresh_samples", ALL, "inductive_trials"),
    Experiment(PHASES, "companions.inductive.phases:measure_phases", ALL, "inductive_trials", memory=2000),
)
"""What measures these tables."""

TABLES: tuple[Table, ...] = (*(experiment.table for experiment in EXPERIMENTS), COLD_START)
