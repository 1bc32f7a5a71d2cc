"""Claims of Zhong, Song, Jain and Dhillon (2018) on inductive matrix completion that are computed exactly."""

from collections.abc import Iterable

import pandas as pd

from starnmf.claims.claim import PROJECT, Claim, Finding, at_least, at_most, exact, extreme, measured_on, within
from starnmf.companions.inductive import tables
from starnmf.companions.inductive.activations import RELU_CONSTANTS, SMOOTH_NAMES
from starnmf.companions.inductive.quadratic import RELU_LIMIT
from starnmf.results.table import rows_where

ROUNDING = 1e-9
"""What quadrature and eigenvalues are accurate to, relatively."""


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
    for activation, rows in rows_where(table, activation=SMOOTH_NAMES).groupby("activation"):
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
            activation=SMOOTH_NAMES,
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
            activation=SMOOTH_NAMES,
        ),
    ),
    Claim(
        "inductive-relu-universal",
        "Lemma D.3, proof",
        "With a universal constant C_0 the ReLU's form is above the printed sum of squares",
        "largest C_0 with the ReLU's own moments",
        at_least(RELU_LIMIT),
        _universal(),
        limit_reason="its value for d to infinity, by the ReLU's own moments",
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
        limit_reason="a constant is allowed; the ratios differ by a factor of 2 at most",
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
        limit_reason="a constant is allowed; the ratios fall by a factor of 2 at most",
    ),
)
