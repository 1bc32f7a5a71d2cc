"""The structure planted in stand-ins: non-negative factors of known rank, seen through noise like that of real data."""

from collections.abc import Iterator

import numpy as np

from starnmf.arrays import Array, Integers
from starnmf.datasets.registry import published

SHARE_OF_STARS = (0.056, 0.108, 0.261, 0.349, 0.226)
"""Shares of 1 to 5 stars among the ratings of MovieLens-1M."""


def planted_factors(shape: tuple[int, int], rank: int, random: np.random.Generator) -> tuple[Array, Array]:
    """Half-normal U (n, r) and V (r, m) in which about 30 % of the entries are 0; E[(U V)_ij] = 1."""
    n, m = shape
    U, V = (np.abs(random.standard_normal(size)) * (random.random(size) < 0.7) for size in ((n, rank), (rank, m)))
    mean = 0.7 * np.sqrt(2 / np.pi)
    return U / (mean * rank), V / mean


def planted_matrix(shape: tuple[int, int], rank: int, random: np.random.Generator) -> Array:
    """A non-negative matrix (n, m) of mean about 1: a planted product of the given rank times 10 % gamma noise.

    Noise that grows with the signal is what intensities, expression levels and counts show; 1 % of background keeps
    entries positive where the product is 0.
    """
    U, V = planted_factors(shape, rank, random)
    return np.asarray((U @ V + 0.01) * random.gamma(100.0, 0.01, size=shape))


def stand_in_density(dataset: str, shape: tuple[int, int], rank: int) -> float:
    """Share of entries observed in the stand-in of a dataset: the published share at the published shape.

    A smaller matrix of the same density would have rows with next to no entries, so it is raised to what gives rows
    and columns 4 * rank observed entries on average, up to one half.
    """
    entry = published(dataset)
    if entry.density is None or shape == entry.shape:
        return entry.density or 1.0
    return max(entry.density, min(0.5, 4 * rank / min(shape)))


def planted_ratings(
    users: int, items: int, rank: int, density: float, random: np.random.Generator
) -> Iterator[tuple[Integers, Integers]]:
    """For one item after another, who rated it (ascending indices of users) and with how many stars (1 to 5).

    Pair (i, j) is observed with probability 1 - exp(-c a_i p_j), with log-normal activity a of users and popularity p
    of items as skewed as in MovieLens, and c set by the density. Every user and item gets a few ratings at least. Stars
    are the planted product plus noise of half its spread, cut at the levels that give the real shares of stars.
    """
    activity, popularity = random.lognormal(0, 1.0, users), random.lognormal(0, 1.5, items)
    activity /= activity.sum()
    fewest_of_user = min(items, max(3, min(rank + 1, int(density * items / 2))))
    fewest_of_item = min(users, max(3, min(rank + 1, int(density * users / 2))))
    # Expected number of visits to each item; a user is drawn for a visit with probability `activity`.
    visits = popularity * _visits_per_popularity(activity, popularity, density, fewest_of_user / items)

    U, V = planted_factors((users, items), rank, random)
    some_users, some_items = random.integers(users, size=20_000), random.integers(items, size=20_000)
    some_scores = np.einsum("ik,ki->i", U[some_users], V[:, some_items])
    noise = 0.5 * some_scores.std()
    some_scores += noise * random.standard_normal(len(some_scores))
    levels = np.quantile(some_scores, np.cumsum(SHARE_OF_STARS)[:-1])

    ensured = _ensured_users(users, items, fewest_of_user, random)
    cumulative = np.cumsum(activity)
    cumulative[-1] = 1.0
    for item in range(items):
        visitors = np.searchsorted(cumulative, random.random(random.poisson(visits[item])))
        raters = np.unique(np.concatenate([visitors, ensured[item]]))
        if len(raters) < fewest_of_item:
            raters = np.unique(np.concatenate([raters, random.choice(users, fewest_of_item, replace=False)]))
        scores = U[raters] @ V[:, item] + noise * random.standard_normal(len(raters))
        yield raters, 1 + np.searchsorted(levels, scores)


def planted_rating_table(
    users: int, items: int, rank: int, density: float, random: np.random.Generator
) -> tuple[Integers, Integers, Integers]:
    """All of `planted_ratings` at once: indices of users, of items (ascending) and stars, (ratings,) each."""
    by_item = list(planted_ratings(users, items, rank, density, random))
    return (
        np.concatenate([raters for raters, _ in by_item]),
        np.repeat(np.arange(items), [len(raters) for raters, _ in by_item]),
        np.concatenate([stars for _, stars in by_item]),
    )


def _visits_per_popularity(activity: Array, popularity: Array, density: float, ensured: float) -> float:
    """The c for which a share `density` of pairs is observed, a share `ensured` of them being so anyway (bisection)."""
    # Groups of like users and of like items stand for all pairs: their means, weighted by their sizes.
    groups = [np.array_split(np.sort(part), min(300, len(part))) for part in (activity, popularity)]
    means = [np.array([group.mean() for group in part]) for part in groups]
    shares = [np.array([group.size for group in part]) / sum(group.size for group in part) for part in groups]
    rates = np.outer(*means)
    low, high = 0.0, 1e3 / rates.mean()
    for _ in range(40):
        middle = (low + high) / 2
        observed = 1 - (1 - ensured) * (shares[0] @ np.exp(-middle * rates) @ shares[1])
        low, high = (middle, high) if observed < density else (low, middle)
    return low


def _ensured_users(users: int, items: int, fewest: int, random: np.random.Generator) -> list[Integers]:
    """For every item the users whose few ensured ratings fall on it: each user has `fewest` different items."""
    # Items at a random start and equal steps: different from each other without a loop over users.
    start = random.integers(items, size=(users, 1))
    item = (start + np.arange(fewest) * (items // fewest)) % items
    order = np.argsort(item, axis=None, kind="stable")
    edges = np.searchsorted(item.reshape(-1)[order], np.arange(1, items))
    return np.split(order // fewest, edges)
