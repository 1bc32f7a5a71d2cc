"""Small tables of companions with unlike numbers, and with rows that figures do not show."""

import numpy as np
import pandas as pd

SMOOTH = ("sigmoid", "tanh", "erf")


def crossed(**levels):
    """A row for every combination of values."""
    return pd.MultiIndex.from_product(levels.values(), names=levels).to_frame(index=False)


def measured(rows, *names, ascending=False):
    """Rows with columns of unlike numbers from 0 to 1, ascending in every row or in any order."""
    numbers = np.random.default_rng(list("".join(names).encode())).random((len(rows), len(names)))
    return rows.assign(**dict(zip(names, (np.sort(numbers) if ascending else numbers).T, strict=True)))


def descents():
    rows = crossed(
        gradient=["stochastic", "mean"],
        momentum=[0.0, 0.9],
        learning_rate=[5e-4, 1e-3, 2e-3],
        steps=[10, 100, 1000],
        threshold=[0.01, 0.1],
    )
    return measured(rows, "low", "share", "high", ascending=True)


def pairs():
    grid = crossed(kind=["grid"], n=[2], r=[1], ratio=[0.1, 1.0, 2.0], angle=[90.0, 30.0, 60.0])
    grid["angle"] += 1e-9 * grid["ratio"]  # as computed from matrices
    shapes = pd.DataFrame({"n": [4, 2, 4], "r": [2, 1, 1]})
    others = shapes.merge(crossed(kind=["random", "orthogonal"], ratio=[0.5], angle=[60.0], at=range(9)), how="cross")
    rows = pd.concat([grid, others.drop(columns="at")], ignore_index=True)
    rows["pair"] = rows.groupby(["kind", "n", "r"]).cumcount()
    return measured(rows, "first_order_bound", "delta", ascending=True)


def starts():
    rows = crossed(instance=["orthogonal", "oblique"], gradient=["mean", "stochastic"], gamma=[0.0, 0.3, 0.6, 1.0])
    rows = measured(rows, "minimum", "low", "median", "high", "maximum", ascending=True)
    rows.loc[rows["gamma"] == 0.3, ["minimum", "low"]] = 0.0, 1e-18
    return rows


def potentials():
    ways = pd.DataFrame({"decoding": ["linear", "relu", "relu"], "threshold": [0.0, 0.0, 0.25]})
    levels = {"start": ["signed", "positive", "negative", "rotating"], "trial": [0, 1], "iteration": [0, 5, 10, 20]}
    rows = measured(ways.merge(crossed(n=[10, 100], **levels), how="cross"), "positive", "negative")
    rows.loc[rows["iteration"] == 20, ["positive", "negative"]] *= 1e-12
    return rows.assign(step_size=np.where(rows["n"] == 10, 0.25, 0.5))


def floors():
    strengths = {"none": [0.0], "adversarial": [0.1, 0.3, 1.0], "unbiased": [0.1, 0.3, 1.0]}
    noises = pd.DataFrame([(noise, one) for noise, many in strengths.items() for one in many])
    noises.columns = ["noise", "strength"]
    runs = [
        crossed(n=[5, 10, 20], samples=[10_000], pseudo_inverse=["least-infinity"]),
        crossed(n=[10], samples=[300, 30_000], pseudo_inverse=["least-infinity"]),
        crossed(n=[10], samples=[10_000], pseudo_inverse=["moore-penrose"]),
    ]
    rows = pd.concat(runs).merge(noises, how="cross").merge(crossed(trial=range(3)), how="cross")
    rows = rows[(rows["samples"] == 10_000) | rows["strength"].isin([0.0, 0.3])].reset_index(drop=True)
    return measured(rows, "off_diagonal", "outside", "error", "smallest_diagonal")


def conditions():
    usual = {"law": ["bernoulli"], "start": ["signed"], "preprocessing": ["none"]}
    relu, linear = {"decoding": ["relu"]}, {"decoding": ["linear"], "threshold": [0.0]}
    warm = {"condition": ["warm-start"], "value": [0.1, 1.0, 4.0]} | usual
    rows = [
        crossed(**warm, **relu, threshold=[0.0, 0.25]),
        crossed(**warm, **linear),
        crossed(condition=["sparsity"], value=[0.1, 0.5], **usual | {"law": ["bernoulli", "graded"]}, **relu),
        crossed(
            condition=["imbalance"],
            value=[1.0, 4.0, 256.0],
            **usual | {"start": ["signed", "positive"], "preprocessing": ["none", "balancing"]},
            **relu,
        ),
    ]
    joined = pd.concat(rows).fillna({"threshold": 0.25}).merge(crossed(trial=range(3)), how="cross")
    joined = measured(joined, "off_diagonal", "error")
    joined.loc[joined["value"] == 0.1, "error"] *= 1e-14
    return joined


def eigenvalues():
    rows = crossed(activation=[*SMOOTH, "relu"], d=[2, 4, 20])
    rows = measured(rows, "rho", "smallest_eigenvalue", "largest_eigenvalue", "multiple", "multiple_printed")
    rows.loc[(rows["activation"] != "relu") | (rows["d"] == 20), ["multiple", "multiple_printed"]] = np.nan
    return rows


def first_rows():
    rows = measured(crossed(kind=["random", "set"], d=[2, 3, 4, 6], draw=range(3)), "smallest_entry")
    return measured(rows, "free_eigenvalue", "fixed_eigenvalue")


def ratios():
    levels = {"spread": ["one large", "one small"], "condition_of": ["U", "both"], "axes": ["aligned", "random"]}
    rows = crossed(activation=[*SMOOTH, "relu"], **levels, kappa=[1.0, 4.0, 64.0], draw=range(2))
    rows = measured(rows, "smallest_eigenvalue", "bound", "proven_bound")
    return rows.assign(proven_bound=rows["proven_bound"].where(rows["activation"] != "relu"))


def deviations():
    sizes = {"distance": [0.001, 0.1, 0.3], "dimension": [4.0, 6.0, 9.0]}
    sizes |= {sweep: [128.0, 256.0, 1024.0] for sweep in ("observations", "users and items")}
    activations = ["relu", "tanh", "sigmoid"]
    rows = pd.concat([crossed(sweep=[sweep], size=sizes[sweep], activation=activations) for sweep in sizes])
    return measured(rows.reset_index(drop=True), "deviation", "standard_error")


def convergences():
    rows = crossed(activation=SMOOTH, trial=range(3), step=[0, 25, 50])
    of_activation = {name: (0.1 * (place + 1), 0.8 + 0.1 * place) for place, name in enumerate(SMOOTH)}
    rows[["M_l", "M_u"]] = [of_activation[name] for name in rows["activation"]]
    rows = measured(rows, "squared_distance")
    return rows.assign(squared_distance=rows["squared_distance"] * 10.0 ** -rows["step"])


def phases():
    levels = {"users": [160, 20, 40], "observed": [400, 50]}
    rows = crossed(start=["random", "near"], activation=["relu", "tanh", "sigmoid"], **levels)
    return measured(rows, "median_error").assign(
        trials=8, recovered=np.random.default_rng(5).integers(9, size=len(rows))
    )


def errors():
    models = ["IMC", "NIMC sigmoid", "NIMC tanh", "NIMC ReLU", "global mean", "additive", "genre mean", "movie mean"]
    identity = {"dataset": ["movielens"], "source": ["stand-in"], "reduction": [8.0]}
    return measured(crossed(**identity, split=range(4), model=models), "train_rmse", "rmse")


TABLES = {
    "figureS1": descents,
    "figureS2": pairs,
    "figureS3": starts,
    "figureS4": potentials,
    "figureS5": floors,
    "figureS6": conditions,
    "figureS7": eigenvalues,
    "figureS8": first_rows,
    "figureS9": ratios,
    "figureS10": deviations,
    "figureS11": convergences,
    "figureS12": phases,
    "figureS13": errors,
}
