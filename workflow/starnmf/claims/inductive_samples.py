"""Claims of Zhong, Song, Jain and Dhillon (2018) that are measured on samples, descents and ratings."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from starnmf.claims.claim import Claim, Finding, above, at_least, at_most, exact, measured_on
from starnmf.claims.data import data_of_matrix
from starnmf.claims.statistics import mean, newcombe, share, slope
from starnmf.companions.inductive import tables
from starnmf.figures.provenance import data_mark
from starnmf.results.table import rows_where

ENOUGH = {"users": 80, "observed": 400}
"""Numbers from which on recovery is judged: 400 observations are four for each weight."""


@measured_on(tables.DEVIATIONS)
def _slopes(table: pd.DataFrame, sweep: str, activations: tuple[str, ...]) -> Iterable[Finding]:
    """The slope of log deviation against log size, for each activation; a dimension's less log d."""
    for activation in activations:
        rows = rows_where(table, sweep=sweep, activation=activation).sort_values("size")
        if rows["size"].nunique() > 2:
            log_size = np.log(rows["size"])
            divisor = log_size if sweep == "dimension" else 1
            measured = slope(log_size, np.log(rows["deviation"] / divisor))
            yield Finding(measured, rows, case=activation, reason=f"{rows['draws'].min():.0f} draws at every size")


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
        measured = newcombe(sigmoid, relu, "(95 % Newcombe interval)")
        yield Finding(measured, table, reason=f"sigmoid {sigmoid.value:.3g}, ReLU {relu.value:.3g}")


@measured_on(tables.COLD_START)
def _cold_start(table: pd.DataFrame) -> Iterable[Finding]:
    """How much lower the error of each non-linear model is than that of linear IMC."""
    by_split = table.pivot_table(index="split", columns="model", values="rmse")
    first = table.iloc[0]
    source, reduction = str(first["source"]), float(first["reduction"])
    mark, data = data_mark(source, reduction), data_of_matrix("movielens", source, reduction)
    for model in sorted(name for name in table["model"].unique() if name.startswith("NIMC")):
        gains = (by_split["IMC"] - by_split[model]).to_numpy()
        errors = f"mean errors {by_split[model].mean():.4f} and {by_split['IMC'].mean():.4f}"
        reason = "; ".join([*([mark] if mark else []), errors])
        yield Finding(mean(gains, "random split"), table, dataset="movielens", case=model, data=data, reason=reason)


CLAIMS: tuple[Claim, ...] = (
    *(
        Claim(
            f"inductive-deviation-{name}",
            "Theorem C.2, E.1",
            f"Of the order of eps^-2 {sweep} bring the Hessian over a sample within eps of the population's",
            "slope of log deviation at the truth against log size",
            at_most(-0.4),
            _slopes(sweep, ("sigmoid", "tanh", "relu")),
            paper_value="-1/2",
            limit_reason="an exponent, and 0.1 for few sizes",
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
        limit_reason="an exponent, and 0.1 for few sizes",
    ),
    Claim(
        "inductive-deviation-distance",
        "Theorem C.2, E.1",
        "For sigmoid and tanh the Hessian changes in proportion to the distance from the truth",
        "slope of log change against log distance",
        at_least(0.95),
        _slopes("distance", ("sigmoid", "tanh")),
        paper_value="1",
        limit_reason="an exponent, and 0.05 for few sizes",
    ),
    Claim(
        "inductive-deviation-distance-relu",
        "Theorem C.2, E.1",
        "For a ReLU the Hessian changes with the root of the distance from the truth at most",
        "slope of log change against log distance",
        at_least(0.45),
        _slopes("distance", ("relu",)),
        paper_value="1/2",
        limit_reason="an exponent, and 0.05 for few sizes",
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
        limit_reason="how likely recovery is meant to be is not said; four of five",
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
