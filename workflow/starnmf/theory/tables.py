"""Result tables of the theory."""

from starnmf.results.experiment import ALL, Experiment
from starnmf.results.table import Column, Table, integer, number, text

DISTRIBUTION = text("distribution", "distribution of the factors' entries")
KIND = text("kind", "`random-random`, or `random-planted`: from a random point to the planted solution")
N, M, R = integer("n", "rows of X"), integer("m", "columns of X"), integer("r", "rank")
SHAPE = (N, M, R)
WHERE = text("where", "place in the paper")
STATEMENT = text("statement", "what it says")
LAMBDA = number("lambda", "place on the segment, from 0 to 1")

EXPECTATION = "n m r sigma^4 (fact-9: r sigma^2)"
PRODUCT = "(n m r sigma^4)^2"
PER_ENTRY = "r sigma^4"


def _share(name: str, meaning: str) -> tuple[Column, ...]:
    """A number of segments, their fraction and its interval."""
    return (
        integer(name, meaning),
        number(f"{name}_share", "their fraction"),
        number(f"{name}_low", "lower end of the fraction's 95 % Wilson interval"),
        number(f"{name}_high", "upper end of the fraction's 95 % Wilson interval"),
    )


CONVEXITY = Table(
    path="theory/convexity.csv",
    title="the convexity sweep",
    summary="Theorems 1 to 4: how often the loss along a segment is not convex, against the size.",
    key=("distribution", "kind", "observed", "n"),
    columns=(
        text("distribution", "distribution of the factors' entries: `half-normal`, or `normal` as a control"),
        KIND,
        number("observed", "probability p that an entry is observed"),
        *SHAPE,
        integer("trials", "segments, each of an independent instance"),
        *_share("alpha_negative", "segments with negative curvature: alpha < 0"),
        *_share("inequality_9_fails", "segments for which inequality 9 fails: loss'' < 0 on the line through them"),
        *_share("chord_fails", "segments that violate the chord inequality (Definition 1)"),
        number("alpha_mean", "mean of alpha, per entry that is observed on average"),
        number("alpha_sd", "standard deviation of alpha, in the same unit"),
    ),
)

SKEWED = Table(
    path="theory/skewed.csv",
    title="the sweep over skewed laws",
    summary="Theorems 1 to 3 for laws with a small mean, other shapes and larger ranks.",
    key=("law", "mean_term", "gamma", "aspect", "kind", "n"),
    columns=(
        text("law", "distribution of the factors' entries"),
        number("mean_term", "q = mu^2 / sigma^2 of the distribution"),
        number("gamma", "r = n^gamma"),
        number("aspect", "m / n"),
        KIND,
        *SHAPE,
        integer("trials", "segments, each of an independent instance"),
        *_share("alpha_negative", "segments with negative curvature: alpha < 0"),
        *_share("without_mean_term", "segments for which that is so without the mean term that the proof drops"),
        number("middle", "mean of loss'' at lambda = 1/2, per entry", PER_ENTRY),
        number("middle_sd", "standard deviation of the same", PER_ENTRY),
        number("exact", "its exact expectation", PER_ENTRY),
        number("printed", "its expectation by the paper's facts", PER_ENTRY),
    ),
)

FACTS = Table(
    path="theory/facts.csv",
    title="the table of facts",
    summary="Facts 3 to 10 by Monte Carlo, beside the paper's and the exact values.",
    key=("fact", "distribution"),
    columns=(
        text("fact", "name of the fact; `masked` is of section 4"),
        WHERE,
        STATEMENT,
        DISTRIBUTION,
        *SHAPE,
        integer("trials", "independent instances"),
        number("mean_term", "q = mu^2 / sigma^2 of the distribution"),
        number("estimate", "mean over the instances", EXPECTATION),
        number("standard_error", "standard error of `estimate`", EXPECTATION),
        number("paper", "what the paper states", EXPECTATION),
        number("exact", "exact expectation", EXPECTATION),
        number("z_paper", "difference of `estimate` from `paper`, in standard errors"),
        number("z_exact", "difference of `estimate` from `exact`, in standard errors"),
    ),
)

COUNTING = Table(
    path="theory/counting.csv",
    title="the counting table",
    summary="Both sides of equations 4 and 10, computed from the facts.",
    key=("distribution", "kind", "mean_term"),
    columns=(
        DISTRIBUTION,
        KIND,
        text("mean_term", "`kept`, or `dropped` from |W1|^2 as in the proof"),
        number("q", "mu^2 / sigma^2 of the distribution"),
        number("left", "2 |W2|^2 (|W1|^2 + 2 <W0, W2>) of the measured means", PRODUCT),
        number("left_error", "standard error of `left`, by the delta method", PRODUCT),
        number("right", "3 <W1, W2>^2 of the measured means", PRODUCT),
        number("right_error", "standard error of `right`, by the delta method", PRODUCT),
        number("left_paper", "left side by the paper's facts", PRODUCT),
        number("right_paper", "right side by the paper's facts", PRODUCT),
        number("left_exact", "left side by the exact expectations", PRODUCT),
        number("right_exact", "right side by the exact expectations", PRODUCT),
    ),
)

CONCENTRATION = Table(
    path="theory/concentration.csv",
    title="the concentration table",
    summary="Equation 5 and Lemma 1: how terms of the proof scale with the size.",
    key=("quantity", "n", "trial"),
    columns=(
        text("quantity", "`W2W2`; or `residual` X(lambda) - X, `first` X', `second` X'', `solution` X"),
        *SHAPE,
        integer("trial", "number of the instance"),
        number("value", "`W2W2`: |W2|^2 / (r n^2); others: largest |entry| over lambda = 0, 1/2, 1"),
    ),
)

TAILS = Table(
    path="theory/tails.csv",
    title="the table of tails",
    summary="Equation 5 and Facts 1 and 2: probabilities of deviations against their size and that of the problem.",
    key=("quantity", "sweep", "n", "t"),
    columns=(
        text("quantity", "`equation-5`: |W2|^2; `fact-1`: of degree 4; `fact-2`: of degree 3"),
        text("sweep", "`n`: a few t at all sizes; `t`: many t at one size"),
        *SHAPE,
        number("t", "deviation", "r n^2 sigma^4 (fact-2: r n^2 sigma^3)"),
        integer("trials", "independent instances"),
        *_share("exceeds", "instances with a larger deviation from the expectation"),
    ),
)

IDENTITIES = Table(
    path="theory/identities.csv",
    title="the table of identities",
    summary="Equations 3, 8 and 9 and the counterexample, checked on random segments.",
    key=("identity",),
    columns=(
        text("identity", "name of the statement"),
        WHERE,
        STATEMENT,
        integer("cases", "cases that it is checked on"),
        integer("failures", "cases in which it does not hold"),
        number("largest_error", "largest relative error; 1 where a statement without a size fails"),
        number("convex", "`eq-9`: segments with loss'' >= 0 on the line through them; empty elsewhere", optional=True),
    ),
)

PROFILE = Table(
    path="theory/profile.csv",
    title="the profile of the mean curvature",
    summary="The mean second derivative along segments, beside its exact expectation.",
    key=("distribution", "kind", "lambda"),
    columns=(
        DISTRIBUTION,
        KIND,
        *SHAPE,
        integer("trials", "independent instances"),
        LAMBDA,
        number("mean", "mean of loss'' per entry", PER_ENTRY),
        number("standard_error", "standard error of `mean`", PER_ENTRY),
        number("exact", "exact expectation", PER_ENTRY),
        number("printed", "expectation by the paper's facts", PER_ENTRY),
    ),
)

PLANTED_LINES = Table(
    path="theory/lines.csv",
    title="segments of the planted model",
    summary="The loss along segments of one planted instance.",
    key=("kind", "line", "lambda"),
    columns=(
        text("kind", "`minimizer-minimizer`, `random-planted` or `random-random`, by the two ends"),
        integer("line", "number of the segment"),
        *SHAPE,
        LAMBDA,
        number("loss", "half the mean squared error"),
    ),
)

SURFACE = Table(
    path="theory/surface.csv",
    title="the surface of Figure 2",
    summary="The surface of a function that is star-convex and not convex.",
    key=("x", "y"),
    columns=(
        number("p", "exponent p"),
        number("x", "first coordinate; the minimum is at 0"),
        number("y", "second coordinate"),
        number("value", "(|x|^p + |y|^p)^(1/p)"),
    ),
)

SPURIOUS = Table(
    path="theory/spurious.csv",
    title="ends of descent on planted problems",
    summary="Small problems with an exact factorization: how often descent ends in a certified local minimum above it.",
    key=("law", "true_rank", "rank", "observed"),
    columns=(
        text("law", "distribution of the planted factors' entries"),
        integer("true_rank", "rank of the planted factorization"),
        integer("rank", "rank of the descent's"),
        number("observed", "probability that an entry is observed"),
        N,
        M,
        integer("trials", "descents, each of an independent instance from one start"),
        *_share("spurious", "descents that end in a local minimum, certified, above the planted loss"),
        integer("saddles", "descents that end in a saddle point"),
        integer("planted", "descents that end in an exact factorization: loss below 1e-10"),
        integer("undecided", "descents that end elsewhere: in a flat valley, or before they converged"),
        number("spurious_loss", "median loss of the spurious minima, of data of variance 1", optional=True),
    ),
)

EXPERIMENTS = (
    Experiment(CONVEXITY, "theory.convexity:measure_convexity", ALL, "trials", memory=4000, trials_per_second=200),
    Experiment(SKEWED, "theory.skewed:measure_skewed", ALL, "trials", memory=2000, trials_per_second=100),
    Experiment(FACTS, "theory.facts:measure_facts", ("seed",), memory=2000),
    Experiment(COUNTING, "theory.facts:measure_counting", ("seed",), memory=2000),
    Experiment(CONCENTRATION, "theory.concentration:measure_concentration", ("seed", "threads"), memory=4000),
    Experiment(TAILS, "theory.tails:measure_tails", ALL, "trials", memory=2000, trials_per_second=200),
    Experiment(IDENTITIES, "theory.segment_identities:measure_segment_identities", ("seed",)),
    Experiment(PROFILE, "theory.profile:measure_profile", ("seed",)),
    Experiment(PLANTED_LINES, "theory.planted_segments:measure_planted_segments", ("seed",)),
    Experiment(SURFACE, "theory.surface:measure_surface"),
    Experiment(SPURIOUS, "theory.spurious:measure_spurious", ALL, "trials", trials_per_second=50),
)
"""What measures these tables."""

TABLES: tuple[Table, ...] = tuple(experiment.table for experiment in EXPERIMENTS)
