"""Worlds of the landscape: curvatures with crossed effects, descents and segments of the eight datasets."""

from functools import partial

import numpy as np
import pandas as pd

from starnmf.landscape import tables as landscape
from tests.claims.worlds.world import worlds_of

REGIMES = ("published", "converged")
RATES = (0.25, 0.5, 0.75, 1.0)

DATASETS = ("metabolic", "orl")
"""Two of the paper's, of the smallest rank and of a large one, to spare time."""


def cases(of_case, datasets=DATASETS, regimes=("converged",)):
    """The tables of every dataset and regime, one below the other."""
    return pd.concat(
        [of_case(name).assign(dataset=name, regime=regime) for name in datasets for regime in regimes],
        ignore_index=True,
    )


def crossed(random, optima, points, shares=(0.3, 0.4, 0.3)):
    """Standard normal numbers (optima, points), the sums of effects of optima, of points and of both."""
    of_optima, of_points, of_both = np.sqrt(shares)
    return (
        of_optima * random.standard_normal((optima, 1))
        + of_points * random.standard_normal((1, points))
        + of_both * random.standard_normal((optima, points))
    )


def curvature(
    random,
    relative=lambda rate: 0.1 * rate**-0.5,
    mean=1.0,
    size=(16, 20),
    factors=(0.7, 1.4),
    subsamples=4,
    between=0.0,
    negative=0.0,
    chord=0.0,
    among=DATASETS,
    datasets=("orl",),
    regimes=("converged",),
):
    """Alphas with the relative deviation `relative(rate)`, times a factor of each dataset between `factors`.

    Means of subsamples deviate by `between`. A share of the alphas is negative, and a share of the segments above their
    chord, on the datasets `among`; both may depend on the rate.
    """
    optimum, point = (index.ravel() for index in np.indices(size))

    def of_case(name):
        level, factor = random.uniform(0.5, 5), random.uniform(*factors)
        tables = []
        for rate in RATES:
            subsample = optimum % subsamples if rate < 1 else 0 * optimum
            noise = crossed(random, *size).ravel()
            deviation = np.log1p((factor * relative(rate)) ** 2) ** 0.5
            of_subsample = 1 + between * random.standard_normal(subsamples)[subsample] * (rate < 1)
            alpha = mean * level * of_subsample * np.exp(deviation * noise - deviation**2 / 2)
            share = (negative(rate) if callable(negative) else negative) if name in among else 0.0
            alpha = np.where(random.random(alpha.size) < share, -0.2 * alpha, alpha)
            share_above = (chord(rate) if callable(chord) else chord) if name in among else 0.0
            above = random.random(alpha.size) < share_above
            tables.append(
                pd.DataFrame(
                    {"rate": rate, "subsample": subsample, "optimum": optimum, "point": point, "alpha": alpha,
                     "at_lambda": 1.0, "chord_violation": np.where(above, 0.01, 0.0)}
                )
            )  # fmt: skip
        return pd.concat(tables)

    return cases(of_case, datasets, regimes)


def ranks(random, mean=lambda rank: 1 / rank, relative=lambda rank: 0.1, negative=lambda rank: 0.0, size=(10, 30)):
    """Alphas of optima of four ranks with a mean and a relative deviation, and some negative ones above their chord."""
    restart, point = (index.ravel() for index in np.indices(size))

    def of_case(name):
        level = random.uniform(0.5, 5)
        tables = []
        for rank in (2, 4, 8, 16):
            alpha = level * mean(rank) * (1 + relative(rank) * crossed(random, *size).ravel())
            hit = random.random(alpha.size) < negative(rank)
            tables.append(
                pd.DataFrame(
                    {"rank": rank, "restart": restart, "loss": 0.1, "time": 1.0, "gradients": 100, "converged": True,
                     "point": point, "alpha": np.where(hit, -abs(alpha), alpha),
                     "chord_violation": np.where(hit, 0.01, 0.0)}
                )
            )  # fmt: skip
        return pd.concat(tables)

    return cases(of_case)


def times(random, relative=lambda time: 0.1 + 0 * time, mean=lambda time: 1 + 0 * time, datasets=DATASETS):
    """Alphas of 16 restarts from 20 points at 21 times, of a mean and a relative deviation that depend on the time.

    The paper's steps end at 1e-3, and at 1e-1 where the data keep their raw scale.
    """
    restart, point = (index.ravel() for index in np.indices((16, 20)))

    def of_case(name):
        level, common = random.uniform(0.5, 5), crossed(random, 16, 20).ravel()
        return pd.concat(
            pd.DataFrame(
                {"restart": restart, "point": point, "time": time, "paper_time": 1e-3, "raw_time": 1e-1, "loss": 0.1,
                 "alpha": level * mean(time) * (1 + relative(time) * common), "chord_violation": 0.0}
            )
            for time in np.logspace(-5, 0, 21)
        )  # fmt: skip

    return cases(of_case, datasets)


def trajectories(
    random,
    cosine=lambda share: 0.95 - 0.2 * share,
    noise=0.01,
    alpha=lambda share: 2 + 3 * np.exp(-5 * share),
    alpha_noise=0.02,
    chord=lambda share: 0 * share,
    among=DATASETS,
    repetitions=range(5),
):
    """Five descents at 40 times: a curve over the share of the logarithm of time, and an offset of each descent.

    The datasets not `among` those, and the other `repetitions`, have the curves above.
    """
    time = np.concatenate([[0.0], np.logspace(-7, -3, 39)])
    share = np.linspace(0, 1, 40)
    plain = {"cosine": lambda share: 0.95 - 0.2 * share, "alpha": lambda share: 2 + 3 * np.exp(-5 * share)}

    def of_case(name):
        level = random.uniform(0.5, 5)
        tables = []
        for repetition in range(5):
            own = name in among and repetition in repetitions
            angle = cosine(share) if own else plain["cosine"](share)
            bend = alpha(share) if own else plain["alpha"](share)
            angle = angle + noise * random.standard_normal() + 0.2 * noise * random.standard_normal(40)
            bend = bend * (1 + alpha_noise * random.standard_normal() + 0.1 * alpha_noise * random.standard_normal(40))
            excess = chord(share) if own else 0 * share
            last = share == 1
            angle = np.where(last, np.nan, np.clip(angle, -1, 1))
            tables.append(
                pd.DataFrame(
                    {"repetition": repetition, "time": time, "step": time * 1e7, "paper_time": 1e-3,
                     "loss": level * (0.1 + np.exp(-6 * share)), "cosine": angle, "projected_cosine": angle,
                     "alpha": np.where(last, np.nan, level * bend), "chord_violation": np.where(last, np.nan, excess),
                     "share_of_bound": np.where(last, np.nan, 0.5)}
                )
            )  # fmt: skip
        return pd.concat(tables)

    return cases(of_case)


AT = np.linspace(0, 1, 101)


def convex_fall(random):
    """A convex quartic that falls from a random point."""
    return random.uniform(0.1, 0.5) + random.uniform(1, 3) * (1 - AT) ** 2 + random.uniform(0, 2) * (1 - AT) ** 4


def valley(random):
    """A convex quartic between two random points."""
    return 1 + random.uniform(1, 3) * (AT - random.uniform(0.3, 0.7)) ** 2 + random.uniform(0.1, 1) * (AT - 0.5) ** 4


def concave_start(random):
    """As `convex_fall`, but with a small concave stretch at the random point; it stays far below its chord."""
    square, fourth = random.uniform(1, 3), random.uniform(0, 2)
    # On the stretch the second derivative is about -(square + 6 fourth), and the slope stays below the chord's.
    stretch = 1.5 * (square + 6 * fourth) * np.maximum(0.03 - AT, 0) ** 2
    return 0.3 + square * (1 - AT) ** 2 + fourth * (1 - AT) ** 4 - stretch


def bump(random):
    """A loss that rises before it falls, above its chord on the first third."""
    return convex_fall(random) + 2.5 * np.exp(-(((AT - 0.15) / 0.1) ** 2))


def lines(random, among=DATASETS, only=range(5), **shapes):
    """Losses on five segments of each kind, computed in double precision."""
    plain = {"random_random": valley, "random_optimum": convex_fall}

    def of_case(name):
        level = 10 ** random.uniform(-1, 2)
        tables = []
        for kind, usual in plain.items():
            for line in range(5):
                shape = shapes.get(kind, usual) if name in among and line in only else usual
                loss = level * shape(random) * (1 + 1e-16 * random.standard_normal(101))
                tables.append(pd.DataFrame({"kind": kind.replace("_", "-"), "line": line, "lambda": AT, "loss": loss}))
        return pd.concat(tables)

    return cases(of_case)


def scales(random, dependence=lambda scale: 1.0, size=(16, 20)):
    """Alphas of the same optima and points at five scales."""
    optimum, point = (index.ravel() for index in np.indices(size))

    def of_case(name):
        common = 1 + 0.1 * crossed(random, *size).ravel()
        return pd.concat(
            pd.DataFrame(
                {"scale": scale, "optimum": optimum, "point": point, "chord_violation": 0.0,
                 "alpha": dependence(scale) * common * (1 + 0.001 * random.standard_normal(common.size))}
            )
            for scale in (0.25, 0.5, 1.0, 2.0, 4.0)
        )  # fmt: skip

    return cases(of_case)


def steps(random, factors=1e-7, curvature_distance=1e-7):
    """Distances of the flow from discrete steps, of one restart for each dataset."""

    def of_case(name):
        U, V, bend = random.uniform(0.3, 1, 3) * [factors, factors, curvature_distance]
        return pd.DataFrame(
            {"restart": [0], "steps": 10_000, "gradients": 300, "U_distance": U, "V_distance": V, "loss": 0.5,
             "steps_loss": 0.5 * (1 + 1e-9), "alpha": 1.0, "steps_alpha": 1 + bend / 2, "alpha_distance": bend}
        )  # fmt: skip

    return cases(of_case, regimes=("published",))


FALLS = "nmf-deviation-falls"

LANDSCAPE = [
    *worlds_of(
        landscape.CURVATURE,
        (FALLS, True, "as the root of the rate", partial(curvature, datasets=DATASETS, regimes=REGIMES)),
        (FALLS, True, "as rate^-0.25", partial(curvature, relative=lambda rate: 0.1 * rate**-0.25), False),
        (FALLS, False, "the same at every rate", partial(curvature, relative=lambda rate: 0.1), False),
        (FALLS, False, "the same at every rate, 100 optima and 50 points",
         partial(curvature, relative=lambda rate: 0.1, size=(100, 50)), False),
        (FALLS, False, "the same at every rate, means of subsamples deviate by as much",
         partial(curvature, relative=lambda rate: 0.1, between=0.1), False),
        (FALLS, False, "the same at every rate, one subsample of each rate",
         partial(curvature, relative=lambda rate: 0.1, subsamples=1), False),
        (FALLS, False, "rises with the rate", partial(curvature, relative=lambda rate: 0.1 * rate)),
        (FALLS, False, "falls around a negative mean", partial(curvature, mean=-1.0)),
        (FALLS, False, "falls to the half of the data, then rises again",
         partial(curvature, relative=lambda rate: 0.1 * (1 + 4 * abs(rate - 0.5)))),
        ("nmf-alpha-positive", True, "positive everywhere", partial(curvature, relative=lambda rate: 0.3)),
        ("nmf-alpha-positive", False, "2 % negative", partial(curvature, negative=0.02)),
        ("nmf-alpha-positive", False, "1 % negative on one dataset",
         partial(curvature, negative=0.01, among=("metabolic",), datasets=DATASETS)),
        ("nmf-alpha-positive", False, "all negative", partial(curvature, mean=-1.0)),
        ("nmf-chord", True, "below the chord everywhere", curvature),
        ("nmf-chord", False, "1 % above the chord", partial(curvature, chord=0.01)),
        ("nmf-chord", False, "1 % above the chord on one dataset",
         partial(curvature, chord=0.01, among=("orl",), datasets=DATASETS)),
    ),
    *worlds_of(
        landscape.CURVATURE,
        ("nmf-figure-5-orl", True, "0.028 at every rate",
         partial(curvature, relative=lambda rate: 0.028, factors=(1, 1), size=(100, 50), datasets=("orl",)), False),
        ("nmf-figure-5-orl", False, "0.1 at every rate",
         partial(curvature, relative=lambda rate: 0.1, factors=(1, 1), datasets=("orl",))),
        ("nmf-figure-5-orl", False, "0.005 at every rate",
         partial(curvature, relative=lambda rate: 0.005, factors=(1, 1), datasets=("orl",))),
    ),
    *worlds_of(
        landscape.CURVATURE,
        ("nmf-size-negative", True, "half at a quarter of the data, none at all of them",
         partial(curvature, negative=lambda rate: 0.5 * (rate < 0.5))),
        ("nmf-size-negative", False, "a tenth at every rate", partial(curvature, negative=0.1), False),
        ("nmf-size-negative", False, "from none to half", partial(curvature, negative=lambda rate: 0.5 * (rate > 0.5))),
        ("nmf-size-chord", True, "half at a quarter of the data, none at all of them",
         partial(curvature, chord=lambda rate: 0.5 * (rate < 0.5))),
        ("nmf-size-chord", False, "a tenth at every rate", partial(curvature, chord=0.1), False),
        ("nmf-size-chord", False, "from none to half", partial(curvature, chord=lambda rate: 0.5 * (rate > 0.5))),
    ),
    *worlds_of(
        landscape.RANKS,
        ("nmf-rank-deviation", True, "the mean as 1 / r, the relative deviation as its root, as in the random model",
         partial(ranks, relative=lambda rank: 0.5 * rank**-0.5)),
        ("nmf-rank-deviation", False, "the mean as 1 / r, the same relative deviation", ranks, False),
        ("nmf-rank-deviation", False, "the relative deviation rises",
         partial(ranks, relative=lambda rank: 0.02 * rank)),
        ("nmf-rank-deviation", False, "the mean turns negative", partial(ranks, mean=lambda rank: 1 - rank / 8)),
        ("nmf-rank-negative nmf-rank-chord", True, "from half to none",
         partial(ranks, negative=lambda rank: 0.5 * (rank < 4))),
        ("nmf-rank-negative nmf-rank-chord", False, "from none to half",
         partial(ranks, negative=lambda rank: 0.5 * (rank > 4))),
    ),
    *worlds_of(
        landscape.TIMES,
        ("nmf-raw-scale", True, "positive at all times", times),
        ("nmf-raw-scale", False, "negative from the paper's last step on",
         partial(times, mean=lambda time: 1 if time < 2e-3 else -1)),
    ),
    *worlds_of(
        landscape.TRAJECTORY,
        ("nmf-cosine-positive nmf-cosine-large", True, "from 0.95 to 0.75", trajectories),
        ("nmf-cosine-positive", True, "from 0.9 to 0.05",
         partial(trajectories, cosine=lambda share: 0.9 - 0.85 * share, noise=0.005)),
        ("nmf-cosine-positive nmf-cosine-large", False, "dips to -0.1 half way",
         partial(trajectories, cosine=lambda share: 0.8 - 0.9 * np.exp(-(((share - 0.5) / 0.1) ** 2)))),
        ("nmf-cosine-positive", False, "one descent on each dataset dips to -0.1 half way",
         partial(trajectories, repetitions=(3,), noise=0.005,
                 cosine=lambda share: 0.8 - 0.9 * np.exp(-(((share - 0.5) / 0.1) ** 2)))),
        ("nmf-cosine-positive", False, "negative in the end on one dataset",
         partial(trajectories, among=("metabolic",), cosine=lambda share: 0.8 - share)),
        ("nmf-cosine-large", False, "falls to 0.1", partial(trajectories, cosine=lambda share: 0.9 - 0.8 * share)),
        ("nmf-cosine-large", False, "0.15 throughout", partial(trajectories, cosine=lambda share: 0.15 + 0 * share)),
        ("nmf-training-alpha nmf-training-chord", True, "positive, below the chord", trajectories),
        ("nmf-training-alpha", False, "negative on the first tenth",
         partial(trajectories, alpha=lambda share: 2 - 4 * np.exp(-20 * share))),
        ("nmf-training-alpha", False, "slightly negative in the middle of one descent on each dataset",
         partial(trajectories, repetitions=(1,), alpha_noise=0.001,
                 alpha=lambda share: 1 - 1.05 * np.exp(-(((share - 0.5) / 0.1) ** 2)))),
        ("nmf-training-chord", False, "above the chord on the first tenth",
         partial(trajectories, chord=lambda share: np.where(share < 0.1, 0.02, 0))),
        ("nmf-bands-cosine nmf-bands-alpha", True, "descents that differ by a hundredth", trajectories),
        ("nmf-bands-cosine", False, "descents that differ by 0.3",
         partial(trajectories, cosine=lambda share: 0.2 + 0 * share, noise=0.3)),
        ("nmf-bands-alpha", False, "descents that differ by a half", partial(trajectories, alpha_noise=0.5)),
    ),
    *worlds_of(
        landscape.LINES,
        ("nmf-figure-3 nmf-figure-3-chord nmf-figure-4 nmf-figure-4-chord", True, "convex quartics", lines),
        ("nmf-figure-4", False, "a small concave stretch at the random point",
         partial(lines, random_optimum=concave_start)),
        ("nmf-figure-4-chord", True, "a small concave stretch at the random point, far below the chord",
         partial(lines, random_optimum=concave_start)),
        ("nmf-figure-4", False, "a small concave stretch on one of five segments",
         partial(lines, random_optimum=concave_start, only=(2,))),
        ("nmf-figure-4-chord", False, "rises before it falls", partial(lines, random_optimum=bump)),
        ("nmf-figure-3 nmf-figure-3-chord", False, "a maximum between random points",
         partial(lines, random_random=lambda random: 5 - valley(random))),
        ("nmf-figure-3", False, "a maximum between random points on one dataset",
         partial(lines, random_random=lambda random: 5 - valley(random), among=("orl",))),
    ),
    *worlds_of(
        landscape.SCALES,
        ("nmf-scale", True, "the same at every scale", scales),
        ("nmf-scale", False, "larger away from scale 1",
         partial(scales, dependence=lambda scale: (scale**2 + scale**-2) / 2)),
    ),
    *worlds_of(
        landscape.STEPS,
        ("nmf-flow-factors nmf-flow-alpha", True, "differences of 1e-7", steps),
        ("nmf-flow-factors", False, "factors 10 % apart", partial(steps, factors=0.1)),
        ("nmf-flow-alpha", False, "curvatures 30 % apart", partial(steps, curvature_distance=0.3)),
    ),
]  # fmt: skip
