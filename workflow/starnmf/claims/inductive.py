"""Claims of Zhong, Song, Jain and Dhillon (2018) on non-linear inductive matrix completion, from its appendix."""

from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd

from starnmf.claims.claim import Claim, Finding, Measurement, above, at_least, at_most, counted, within
from starnmf.claims.results import Results, files_of
from starnmf.claims.statistics import mean, share
from starnmf.companions.inductive import tables
from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.companions.inductive.quadratic import RELU_LIMIT
from starnmf.figures.provenance import data_mark

ROUNDING = 1e-9
"""What quadrature and eigenvalues are accurate to, relatively."""

RELU_CONSTANTS = ("alpha10", "alpha11", "alpha20", "beta10", "beta11", "beta20", "beta22", "gamma")

ENOUGH = {"users": 80, "observed": 400}
"""From so many on, recovery is looked at: 400 observations are four for each weight."""


def _smooth(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["activation"].isin(SMOOTH_NAMES)]


def _constant(activation: str, constant: str, results: Results) -> Iterable[Finding]:
    table = results[tables.CONSTANTS]
    rows = table[(table["activation"] == activation) & (table["constant"] == constant)]
    for value in rows["value"]:
        yield Finding(counted(float(value), "(by quadrature)"), files_of(rows))


def _symmetric(results: Results) -> Iterable[Finding]:
    table = results[tables.CONSTANTS]
    rows = table[table["activation"].isin(("sigmoid", "tanh")) & (table["constant"] == "beta11")]
    if not rows.empty:
        yield Finding(counted(float(rows["value"].abs().max()), "(larger of the two)"), files_of(rows))


def _identities(prefix: str, results: Results) -> Iterable[Finding]:
    table = results[tables.IDENTITIES]
    rows = table[table["equation"].str.startswith(prefix)]
    if not rows.empty:
        how = f"(largest over {rows['cases'].sum()} cases)"
        yield Finding(counted(float(rows["largest_error"].max()), how), files_of(rows))


def _lemma(name: str, results: Results) -> Iterable[Finding]:
    """How far the inequality is missed, for each k (as the regime)."""
    table = results[tables.IDENTITIES]
    rows = table[table["equation"].str.fullmatch(rf"{name}-k\d+")]
    for _, row in rows.iterrows():
        yield Finding(
            counted(float(row["largest_error"]), f"(largest over {row['cases']} Gaussian bumps g)"),
            (row["file"],),
            regime=f"k = {row['equation'].rpartition('k')[2]}",
        )


def _above_rho(results: Results) -> Iterable[Finding]:
    rows = _smooth(results[tables.ORTHOGONAL])
    if not rows.empty:
        excess = (rows["smallest_eigenvalue"] - rows["rho"]) / rows["rho"]
        yield Finding(counted(float(excess.min()), f"(smallest of {len(rows)} cases)"), files_of(rows))


def _rho_is_met(results: Results) -> Iterable[Finding]:
    table = _smooth(results[tables.ORTHOGONAL])
    rows = table[table["d"] >= 3]
    if not rows.empty:
        excess = (rows["smallest_eigenvalue"] / rows["rho"] - 1).abs()
        yield Finding(counted(float(excess.max()), f"(largest of {len(rows)} cases)"), files_of(rows))


def _universal(results: Results) -> Iterable[Finding]:
    table = results[tables.ORTHOGONAL]
    rows = table[table["multiple"].notna()].sort_values("d")
    if not rows.empty:
        by_d = ", ".join(f"{value:.4f} at {d:.0f}" for d, value in rows[["d", "multiple"]].to_numpy())
        reason = f"by d: {by_d}; with the printed moments {rows['multiple_printed'].min():.4f} at every d"
        yield Finding(counted(float(rows["multiple"].min()), "(smallest over d)"), files_of(rows), reason=reason)


def _singular(results: Results) -> Iterable[Finding]:
    table = results[tables.FIRST_ROW]
    worst = float(table["free_eigenvalue"].abs().max())
    yield Finding(counted(worst, f"(largest of {len(table)} cases)"), files_of(table))


def _first_row(results: Results) -> Iterable[Finding]:
    table = results[tables.FIRST_ROW]
    ratio = table["fixed_eigenvalue"] / table["smallest_entry"] ** 2
    reason = f"ratios from {ratio.min():.3f} to {ratio.max():.3f}, d from {table['d'].min()} to {table['d'].max()}"
    how = f"(over {len(table)} unitary U*)"
    yield Finding(counted(float(ratio.min() / ratio.max()), how), files_of(table), reason=reason)


def _over_bound(bound: str, results: Results) -> Iterable[Finding]:
    """The smallest eigenvalue over a bound, for each activation (as the regime)."""
    for activation, rows in _smooth(results[tables.CONDITIONING]).groupby("activation"):
        ratio = rows["smallest_eigenvalue"] / rows[bound]
        worst = rows.iloc[int(ratio.argmin())]
        reason = (
            f"smallest at kappa = {worst['kappa']:g}, "
            f"{'kappa, kappa, 1' if worst['spread'] == 'one small' else 'kappa, 1, 1'} of {worst['condition_of']}"
        )
        how = f"(smallest of {len(rows)} cases)"
        yield Finding(counted(float(ratio.min()), how), files_of(rows), regime=str(activation), reason=reason)


def _relu_over_bound(results: Results) -> Iterable[Finding]:
    table = results[tables.CONDITIONING]
    rows = table[table["activation"] == "relu"]
    if not rows.empty:
        ratio = rows["smallest_eigenvalue"] / rows["bound"]
        smallest = ratio.groupby(rows["kappa"]).min()
        by_kappa = ", ".join(f"{value:.2g} at {kappa:g}" for kappa, value in smallest.items())
        how = f"(of {len(rows)} cases)"
        reason = f"smallest ratio to the bound by kappa: {by_kappa}"
        yield Finding(counted(float(smallest.min() / smallest.iloc[0]), how), files_of(rows), reason=reason)


def _slopes(sweep: str, activations: tuple[str, ...], results: Results) -> Iterable[Finding]:
    """The slope of log deviation against log size, for each activation (as the regime); a dimension's less log d."""
    table = results[tables.DEVIATIONS]
    for activation in activations:
        rows = table[(table["sweep"] == sweep) & (table["activation"] == activation)].sort_values("size")
        if rows["size"].nunique() > 1:
            size, deviation = rows["size"].to_numpy(float), rows["deviation"].to_numpy(float)
            if sweep == "dimension":
                deviation = deviation / np.log(size)
            slope = float(np.polyfit(np.log(size), np.log(deviation), 1)[0])
            how = f"(least squares over {len(rows)} sizes, {rows['draws'].min():.0f} draws each)"
            yield Finding(counted(slope, how), files_of(rows), regime=activation)


def _contraction(results: Results) -> Iterable[Finding]:
    """The largest contraction a step between kept distances over what is promised, for each activation."""
    for activation, rows in results[tables.CONVERGENCE].groupby("activation"):
        worst, promised = [], 1 - float((rows["M_l"] / rows["M_u"]).iloc[0])
        for _, descent in rows.sort_values("step").groupby("trial"):
            fall = np.diff(np.log(descent["squared_distance"])) / np.diff(descent["step"])
            worst.append(float(np.exp(fall.max())))
        if worst:
            reason = f"largest {max(worst):.4f} a step, promised {promised:.4f}, its square {promised**2:.4f}"
            how = f"(largest over {len(worst)} descents)"
            yield Finding(counted(max(worst) - promised, how), files_of(rows), regime=str(activation), reason=reason)


def _recovered(start: str, results: Results) -> Iterable[Finding]:
    """Recoveries where there is enough of everything, for each activation (as the regime)."""
    table = results[tables.PHASES]
    enough = (table["users"] >= ENOUGH["users"]) & (table["observed"] >= ENOUGH["observed"])
    for activation, rows in table[enough & (table["start"] == start)].groupby("activation"):
        reason = f"by {rows['optimizer'].iloc[0]}"
        measured = share(int(rows["recovered"].sum()), int(rows["trials"].sum()))
        yield Finding(measured, files_of(rows), regime=str(activation), reason=reason)


def _relu_is_harder(results: Results) -> Iterable[Finding]:
    found = {one.regime: one.measurement for one in _recovered("random", results)}
    if {"sigmoid", "relu"} <= found.keys():
        sigmoid, relu = found["sigmoid"], found["relu"]
        difference = sigmoid.value - relu.value
        measured = Measurement(difference, sigmoid.low - relu.high, sigmoid.high - relu.low, "(Wilson intervals)")
        reason = f"sigmoid {sigmoid.value:.3g}, ReLU {relu.value:.3g}"
        yield Finding(measured, files_of(results[tables.PHASES]), reason=reason)


def _cold_start(results: Results) -> Iterable[Finding]:
    """How much lower the error of each non-linear model is than that of linear IMC (model as the regime)."""
    table = results[tables.COLD_START]
    by_split = table.pivot_table(index="split", columns="model", values="rmse")
    first = table.iloc[0]
    mark = data_mark(str(first["source"]), float(first["reduction"]))
    for model in sorted(name for name in table["model"].unique() if name.startswith("NIMC")):
        gains = (by_split["IMC"] - by_split[model]).to_numpy()
        errors = f"mean errors {by_split[model].mean():.4f} and {by_split['IMC'].mean():.4f}"
        reason = "; ".join([*([mark] if mark else []), errors])
        yield Finding(mean(gains, "random split"), files_of(table), regime=model, dataset="movielens", reason=reason)


def _relu_constant(name: str) -> Claim:
    return Claim(
        f"inductive-relu-{name}",
        "Lemma D.3, proof" if name != "beta11" else "Lemma D.3, proof, and below Lemma C.1",
        f"For a ReLU {name[:-2]}_{name[-2]},{name[-1]} = 1/2" if name != "gamma" else "For a ReLU gamma = 1/2",
        name,
        within(0.5 - ROUNDING, 0.5 + ROUNDING),
        tables.CONSTANTS,
        partial(_constant, "relu", name),
        paper_value="1/2",
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "inductive-rho-sigmoid",
        "Lemma C.1",
        "rho is about 0.000658 for a sigmoid",
        "rho",
        within(0.0006575, 0.0006585),
        tables.CONSTANTS,
        partial(_constant, "sigmoid", "rho"),
        paper_value="0.000658",
    ),
    Claim(
        "inductive-rho-tanh",
        "Lemma C.1",
        "rho is about 0.0095 for tanh",
        "rho",
        within(0.00945, 0.00955),
        tables.CONSTANTS,
        partial(_constant, "tanh", "rho"),
        paper_value="0.0095",
    ),
    Claim(
        "inductive-symmetric",
        "Lemma C.1",
        "Sigmoid and tanh satisfy beta_1,1 = 0",
        "|beta_1,1|",
        at_most(1e-12),
        tables.CONSTANTS,
        _symmetric,
        paper_value="0",
    ),
    *map(_relu_constant, RELU_CONSTANTS),
    *(
        Claim(
            f"inductive-fact-{number}",
            f"Fact B.{number}",
            f"The four identities of Fact B.{number} on sums over columns",
            "largest relative error",
            at_most(ROUNDING),
            tables.IDENTITIES,
            partial(_identities, f"B.{number}-"),
        )
        for number in (1, 2)
    ),
    Claim(
        "inductive-quadratic-form",
        "Lemma D.1, proof",
        "C = C_1 + C_2, what directions of U contribute, in its last form",
        "largest relative error against exact moments",
        at_most(ROUNDING),
        tables.IDENTITIES,
        partial(_identities, "D.1-C"),
    ),
    Claim(
        "inductive-quadratic-form-misprint",
        "Lemma D.1, proof",
        "The term of |diag(A)|^2 has - 2 alpha_1,0 beta_1,1^2 (a line below, alpha_1,0^2)",
        "largest relative error of C against exact moments",
        at_most(ROUNDING),
        tables.IDENTITIES,
        partial(_identities, "D.1-misprint"),
    ),
    Claim(
        "inductive-orthogonal",
        "Lemma C.1, D.1",
        "At unitary U*, V* the smallest eigenvalue is at least rho, for sigmoid, tanh and erf",
        "smallest relative excess over rho",
        at_least(-ROUNDING),
        tables.ORTHOGONAL,
        _above_rho,
    ),
    Claim(
        "inductive-orthogonal-sharp",
        "this project",
        "For d >= 3 the bound rho is met",
        "largest relative difference to rho",
        at_most(ROUNDING),
        tables.ORTHOGONAL,
        _rho_is_met,
    ),
    Claim(
        "inductive-relu-universal",
        "Lemma D.3, proof",
        "With a universal constant C_0 the ReLU's form is above the printed sum of squares",
        "largest C_0 with the ReLU's own moments",
        at_least(RELU_LIMIT),
        tables.ORTHOGONAL,
        _universal,
    ),
    Claim(
        "inductive-relu-singular",
        "section C.1",
        "Parameters of a ReLU are redundant: its Hessian is singular as long as no row is fixed",
        "largest |smallest eigenvalue|",
        at_most(1e-12),
        tables.FIRST_ROW,
        _singular,
    ),
    Claim(
        "inductive-first-row",
        "Lemma D.3",
        "With the first row of U fixed the smallest eigenvalue is at least min u*_1i^2, up to a constant",
        "smallest ratio of the two over the largest",
        at_least(0.5),
        tables.FIRST_ROW,
        _first_row,
    ),
    Claim(
        "inductive-transform",
        "Lemma D.4",
        "E g(U'x) >= E g(sigma_k(U) z) / lambda(U) with lambda(U) = sigma_1^k / prod sigma_i",
        "largest relative excess of the right side",
        at_most(ROUNDING),
        tables.IDENTITIES,
        partial(_lemma, r"D\.4"),
    ),
    Claim(
        "inductive-transform-proven",
        "this project",
        "Lemma D.4 holds with what its proof arrives at, lambda of the pseudo-inverse: prod sigma_i / sigma_k^k",
        "largest relative excess of the right side",
        at_most(ROUNDING),
        tables.IDENTITIES,
        partial(_lemma, r"D\.4-pseudo-inverse"),
    ),
    Claim(
        "inductive-condition",
        "Theorem D.5",
        "The smallest eigenvalue is at least rho / (lambda(U*) lambda(V*) max kappa)",
        "smallest ratio of the two",
        at_least(1 - ROUNDING),
        tables.CONDITIONING,
        partial(_over_bound, "bound"),
    ),
    Claim(
        "inductive-condition-proven",
        "this project",
        "Theorem D.5 holds with lambda of the pseudo-inverses and the square of kappa",
        "smallest ratio of the two",
        at_least(1 - ROUNDING),
        tables.CONDITIONING,
        partial(_over_bound, "proven_bound"),
    ),
    Claim(
        "inductive-condition-relu",
        "Theorem D.6",
        "With the first row of U fixed a ReLU has a bound of the printed form, up to a constant (its text is damaged)",
        "smallest ratio to the bound over that at condition number 1",
        at_least(0.5),
        tables.CONDITIONING,
        _relu_over_bound,
    ),
    *(
        Claim(
            f"inductive-deviation-{name}",
            "Theorem C.2, E.1",
            f"Of the order of eps^-2 {sweep} bring the Hessian over a sample within eps of the population's",
            "slope of log deviation at the truth against log size",
            at_most(-0.4),
            tables.DEVIATIONS,
            partial(_slopes, sweep, ("sigmoid", "tanh", "relu")),
            paper_value="-1/2",
        )
        for name, sweep in (("users", "users and items"), ("observations", "observations"))
    ),
    Claim(
        "inductive-deviation-dimension",
        "Theorem C.2, E.1",
        "Of the order of d log^2 d of them are enough",
        "slope of log(deviation / log d) against log d",
        at_most(0.6),
        tables.DEVIATIONS,
        partial(_slopes, "dimension", ("sigmoid", "tanh", "relu")),
        paper_value="1/2",
    ),
    Claim(
        "inductive-deviation-distance",
        "Theorem C.2, E.1",
        "For sigmoid and tanh the Hessian changes in proportion to the distance from the truth",
        "slope of log change against log distance",
        at_least(0.95),
        tables.DEVIATIONS,
        partial(_slopes, "distance", ("sigmoid", "tanh")),
        paper_value="1",
    ),
    Claim(
        "inductive-deviation-distance-relu",
        "Theorem C.2, E.1",
        "For a ReLU the Hessian changes with the root of the distance from the truth at most",
        "slope of log change against log distance",
        at_least(0.45),
        tables.DEVIATIONS,
        partial(_slopes, "distance", ("relu",)),
        paper_value="1/2",
    ),
    Claim(
        "inductive-linear-convergence",
        "Theorem 3.3, E.21",
        "Near the truth each step with fresh samples shortens the squared distance by 1 - M_l / M_u at least",
        "largest contraction a step less 1 - M_l / M_u",
        at_most(0),
        tables.CONVERGENCE,
        _contraction,
    ),
    Claim(
        "inductive-recovery-near",
        "Theorems 3.2, 3.3 (restated in C, E.1)",
        "Close to the truth a sigmoid's, tanh's or ReLU's weights are recovered from enough users and observations",
        f"share recovered, from {ENOUGH['users']} users and {ENOUGH['observed']} observations on",
        at_least(0.8),
        tables.PHASES,
        partial(_recovered, "near"),
    ),
    Claim(
        "inductive-relu-differs",
        "abstract",
        "A ReLU behaves significantly differently from a sigmoid: from random starts it is recovered less often",
        f"difference of the shares recovered, from {ENOUGH['users']} users and {ENOUGH['observed']} observations on",
        above(0),
        tables.PHASES,
        _relu_is_harder,
    ),
    Claim(
        "inductive-cold-start",
        "abstract",
        "NIMC predicts the ratings of unseen users better than linear IMC",
        "error of linear IMC less that of NIMC, in stars",
        above(0),
        tables.COLD_START,
        _cold_start,
        datasets=("movielens",),
    ),
)
