"""Claims of Zhong, Song, Jain and Dhillon (2018) on non-linear inductive matrix completion, from its appendix."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.claims.claim import (
    PROJECT,
    Claim,
    Finding,
    Measurement,
    above,
    at_least,
    at_most,
    exact,
    extreme,
    measured_on,
    within,
)
from starnmf.claims.data import data_of_matrix
from starnmf.claims.statistics import mean, share
from starnmf.companions.inductive import tables
from starnmf.companions.inductive.activations import SMOOTH_NAMES
from starnmf.companions.inductive.quadratic import RELU_LIMIT
from starnmf.figures.provenance import data_mark
from starnmf.results.table import rows_where

ROUNDING = 1e-9
"""What quadrature and eigenvalues are accurate to, relatively."""

SMOOTH = tuple(SMOOTH_NAMES)

RELU_CONSTANTS = ("alpha10", "alpha11", "alpha20", "beta10", "beta11", "beta20", "beta22", "gamma")

ENOUGH = {"users": 80, "observed": 400}
"""Numbers from which on recovery is judged: 400 observations are four for each weight."""


@measured_on(tables.CONSTANTS)
def _constant(table: pd.DataFrame, activation: str, constant: str) -> Iterable[Finding]:
    rows = rows_where(table, activation=activation, constant=constant)
    for value in rows["value"]:
        yield Finding(exact(value, "(by quadrature)"), rows)


@measured_on(tables.IDENTITIES)
def _identities(table: pd.DataFrame, prefix: str) -> Iterable[Finding]:
    rows = table[table["equation"].str.startswith(prefix)]
    if not rows.empty:
        yield Finding(exact(rows["largest_error"].max(), f"(largest over {rows['cases'].sum()} cases)"), rows)


@measured_on(tables.IDENTITIES)
def _lemma(table: pd.DataFrame, name: str) -> Iterable[Finding]:
    """How far the inequality is missed, for each k."""
    for _, row in table[table["equation"].str.fullmatch(rf"{name}-k\d+")].iterrows():
        how = f"(largest over {row['cases']} Gaussian bumps g)"
        yield Finding(exact(row["largest_error"], how), row, case=f"k = {row['equation'].rpartition('k')[2]}")


@measured_on(tables.ORTHOGONAL)
def _universal(table: pd.DataFrame) -> Iterable[Finding]:
    rows = table.dropna(subset="multiple").sort_values("d")
    if not rows.empty:
        by_d = ", ".join(f"{value:.4f} at {d:.0f}" for d, value in rows[["d", "multiple"]].to_numpy())
        reason = f"by d: {by_d}; with the printed moments {rows['multiple_printed'].min():.4f} at every d"
        yield Finding(exact(rows["multiple"].min(), "(smallest over d)"), rows, reason=reason)


@measured_on(tables.FIRST_ROW)
def _first_row(table: pd.DataFrame) -> Iterable[Finding]:
    ratio = table["fixed_eigenvalue"] / table["smallest_entry"] ** 2
    reason = f"ratios from {ratio.min():.3f} to {ratio.max():.3f}, d from {table['d'].min()} to {table['d'].max()}"
    yield Finding(exact(ratio.min() / ratio.max(), f"(over {len(table)} unitary U*)"), table, reason=reason)


@measured_on(tables.CONDITIONING)
def _over_bound(table: pd.DataFrame, bound: str) -> Iterable[Finding]:
    """The smallest eigenvalue over a bound, for each activation."""
    for activation, rows in rows_where(table, activation=SMOOTH).groupby("activation"):
        ratio = rows["smallest_eigenvalue"] / rows[bound]
        worst = rows.iloc[int(ratio.argmin())]
        spectrum = "kappa, kappa, 1" if worst["spread"] == "one small" else "kappa, 1, 1"
        reason = f"smallest at kappa = {worst['kappa']:g}, {spectrum} of {worst['condition_of']}"
        how = f"(smallest of {len(rows)} cases)"
        yield Finding(exact(ratio.min(), how), rows, case=str(activation), reason=reason)


@measured_on(tables.CONDITIONING)
def _relu_over_bound(table: pd.DataFrame) -> Iterable[Finding]:
    rows = rows_where(table, activation="relu")
    if not rows.empty:
        smallest = (rows["smallest_eigenvalue"] / rows["bound"]).groupby(rows["kappa"]).min()
        by_kappa = ", ".join(f"{value:.2g} at {kappa:g}" for kappa, value in smallest.items())
        reason = f"smallest ratio to the bound by kappa: {by_kappa}"
        yield Finding(exact(smallest.min() / smallest.iloc[0], f"(of {len(rows)} cases)"), rows, reason=reason)


@measured_on(tables.DEVIATIONS)
def _slopes(table: pd.DataFrame, sweep: str, activations: tuple[str, ...]) -> Iterable[Finding]:
    """The slope of log deviation against log size, for each activation; a dimension's less log d."""
    for activation in activations:
        rows = rows_where(table, sweep=sweep, activation=activation).sort_values("size")
        if rows["size"].nunique() > 1:
            log_size = np.log(rows["size"])
            divisor = log_size if sweep == "dimension" else 1
            slope = np.polyfit(log_size, np.log(rows["deviation"] / divisor), 1)[0]
            how = f"(least squares over {len(rows)} sizes, {rows['draws'].min():.0f} draws each)"
            yield Finding(exact(slope, how), rows, case=activation)


@measured_on(tables.CONVERGENCE)
def _contraction(table: pd.DataFrame) -> Iterable[Finding]:
    """The largest contraction per step less what is promised, for each activation."""
    for activation, rows in table.groupby("activation"):
        worst, promised = [], 1 - float((rows["M_l"] / rows["M_u"]).iloc[0])
        for _, descent in rows.sort_values("step").groupby("trial"):
            fall = np.diff(np.log(descent["squared_distance"])) / np.diff(descent["step"])
            worst.append(float(np.exp(fall.max())))
        reason = f"largest {max(worst):.4f} a step, promised {promised:.4f}, its square {promised**2:.4f}"
        how = f"(largest over {len(worst)} descents)"
        yield Finding(exact(max(worst) - promised, how), rows, case=str(activation), reason=reason)


def _recoveries(table: pd.DataFrame, start: str) -> Iterable[Finding]:
    """Recoveries where there is enough of everything, for each activation."""
    enough = (table["users"] >= ENOUGH["users"]) & (table["observed"] >= ENOUGH["observed"])
    for activation, rows in table[enough & (table["start"] == start)].groupby("activation"):
        measured = share(int(rows["recovered"].sum()), int(rows["trials"].sum()))
        yield Finding(measured, rows, case=str(activation), reason=f"by {rows['optimizer'].iloc[0]}")


_recovered = measured_on(tables.PHASES)(_recoveries)


@measured_on(tables.PHASES)
def _relu_is_harder(table: pd.DataFrame) -> Iterable[Finding]:
    found = {one.case: one.measurement for one in _recoveries(table, "random")}
    if {"sigmoid", "relu"} <= found.keys():
        sigmoid, relu = found["sigmoid"], found["relu"]
        difference = sigmoid.value - relu.value
        measured = Measurement(difference, sigmoid.low - relu.high, sigmoid.high - relu.low, "(Wilson intervals)")
        yield Finding(measured, table, reason=f"sigmoid {sigmoid.value:.3g}, ReLU {relu.value:.3g}")


@measured_on(tables.COLD_START)
def _cold_start(table: pd.DataFrame) -> Iterable[Finding]:
    """How much lower the error of each non-linear model is than that of linear IMC ."""
    by_split = table.pivot_table(index="split", columns="model", values="rmse")
    first = table.iloc[0]
    source, reduction = str(first["source"]), float(first["reduction"])
    mark, data = data_mark(source, reduction), data_of_matrix("movielens", source, reduction)
    for model in sorted(name for name in table["model"].unique() if name.startswith("NIMC")):
        gains = (by_split["IMC"] - by_split[model]).to_numpy()
        errors = f"mean errors {by_split[model].mean():.4f} and {by_split['IMC'].mean():.4f}"
        reason = "; ".join([*([mark] if mark else []), errors])
        yield Finding(mean(gains, "random split"), table, dataset="movielens", case=model, data=data, reason=reason)


def _relu_constant(name: str) -> Claim:
    return Claim(
        f"inductive-relu-{name}",
        "Lemma D.3, proof" if name != "beta11" else "Lemma D.3, proof, and below Lemma C.1",
        f"For a ReLU {name[:-2]}_{name[-2]},{name[-1]} = 1/2" if name != "gamma" else "For a ReLU gamma = 1/2",
        name,
        within(0.5 - ROUNDING, 0.5 + ROUNDING),
        _constant("relu", name),
        paper_value="1/2",
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "inductive-rho-sigmoid",
        "Lemma C.1",
        "rho is about 0.000658 for a sigmoid",
        "rho",
        within(0.0006575, 0.0006585),
        _constant("sigmoid", "rho"),
        paper_value="0.000658",
    ),
    Claim(
        "inductive-rho-tanh",
        "Lemma C.1",
        "rho is about 0.0095 for tanh",
        "rho",
        within(0.00945, 0.00955),
        _constant("tanh", "rho"),
        paper_value="0.0095",
    ),
    Claim(
        "inductive-symmetric",
        "Lemma C.1",
        "Sigmoid and tanh satisfy beta_1,1 = 0",
        "|beta_1,1|",
        at_most(1e-12),
        extreme(
            tables.CONSTANTS,
            lambda rows: rows["value"].abs(),
            "largest",
            "activations",
            activation=("sigmoid", "tanh"),
            constant="beta11",
        ),
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
            _identities(f"B.{number}-"),
        )
        for number in (1, 2)
    ),
    Claim(
        "inductive-quadratic-form",
        "Lemma D.1, proof",
        "C = C_1 + C_2, what directions of U contribute, in its last form",
        "largest relative error against exact moments",
        at_most(ROUNDING),
        _identities("D.1-C"),
    ),
    Claim(
        "inductive-quadratic-form-misprint",
        "Lemma D.1, proof",
        "The term of |diag(A)|^2 has - 2 alpha_1,0 beta_1,1^2 (a line below, alpha_1,0^2)",
        "largest relative error of C against exact moments",
        at_most(ROUNDING),
        _identities("D.1-misprint"),
    ),
    Claim(
        "inductive-orthogonal",
        "Lemma C.1, D.1",
        "At unitary U*, V* the smallest eigenvalue is at least rho, for sigmoid, tanh and erf",
        "smallest relative excess over rho",
        at_least(-ROUNDING),
        extreme(
            tables.ORTHOGONAL,
            lambda rows: (rows["smallest_eigenvalue"] - rows["rho"]) / rows["rho"],
            "smallest",
            "cases",
            activation=SMOOTH,
        ),
    ),
    Claim(
        "inductive-orthogonal-sharp",
        PROJECT,
        "For d >= 3 the bound rho is met",
        "largest relative difference to rho",
        at_most(ROUNDING),
        extreme(
            tables.ORTHOGONAL,
            lambda rows: (rows["smallest_eigenvalue"] / rows["rho"] - 1).abs()[rows["d"] >= 3],
            "largest",
            "cases",
            activation=SMOOTH,
        ),
    ),
    Claim(
        "inductive-relu-universal",
        "Lemma D.3, proof",
        "With a universal constant C_0 the ReLU's form is above the printed sum of squares",
        "largest C_0 with the ReLU's own moments",
        at_least(RELU_LIMIT),
        _universal(),
    ),
    Claim(
        "inductive-relu-singular",
        "section C.1",
        "Parameters of a ReLU are redundant: its Hessian is singular as long as no row is fixed",
        "largest |smallest eigenvalue|",
        at_most(1e-12),
        extreme(tables.FIRST_ROW, lambda rows: rows["free_eigenvalue"].abs(), "largest", "cases"),
    ),
    Claim(
        "inductive-first-row",
        "Lemma D.3",
        "With the first row of U fixed the smallest eigenvalue is at least min u*_1i^2, up to a constant",
        "smallest ratio of the two over the largest",
        at_least(0.5),
        _first_row(),
    ),
    Claim(
        "inductive-transform",
        "Lemma D.4",
        "E g(U'x) >= E g(sigma_k(U) z) / lambda(U) with lambda(U) = sigma_1^k / prod sigma_i",
        "largest relative excess of the right side",
        at_most(ROUNDING),
        _lemma(r"D\.4"),
    ),
    Claim(
        "inductive-transform-proven",
        PROJECT,
        "Lemma D.4 holds with what its proof arrives at, lambda of the pseudo-inverse: prod sigma_i / sigma_k^k",
        "largest relative excess of the right side",
        at_most(ROUNDING),
        _lemma(r"D\.4-pseudo-inverse"),
    ),
    Claim(
        "inductive-condition",
        "Theorem D.5",
        "The smallest eigenvalue is at least rho / (lambda(U*) lambda(V*) max kappa)",
        "smallest ratio of the two",
        at_least(1 - ROUNDING),
        _over_bound("bound"),
    ),
    Claim(
        "inductive-condition-proven",
        PROJECT,
        "Theorem D.5 holds with lambda of the pseudo-inverses and the square of kappa",
        "smallest ratio of the two",
        at_least(1 - ROUNDING),
        _over_bound("proven_bound"),
    ),
    Claim(
        "inductive-condition-relu",
        "Theorem D.6",
        "With the first row of U fixed a ReLU has a bound of the printed form, up to a constant (its text is damaged)",
        "smallest ratio to the bound over that at condition number 1",
        at_least(0.5),
        _relu_over_bound(),
    ),
    *(
        Claim(
            f"inductive-deviation-{name}",
            "Theorem C.2, E.1",
            f"Of the order of eps^-2 {sweep} bring the Hessian over a sample within eps of the population's",
            "slope of log deviation at the truth against log size",
            at_most(-0.4),
            _slopes(sweep, ("sigmoid", "tanh", "relu")),
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
        _slopes("dimension", ("sigmoid", "tanh", "relu")),
        paper_value="1/2",
    ),
    Claim(
        "inductive-deviation-distance",
        "Theorem C.2, E.1",
        "For sigmoid and tanh the Hessian changes in proportion to the distance from the truth",
        "slope of log change against log distance",
        at_least(0.95),
        _slopes("distance", ("sigmoid", "tanh")),
        paper_value="1",
    ),
    Claim(
        "inductive-deviation-distance-relu",
        "Theorem C.2, E.1",
        "For a ReLU the Hessian changes with the root of the distance from the truth at most",
        "slope of log change against log distance",
        at_least(0.45),
        _slopes("distance", ("relu",)),
        paper_value="1/2",
    ),
    Claim(
        "inductive-linear-convergence",
        "Theorem 3.3, E.21",
        "Near the truth each step with fresh samples shortens the squared distance by 1 - M_l / M_u at least",
        "largest contraction a step less 1 - M_l / M_u",
        at_most(0),
        _contraction(),
    ),
    Claim(
        "inductive-recovery-near",
        "Theorems 3.2, 3.3 (restated in C, E.1)",
        "Close to the truth a sigmoid's, tanh's or ReLU's weights are recovered from enough users and observations",
        f"share recovered, from {ENOUGH['users']} users and {ENOUGH['observed']} observations on",
        at_least(0.8),
        _recovered("near"),
    ),
    Claim(
        "inductive-relu-differs",
        "abstract",
        "A ReLU behaves significantly differently from a sigmoid: from random starts it is recovered less often",
        f"difference of the shares recovered, from {ENOUGH['users']} users and {ENOUGH['observed']} observations on",
        above(0),
        _relu_is_harder(),
    ),
    Claim(
        "inductive-cold-start",
        "abstract",
        "NIMC predicts the ratings of unseen users better than linear IMC",
        "error of linear IMC less that of NIMC, in stars",
        above(0),
        _cold_start(),
        datasets=("movielens",),
    ),
)
