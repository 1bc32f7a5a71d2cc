"""Ratings of unseen users, from their demographics and the movies' genres: NIMC against linear IMC.

A prediction is c + phi(U'x)' phi(V'y), phi the identity for linear IMC; x and y have a constant 1 before their
features. Every model has the same offset c, ranks, penalties, starts and steps of L-BFGS; rank and penalty are those
that are best on held-out training users. Predictions are cut to 1 to 5 stars.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from starnmf.arrays import AnyArray, Array, Booleans
from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.inductive.activations import RELU, SIGMOID, TANH, Activation
from starnmf.companions.inductive.cells import Cells, Grouping, grouping
from starnmf.datasets.movielens_features import RatedFeatures, read_features
from starnmf.seeds import generator

LINEAR = Activation("linear", np.positive, np.ones_like, np.zeros_like)
MODELS = {"IMC": LINEAR, "NIMC sigmoid": SIGMOID, "NIMC tanh": TANH, "NIMC ReLU": RELU}

RANKS = (3, 10, 20)
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2)
"""Of |U|^2 + |V|^2, beside the mean squared error."""

STARTS = 3
"""Random starts of a fit, of which the lowest end is kept: from some, all units of a ReLU die."""

STEPS = 300
"""Step limit of L-BFGS."""

HELD_OUT = 5
"""One in five users is tested on, and one in five of the others is for choosing rank and penalty."""

PUBLISHED_PAIRS = 6040 * 3883
"""Users times movies in the published files."""

SHRINKAGE = 5.0
"""Ratings at the mean of all that are added to a movie's or genre's own."""


@dataclass(frozen=True)
class Split:
    """Users (users,) to fit on, to choose by, and to test on."""

    fit: Booleans
    choose: Booleans
    test: Booleans


@dataclass(frozen=True)
class Fitted:
    """Weights U (31, k), V (19, k) and offset c of one model."""

    activation: Activation
    U: Array
    V: Array
    c: float

    def predict(self, cells: Cells) -> Array:
        """Stars for each cell: (a, b)."""
        left, right = self.activation.value(cells.X @ self.U), self.activation.value(cells.Y @ self.V)
        return np.clip(self.c + left @ right.T, 1, 5)


def measure_cold_start(folder: Path, source: str, splits: int, seed: int, threads: int, limit: int) -> pd.DataFrame:
    """Errors on unseen users, for every model and split of the users 4 to 1: the columns of `tables.COLD_START`.

    Raises `InputError` as `read_features` does, of whose files none may expand to more than `limit` bytes.
    """
    groups = grouping(read_features(folder, limit))
    users, movies = len(groups.of_user), len(groups.of_movie)
    parts = [split_users(users, generator(seed, "inductive", "cold start", split)) for split in range(splits)]
    work = [(split, model) for split in range(splits) for model in MODELS]

    def fitted(item: tuple[int, str]) -> dict[str, object]:
        split, model = item
        return {"split": split, "model": model, **_measure(MODELS[model], groups, parts[split], seed)}

    with one_thread_per_block():
        rows = map_blocks(fitted, work, threads)
        rows += [{"split": split, **row} for split, part in enumerate(parts) for row in _baselines(groups, part)]
    sizes = pd.DataFrame([_sizes(groups, part) for part in parts])
    table = pd.DataFrame(rows).sort_values("split", kind="stable", ignore_index=True).join(sizes, on="split")
    return table.assign(dataset="movielens", source=source, reduction=PUBLISHED_PAIRS / (users * movies))


def split_users(users: int, random: np.random.Generator) -> Split:
    """Split users at random: one in `HELD_OUT` to test on, one in `HELD_OUT` of the others to choose by."""
    order = random.permutation(users)
    tested = users // HELD_OUT
    chosen = tested + (users - tested) // HELD_OUT
    masks = np.zeros((3, users), dtype=bool)
    masks[2, order[:tested]] = masks[1, order[tested:chosen]] = masks[0, order[chosen:]] = True
    return Split(*masks)


def fit(activation: Activation, cells: Cells, rank: int, penalty: float, random: np.random.Generator) -> Fitted:
    """Minimise the mean squared error plus penalty (|U|^2 + |V|^2) by L-BFGS from `STARTS` random starts."""
    p, q = cells.X.shape[1], cells.Y.shape[1]
    starts = random.standard_normal((STARTS, (p + q) * rank + 1)) / np.sqrt(rank)
    mean = float((cells.counts * cells.means).sum() / cells.ratings)

    def unpacked(W: Array) -> tuple[Array, Array, float]:
        return W[: p * rank].reshape(p, rank), W[p * rank : -1].reshape(q, rank), mean + float(W[-1])

    def risk(W: Array) -> tuple[float, Array]:
        U, V, c = unpacked(W)
        left, right = cells.X @ U, cells.Y @ V
        of_x, of_y = activation.value(left), activation.value(right)
        residual = c + of_x @ of_y.T - cells.means
        weighted = cells.counts * residual
        slope = 2 * weighted / cells.ratings
        by_u = cells.X.T @ ((slope @ of_y) * activation.first(left))
        by_v = cells.Y.T @ ((slope.T @ of_x) * activation.first(right))
        squares = float((weighted * residual).sum()) / cells.ratings
        gradient = np.concatenate([by_u.ravel(), by_v.ravel(), [slope.sum()]])
        gradient[:-1] += 2 * penalty * W[:-1]
        return squares + penalty * float(W[:-1] @ W[:-1]), gradient

    ends = [minimize(risk, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}) for start in starts]
    return Fitted(activation, *unpacked(min(ends, key=lambda end: float(end.fun)).x))


def _measure(activation: Activation, groups: Grouping, split: Split, seed: int) -> dict[str, object]:
    """Choose rank and penalty, fit on all training users, and test."""
    fit_on, choose_by, test_on = (groups.cells(users) for users in (split.fit, split.choose, split.test))

    def start(rank: int) -> np.random.Generator:
        return generator(seed, "inductive", "cold start", "start", rank)

    errors = {
        (rank, penalty): choose_by.rmse(fit(activation, fit_on, rank, penalty, start(rank)).predict(choose_by))
        for rank in RANKS
        for penalty in PENALTIES
    }
    rank, penalty = min(errors, key=lambda setting: errors[setting])
    training = groups.cells(~split.test)
    model = fit(activation, training, rank, penalty, start(rank))
    train_rmse, rmse = training.rmse(model.predict(training)), test_on.rmse(model.predict(test_on))
    return {"rank": rank, "penalty": penalty, "train_rmse": train_rmse, "rmse": rmse}


def _baselines(groups: Grouping, split: Split) -> list[dict[str, object]]:
    """The mean of all ratings, a model linear in the features without their products, and two kinds of means.

    `genre mean` is that of all movies with the same genres, whoever rates; `movie mean` is the movie's own. Both are
    shrunk towards the mean of all.
    """
    training, test_on = groups.cells(~split.test), groups.cells(split.test)
    totals = training.counts * training.means
    mean = float(totals.sum() / training.ratings)
    predictions = {
        "global mean": np.full_like(training.means, mean),
        "additive": additive_fit(training),
        "genre mean": _shrunk(totals.sum(axis=0), training.counts.sum(axis=0), mean),
    }
    errors = {model: (training.rmse(cells), test_on.rmse(cells)) for model, cells in predictions.items()}
    errors["movie mean"] = _movie_mean_errors(groups.data, ~split.test[groups.data.user], mean)
    return [{"model": model, "train_rmse": train, "rmse": test} for model, (train, test) in errors.items()]


def additive_fit(cells: Cells) -> Array:
    """Least squares of the stars on x and y side by side, the shortest solution: (a, b)."""
    p, q = cells.X.shape[1], cells.Y.shape[1]
    by_user, by_movie = cells.counts.sum(axis=1), cells.counts.sum(axis=0)
    totals = cells.counts * cells.means
    gram = np.zeros((p + q, p + q))
    gram[:p, :p] = (cells.X.T * by_user) @ cells.X
    gram[p:, p:] = (cells.Y.T * by_movie) @ cells.Y
    gram[:p, p:] = cells.X.T @ cells.counts @ cells.Y
    gram[p:, :p] = gram[:p, p:].T
    right = np.concatenate([cells.X.T @ totals.sum(axis=1), cells.Y.T @ totals.sum(axis=0)])
    weights = np.linalg.pinv(gram, hermitian=True, rcond=1e-10) @ right
    return np.asarray(np.clip((cells.X @ weights[:p])[:, np.newaxis] + cells.Y @ weights[p:], 1, 5))


def _shrunk(totals: AnyArray, counts: AnyArray, mean: float) -> Array:
    """Means from totals and counts, with `SHRINKAGE` ratings at the mean of all added."""
    return np.asarray((totals + SHRINKAGE * mean) / (counts + SHRINKAGE))


def _movie_mean_errors(data: RatedFeatures, training: Booleans, mean: float) -> tuple[float, float]:
    """Errors of each movie's shrunk mean on training (ratings,) and other ratings."""
    movies = len(data.movies)
    counts = np.bincount(data.movie[training], minlength=movies)
    totals = np.bincount(data.movie[training], weights=data.stars[training], minlength=movies)
    squares = np.square(_shrunk(totals, counts, mean)[data.movie] - data.stars)
    return float(np.sqrt(squares[training].mean())), float(np.sqrt(squares[~training].mean()))


def _sizes(groups: Grouping, split: Split) -> dict[str, int]:
    """Users and ratings to train on and to test on."""
    test_users, test_ratings = split.test, split.test[groups.data.user]
    return {
        "users": int((~test_users).sum()),
        "test_users": int(test_users.sum()),
        "ratings": int((~test_ratings).sum()),
        "test_ratings": int(test_ratings.sum()),
    }
