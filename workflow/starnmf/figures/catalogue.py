"""Which figures of the paper there are, what each reads and which datasets it shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starnmf.companions.inductive import tables as inductive
from starnmf.companions.isometry import tables as isometry
from starnmf.companions.purification import tables as purification
from starnmf.landscape.tables import CURVATURE, LINES, SPECTRUM, TIMES, TRAJECTORY
from starnmf.networks.architecture import Architecture
from starnmf.networks.tables import NETWORK_SURFACES
from starnmf.results.table import Table
from starnmf.theory import tables as theory


@dataclass(frozen=True)
class FigureEntry:
    """A figure: what it is called, drawn from and drawn by."""

    name: str
    """`figure03`: the name of its files."""
    table: Table
    """The result table that it is drawn from."""
    draw: str
    """Its function as `module:function` below starnmf; it takes the entry, the table and, under regimes, the
    factorization summaries."""
    title: str
    caption: str
    datasets: tuple[str, ...] | None = None
    """The paper's selection in its order; None shows every dataset of the run, by name."""
    rows: tuple[str, str] | None = None
    """A column of the table and the value the figure's rows have there; None takes all."""
    regime: str | None = None
    """The only regime it is drawn under; None draws it under each."""

    @property
    def number(self) -> str:
        """The figure's number in the paper, which 14 and 15 are not in; S1 and on are those of the
        companions.
        """
        return self.name.removeprefix("figure").lstrip("0")

    @property
    def under_regimes(self) -> bool:
        """Whether the figure is about datasets, and drawn for every regime."""
        return "{regime}" in self.table.path

    @property
    def module(self) -> str:
        """The full name of the module that draws it."""
        return f"starnmf.{self.draw.split(':')[0]}"

    @property
    def rests_on_optima(self) -> bool:
        """Whether the figure shows what descents found; lines between two random points do not."""
        return self.rows != ("kind", "random-random")

    def shown(self, datasets: Iterable[str]) -> list[str]:
        """Those of `datasets` that the figure shows, in the order of its panels; empty when it
        shows none.
        """
        present = set(datasets)
        return sorted(present) if self.datasets is None else [name for name in self.datasets if name in present]


_ENTRIES = (
    FigureEntry(
        "figure01",
        theory.PLANTED_LINES,
        "figures.figure01:draw",
        "Loss along lines of one planted instance",
        "Loss per entry of a planted instance, (100, 100), r = 10, half-normal factors, five lines each. a) Between "
        "the planted solution (λ = 0) and itself with its ranks in another order (λ = 1), both global minima: never "
        "convex. b) From random points (λ = 0) to the planted solution (λ = 1). c) Between random points.",
    ),
    FigureEntry(
        "figure02",
        theory.SURFACE,
        "figures.figure02:draw",
        "A star-convex function that is not convex",
        "The surface of (|x|^p + |y|^p)^(1/p) with p = 1/2: straight towards (0, 0) along every ray, and above the "
        "chord between (1, 0) and (0, 1).",
    ),
    FigureEntry(
        "figure03",
        LINES,
        "figures.curves:draw_between_random_points",
        "Loss between two random points",
        "Loss per observed entry along straight lines between two half-normal random points, five independent lines "
        "per dataset. A convex curve in every panel is what Theorem 1 predicts.",
        rows=("kind", "random-random"),
    ),
    FigureEntry(
        "figure04",
        LINES,
        "figures.curves:draw_to_optima",
        "Loss from a random point to an optimum",
        "Loss per observed entry along straight lines from a half-normal random point (λ = 0) to an optimum found "
        "from another start (λ = 1), five independent lines per dataset; the insets enlarge the end at the optimum.",
        rows=("kind", "random-optimum"),
    ),
    FigureEntry(
        "figure05",
        CURVATURE,
        "figures.deviations:draw",
        "Relative deviation of the curvature against data size",
        "Standard deviation over mean of the curvature α (eq. 6) against the share of rows and columns kept. "
        "Bars are 95 % bootstrap intervals over optima and points. Theorem 1 predicts a fall.",
        datasets=("birdsong", "metabolic", "movielens", "orl"),
    ),
    FigureEntry(
        "figure06",
        TRAJECTORY,
        "figures.bands:draw_cosine_and_alpha",
        "Cosine similarity and curvature during descent",
        "Top: cosine between the negative gradient, or the projected one, and the straight line from "
        "start to final point. Bottom: curvature α (eq. 6) from the point reached to the final point. "
        "Mean and 95 % t-interval over the repetitions.",
        datasets=("orl", "movielens"),
    ),
    FigureEntry(
        "figure07",
        SPECTRUM,
        "figures.spectra:draw",
        "Singular values of U* and of a random matrix",
        "Singular values of the factor U* found on birdsong and of a half-normal matrix of the same shape, each "
        "divided by its largest.",
        datasets=("birdsong",),
        rows=("factor", "U"),
    ),
    FigureEntry(
        "figure08",
        NETWORK_SURFACES,
        "figures.figure08:draw",
        "Loss of a narrow and of a wide network over two random directions",
        "Training loss around the weights of ResNets after two thirds of the training (epoch 200 of 300), along two "
        "random filter-normalised directions, as in Li et al. (2018): above as a surface, below its level lines. Grey: "
        "where the discrete Hessian is not positive semidefinite, so that the loss is not convex.",
    ),
    FigureEntry(
        "figure09",
        TRAJECTORY,
        "figures.bands:draw_alpha",
        "Curvature during descent",
        "Curvature α (eq. 6) from the point reached to the final point of its own descent: mean and "
        "95 % t-interval over the repetitions. Above zero the loss is convex along the rest of the way.",
    ),
    FigureEntry(
        "figure10",
        TRAJECTORY,
        "figures.bands:draw_cosine",
        "Cosine similarity during descent",
        "Cosine between the negative gradient, or the projected one, and the straight line from "
        "start to final point: mean and 95 % t-interval over the repetitions.",
    ),
    FigureEntry(
        "figure11",
        CURVATURE,
        "figures.deviations:draw",
        "Relative deviation of the curvature against data size",
        "As Figure 5, for every dataset of the run.",
    ),
    FigureEntry(
        "figure12",
        SPECTRUM,
        "figures.spectra:draw",
        "Singular values of U* and of a random matrix",
        "Singular values of the factor U* found by descent and of a half-normal matrix of the same shape, each divided "
        "by its largest.",
        rows=("factor", "U"),
    ),
    FigureEntry(
        "figure13",
        SPECTRUM,
        "figures.spectra:draw",
        "Singular values of V* and of a random matrix",
        "Singular values of the factor V* found by descent and of a half-normal matrix of the same shape, each divided "
        "by its largest.",
        rows=("factor", "V"),
    ),
    FigureEntry(
        "figure14",
        theory.PROFILE,
        "figures.figure14:draw",
        "Expected second derivative along lines",
        "Not in the paper: the mean of loss'' over 400 instances, (100, 80), r = 10, with four standard errors, its "
        "exact expectation, and what the paper's facts give (Fact 10 has 2 where the exact value is 0). Without the "
        "entries' mean, whose term the proof drops, the expectation towards the planted solution touches 0.",
    ),
    FigureEntry(
        "figure15",
        TIMES,
        "figures.figure15:draw",
        "Curvature towards the point that gradient descent has reached",
        "Not in the paper: curvature α (eq. 6) from independent random points to where the gradient "
        "flow is at time t, its mean with a 95 % bootstrap interval over restarts and points, and the "
        "smallest; below, the share of segments with α < 0, and the loss. The vertical line is where the "
        "paper stops, after 10,000 steps of 1e-7. Restarts that have stopped keep their last values.",
        regime="converged",
    ),
    FigureEntry(
        "figureS1",
        isometry.DESCENT,
        "figures.figureS1:draw",
        "Stochastic gradient descent on the counterexample",
        "Matrix recovery with δ = 1/2: share of standard normal starts whose error |uu' − zz'| is above 0.1, against "
        "the number of steps; bands are 95 % Wilson intervals. Single: a step follows the gradient of one measurement; "
        "mean: that of all three. Grey: the 12,053 of 100,000 of the slides.",
    ),
    FigureEntry(
        "figureS2",
        isometry.PAIRS,
        "figures.figureS2:draw",
        "The smallest δ for which a point is spurious",
        "a) By semidefinite programming, for one column: the smallest restricted isometry constant δ for which x is a "
        "second-order critical point of ground truth z; dashed, the bound that the gradient alone gives. b) The same "
        "over standard normal pairs, as a cumulative share. Grey: δ = 1/2, below which there is none for one column.",
    ),
    FigureEntry(
        "figureS3",
        isometry.STARTS,
        "figures.figureS3:draw",
        "Errors from starts between a spurious local minimum and noise",
        "Error |UU' − ZZ'| after 10,000 steps from (1 − γ) X_bad + γ w with standard normal w. Line: median; dark "
        "band: 5 to 95 %; light band: smallest to largest. Dotted: the error 0.1 that counts as failure. Oblique: rank "
        "2, δ = 0.98; orthogonal: rank 1, δ = 0.55; n = 12.",
    ),
    FigureEntry(
        "figureS4",
        purification.CONVERGENCE,
        "figures.figureS4:draw",
        "Purification without noise: the coupled potential",
        "Potential |E₊|ₛ + 7.8 |E₋|ₛ of alternating updates in expectation, 10 features, one in a data point on "
        "average, from warm starts of |E|ₛ = 0.1 with drawn, positive or negative signs, or rotating (E' = −E). Grey: "
        "(1 − η/25) per iteration, which the proof asks for. Without the ReLU what is a rotation stays.",
    ),
    FigureEntry(
        "figureS5",
        purification.FLOORS,
        "figures.figureS5:draw",
        "Purification under noise and with finite samples",
        "What is left of |E|₁ and |N|₁, the larger. a), b) Against the noise in units of what Theorems 1 and 2 allow, "
        "C_ν max(m, n |A⁺|), in b) over √n; dotted: without noise, where it is sampling error. c) Against the "
        "samples of an iteration, 10 features, noise of strength 0.3.",
    ),
    FigureEntry(
        "figureS6",
        purification.CONDITIONS,
        "figures.figureS6:draw",
        "Purification beyond the theorems' conditions",
        "Error |Â − A*|₁ after 1,000 updates in expectation, 8 features, without noise; below 1e-12 drawn there. "
        "a) Size of the warm start, which is to be 0.1. b) Probability of a weight. c) Largest second moment of the "
        "weights over the smallest, which is to be 2 at most; balanced: after the pre-processing of section 6.",
    ),
    FigureEntry(
        "figureS7",
        inductive.ORTHOGONAL,
        "figures.figureS7:draw",
        "The population Hessian at unitary weights",
        "Non-linear inductive matrix completion. a) Smallest eigenvalue at unitary U*, V* (dots) and the bound ρ of "
        "Lemma C.1 (dashed). b) The largest constant C₀ with which the ReLU's quadratic form is above the printed sum "
        "of squares (proof of Lemma D.3), with its moments and the printed ones; dashed: 1 / 4π², where C₀ falls to.",
    ),
    FigureEntry(
        "figureS8",
        inductive.FIRST_ROW,
        "figures.figureS8:draw",
        "A ReLU with the first row of U fixed",
        "Smallest eigenvalue of the population Hessian at random unitary U*, V* = I, the first row of U fixed (Lemma "
        "D.3): it goes with the square of the row's smallest entry, for every d. Dashed: 0.1 times the square. Without "
        "a fixed row it is 0.",
    ),
    FigureEntry(
        "figureS9",
        inductive.CONDITIONING,
        "figures.figureS9:draw",
        "The bound for weights that are not orthogonal",
        "Smallest eigenvalue of the population Hessian over the bound that Theorem D.5 prints, for (d, k) = (4, 3), "
        "against the condition number; singular values as in the legend, the smallest over their directions. Grey: "
        "the bound fails. With λ of the pseudo-inverses and κ², as its proof has them, it holds everywhere.",
    ),
    FigureEntry(
        "figureS10",
        inductive.DEVIATIONS,
        "figures.figureS10:draw",
        "A sample's Hessian against the population's",
        "Spectral norm of the difference to the population Hessian at the truth, k = 3 (Theorem C.2). a) to c) The "
        "sample's Hessian at the truth; d) the population's at a distance from it. Dashed: slopes -1/2, -1/2, 1/2 and "
        "1. For a ReLU the theorem allows the root of the distance; measured is the distance itself.",
    ),
    FigureEntry(
        "figureS11",
        inductive.CONVERGENCE,
        "figures.figureS11:draw",
        "Local linear convergence of gradient descent",
        "Squared distance to the truth, (d, k) = (6, 3), step 1/Mᵤ, 2,000 fresh pairs in every step (Theorem 3.3). "
        "Mₗ and Mᵤ are the extreme eigenvalues of the population Hessian at the truth. The theorem promises the "
        "dashed line; the slowest direction alone has the dotted one.",
    ),
    FigureEntry(
        "figureS12",
        inductive.PHASES,
        "figures.figureS12:draw",
        "Recovery over users and observations",
        "Share of trials whose predictions on fresh features are within 0.001 of the truth's, (d, k) = (10, 5), by "
        "Levenberg-Marquardt. Near: 0.9 of the truth plus 0.1 of a Gaussian start; random: the Gaussian start. A ReLU "
        "has the first row of U fixed. There are 100 weights.",
    ),
    FigureEntry(
        "figureS13",
        inductive.COLD_START,
        "figures.figureS13:draw",
        "Ratings of unseen users",
        "Error on one fifth of the users, none of whose ratings were seen, from gender, age and occupation, and the "
        "movies' genres; a dot for each random split, a bar and a number for the mean. Additive: linear, without "
        "products of features. Genre mean: of movies with the same genres. Movie mean: the movie's own.",
    ),
)

FIGURES = {figure.name: figure for figure in _ENTRIES}
"""Every figure by its name: the paper's, ours, and those of the companions."""


def surface_networks(networks: Sequence[Architecture]) -> list[str]:
    """The networks that Figure 8 shows: of the deepest ones, the narrowest and the widest; in the
    paper k = 1 and 4.

    Networks without shortcuts are shown where there are no others.
    """
    candidates = [network for network in networks if network.shortcuts] or networks
    deepest = max((network.layers for network in candidates), default=0)
    by_width = sorted((one for one in candidates if one.layers == deepest), key=lambda network: network.width)
    return [network.name for network in (*by_width[:1], *by_width[1:][-1:])]
