"""Ratings grouped by the features that a model sees: one cell for each row of user features and row of movie features.

The squared error of any model of the features is that of the cells' means, weighted by their counts, plus a constant.
"""

from dataclasses import dataclass

import numpy as np

from starnmf.arrays import Array, Booleans, Integers
from starnmf.datasets.movielens_features import RatedFeatures


@dataclass(frozen=True)
class Cells:
    """A number of different user rows times b different movie rows, each with a constant 1 before its features."""

    X: Array
    """(a, 31)."""
    Y: Array
    """(b, 19)."""
    counts: Array
    """Ratings of each cell: (a, b)."""
    means: Array
    """Their mean, 0 in an empty cell: (a, b)."""
    within: float
    """The sum of squares of ratings around their cell's mean."""

    @property
    def ratings(self) -> float:
        """Their number."""
        return float(self.counts.sum())

    def rmse(self, predicted: Array) -> float:
        """The root mean squared error of one prediction for each cell (a, b)."""
        squares = float((self.counts * np.square(predicted - self.means)).sum()) + self.within
        return float(np.sqrt(squares / self.ratings))


@dataclass(frozen=True)
class Grouping:
    """The different rows of features, and which of them a user or a movie has."""

    data: RatedFeatures
    X: Array
    Y: Array
    of_user: Integers
    of_movie: Integers

    def cells(self, users: Booleans) -> Cells:
        """The ratings of some users (users,) as cells."""
        data = self.data
        chosen = users[data.user]
        cell = self.of_user[data.user[chosen]] * len(self.Y) + self.of_movie[data.movie[chosen]]
        size, stars = len(self.X) * len(self.Y), data.stars[chosen]
        counts = np.bincount(cell, minlength=size).astype(np.float64)
        means = np.bincount(cell, weights=stars, minlength=size) / np.maximum(counts, 1)
        within = float(np.square(stars - means[cell]).sum())
        shape = len(self.X), len(self.Y)
        return Cells(self.X, self.Y, counts.reshape(shape), means.reshape(shape), within)


def grouping(data: RatedFeatures) -> Grouping:
    """Group users and movies by their features."""
    (X, of_user), (Y, of_movie) = (
        np.unique(np.insert(rows, 0, 1.0, axis=1), axis=0, return_inverse=True) for rows in (data.users, data.movies)
    )
    return Grouping(data, X, Y, of_user.ravel(), of_movie.ravel())
