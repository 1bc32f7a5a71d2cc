"""Worlds of the companions: matrix recovery, alternating updates, inductive matrix completion."""

from functools import partial

import numpy as np
import pandas as pd

from starnmf.claims.inductive import RELU_CONSTANTS
from starnmf.companions.inductive import tables as inductive
from starnmf.companions.isometry import tables as isometry
from starnmf.companions.isometry.counterexample import ANY, INTERPRETATIONS
from starnmf.companions.purification import tables as purification
from tests.claims.worlds.world import worlds_of

SMOOTH = ("sigmoid", "tanh", "erf")


def counterexample(random, distortion=0.09, **values):
    """What the slides say of x; `values` replace some of it, all with the rounding of double precision."""
    usual = {
        "smallest-eigenvalue": 0.5,
        "largest-eigenvalue": 1.5,
        "rip-constant": 0.5,
        "loss": 0.75,
        "gradient": 0.0,
        "smallest-curvature": 0.0,
        "largest-curvature": 4.0,
        "fall-0.3": 1e-2,
        "fall-0.1": 1e-3,
        "fall-0.03": 1e-4,
    }
    usual |= {name.replace("_", "-").replace("fall-0-", "fall-0."): value for name, value in values.items()}
    rows = [(reading, *item) for reading in INTERPRETATIONS for item in usual.items()] + [
        (ANY, "distortion", distortion)
    ]
    table = pd.DataFrame(rows, columns=["reading", "quantity", "value"]).assign(statement="")
    table["value"] += 1e-16 * random.standard_normal(len(table))
    return table  # fmt: skip


def failures(random, stochastic=0.12, last=None, mean=0.02, starts=100_000):
    """Starts that fail with the gradient of single measurements, with it after all steps, and along the mean one."""
    rows = []
    for gradient, momentum in (("stochastic", 0.9), ("stochastic", 0.0), ("mean", 0.9)):
        for rate in (5e-4, 1e-3, 2e-3):
            for count in (100, 300, 1000, 3000, 10_000):
                for threshold in (0.01, 0.1, 0.5, 1.0):
                    share = mean if gradient == "mean" else stochastic
                    if gradient == "stochastic" and count == 10_000 and last is not None:
                        share = last
                    failed = random.binomial(starts, share)
                    rows.append(
                        {"gradient": gradient, "momentum": momentum, "learning_rate": rate, "steps": count,
                         "threshold": threshold, "starts": starts, "failures": failed, "share": failed / starts,
                         "diverged": 0}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def pairs(random, lowest=0.5, rank_2=0.5, orthogonal=0.5, strict=0.05, bound=-0.1, solver=1e-7):
    """Smallest deltas from `lowest` on, found by a solver with errors of its own."""
    rows = []
    for kind, r, floor in (("grid", 1, lowest), ("random", 1, lowest), ("random", 2, rank_2), ("orthogonal", 1, None)):
        for n in (2, 4):
            for pair in range(20):
                delta = floor + (0.9 - floor) * random.beta(1, 2) * (pair > 0) if floor else orthogonal
                delta += solver * random.standard_normal()
                rows.append(
                    {"kind": kind, "pair": pair, "n": n, "r": r, "ratio": 0.5, "angle": 60.0, "delta": delta,
                     "first_order_bound": delta + bound * random.uniform(0, 1), "gradient_norm": 1e-9,
                     "curvature": 1e-9, "strict_delta": (1 + delta) / 2, "strict_gradient_norm": 1e-9,
                     "strict_curvature": strict * random.uniform(0.5, 1) if pair else strict}
                )  # fmt: skip
    return pd.DataFrame(rows)


def starts(random, near=1.0, far=0.0, far_2=0.12, trials=500):
    """Starts that fail, from the spurious local minimum to Gaussian ones, of both examples."""
    rows = []
    for instance, r, last in (("oblique", 1, far), ("orthogonal", 2, far_2)):
        for gradient in ("stochastic", "mean"):
            for gamma in (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0):
                failed = random.binomial(trials, near + (last - near) * gamma)
                rows.append(
                    {"instance": instance, "n": 12, "r": r, "delta": 0.9, "gradient": gradient, "momentum": 0.9,
                     "learning_rate": 2e-3, "steps": 10_000, "gamma": gamma, "trials": trials, "minimum": 0.0,
                     "low": 0.0, "median": 0.0, "high": 1.0, "maximum": 1.0, "failures": failed}
                )  # fmt: skip
    return pd.DataFrame(rows)


def floors(random, slope=-0.5, left=0.8, outside=0.5, ratio=0.5, diagonal=0.95, trials=3):
    """What noise leaves, in units of its strength, and what samples leave: their number to the power `slope`."""
    cells = [
        *((n, noise, strength, 10_000, "least-infinity")
          for n in (5, 10, 20) for noise in ("adversarial", "unbiased") for strength in (0.1, 0.3, 1.0)),
        *((10, noise, strength, 10_000, "moore-penrose")
          for noise in ("adversarial", "unbiased") for strength in (0.1, 0.3, 1.0)),
        *((10, "none", 0.0, samples, "least-infinity") for samples in (300, 1000, 3000, 10_000, 30_000)),
    ]  # fmt: skip
    rows = []
    for n, noise, strength, samples, inverse in cells:
        for trial in range(trials):
            vary = np.exp(0.1 * random.standard_normal(4))
            error = 0.2 * strength if noise != "none" else 3 * samples**slope
            rows.append(
                {"n": n, "m": 4 * n, "s": 1.0, "features": "sparse", "noise": noise, "strength": strength,
                 "level": 0.01, "relative_noise": strength, "samples": samples, "pseudo_inverse": inverse,
                 "threshold": 0.25, "step_size": 0.3, "scaling": 1.0, "iterations": 40, "trial": trial,
                 "off_diagonal": left * strength * vary[0], "outside": outside * strength * vary[1],
                 "smallest_diagonal": 1 - (1 - diagonal) * vary[2],
                 "error": error * vary[3] * (ratio if inverse == "least-infinity" else 1)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def conditions(random, warm=8.0, sparse=0.7, graded=0.7, imbalance=16.0, balanced=1.2, after=1e-12, trials=3):
    """Errors of 1e-12 up to these limits of warm start, sparsity and imbalance, and of order 1 above."""
    kinds = [
        *(("warm-start", value, "bernoulli", decoding, threshold, "signed", "none", value <= warm)
          for value in (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0)
          for decoding, threshold in (("relu", 0.25), ("relu", 0.0), ("linear", 0.0))),
        *(("sparsity", value, law, "relu", 0.25, "signed", "none", value <= (sparse, graded)[law == "graded"])
          for value in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9) for law in ("bernoulli", "graded")),
        *(("imbalance", value, "bernoulli", "relu", 0.25, start, "none", value <= imbalance)
          for value in (1.0, 2.0, 4.0, 16.0, 64.0, 256.0) for start in ("signed", "positive")),
        *(("imbalance", value, "bernoulli", "relu", 0.25, start, "balancing", None)
          for value in (1.0, 2.0, 4.0, 16.0, 64.0, 256.0) for start in ("signed", "positive")),
    ]  # fmt: skip
    rows = []
    for condition, value, law, decoding, threshold, start, preprocessing, recovers in kinds:
        for trial in range(trials):
            error = after if recovers is None else 1e-12 if recovers and decoding == "relu" else 0.5
            rows.append(
                {"condition": condition, "value": value, "law": law, "n": 8, "decoding": decoding,
                 "threshold": threshold, "step_size": 0.1, "iterations": 1000, "start": start, "warm_start": 0.1,
                 "preprocessing": preprocessing, "trial": trial, "off_diagonal": error, "smallest_diagonal": 0.99,
                 "imbalance": value if preprocessing == "none" and condition == "imbalance" else balanced,
                 "error": error * random.uniform(0.5, 1.5)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def deviations(random, users=-0.5, observations=-0.5, dimension=0.5, distance=1.0, relu=0.5, draws=12):
    """Deviations that follow powers of the size, with the error of a mean over the draws."""
    sizes = {
        "users and items": 2.0 ** np.arange(7, 12),
        "observations": 2.0 ** np.arange(7, 12),
        "dimension": np.array([4.0, 6, 9, 13, 19]),
        "distance": np.array([0.3, 0.1, 0.03, 0.01, 0.003, 0.001]),
    }
    powers = {"users and items": users, "observations": observations, "dimension": dimension, "distance": distance}
    rows = []
    for activation in ("sigmoid", "tanh", "relu"):
        for sweep, size in sizes.items():
            power = relu if (activation, sweep) == ("relu", "distance") else powers[sweep]
            truth = size**power * (np.log(size) if sweep == "dimension" else 1)
            error = 0.2 / draws**0.5 * truth
            rows.append(
                pd.DataFrame(
                    {"activation": activation, "sweep": sweep, "size": size, "d": 6, "k": 3, "users": 2.0**16,
                     "observed": 2.0**16, "draws": draws, "standard_error": error,
                     "deviation": truth + error * random.standard_normal(len(size))}
                )
            )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def phases(random, near=1.0, of_start=None, trials=50):
    """Recoveries, more likely with users and observations; `of_start` are those of random starts, by activation."""
    of_start = of_start or {"sigmoid": 0.9, "tanh": 0.9, "relu": 0.4}
    rows = []
    for activation in ("sigmoid", "tanh", "relu"):
        for start, share in (("near", near), ("random", of_start[activation])):
            for users in (10, 20, 40, 80, 160, 320):
                for observed in (50, 100, 150, 200, 400, 800, 1600):
                    enough = 1.0 if users >= 80 and observed >= 400 else 0.3
                    rows.append(
                        {"activation": activation, "start": start, "d": 10, "k": 5, "users": users,
                         "observed": observed, "optimizer": "Levenberg-Marquardt", "trials": trials,
                         "recovered": random.binomial(trials, share * enough), "median_error": 1e-9}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def cold_start(random, gain=0.02, spread=0.005, splits=10):
    """Errors on unseen users; NIMC's are lower by `gain` on average, with an error of each split."""
    rows = []
    for split in range(splits):
        level = 0.98 + 0.01 * random.standard_normal()
        for model in ("IMC", "NIMC sigmoid", "NIMC tanh", "NIMC ReLU", "movie mean"):
            rmse = level - gain * model.startswith("NIMC") + spread * random.standard_normal()
            rows.append(
                {"dataset": "movielens", "source": "published", "reduction": 1.0, "split": split, "model": model,
                 "rank": 10.0, "penalty": 1e-3, "users": 5000, "test_users": 1000, "ratings": 800_000,
                 "test_ratings": 200_000, "train_rmse": 0.9, "rmse": rmse}
            )  # fmt: skip
    return pd.DataFrame(rows)


def constants(random, **others):
    """The printed constants, those of a sigmoid and tanh with the rounding of the print."""
    values = {("sigmoid", "rho"): 0.000658, ("tanh", "rho"): 0.0095, ("sigmoid", "beta11"): 0, ("tanh", "beta11"): 0}
    values |= {("relu", name): 0.5 for name in RELU_CONSTANTS}
    rows = []
    for (activation, name), printed in values.items():
        rounding = 2e-4 * printed * random.standard_normal() if activation != "relu" else 0
        value = others.get(f"{activation}_{name}", printed + rounding)
        rows.append({"activation": activation, "constant": name, "printed": printed, "value": value})
    return pd.DataFrame(rows)


SLIDES = "isometry-rip isometry-gradient isometry-hessian isometry-local-minimum isometry-distortion"

COMPANIONS = [
    *worlds_of(
        isometry.COUNTEREXAMPLE,
        (SLIDES, True, "as on the slides, to double precision", counterexample),
        ("isometry-rip", False, "a constant of 0.6", partial(counterexample, rip_constant=0.6)),
        ("isometry-gradient", False, "a gradient of 0.01", partial(counterexample, gradient=0.01)),
        ("isometry-hessian", False, "a curvature of -0.01", partial(counterexample, smallest_curvature=-0.01)),
        ("isometry-local-minimum", False, "a descent on every circle",
         partial(counterexample, fall_0_3=-1e-2, fall_0_1=-1e-4, fall_0_03=-1e-6)),
        ("isometry-distortion", False, "15 %", partial(counterexample, distortion=0.15)),
    ),
    *worlds_of(
        isometry.DESCENT,
        ("isometry-failure-rate", True, "12 % of 100,000 in every setting", failures, False),
        ("isometry-failure-rate", True, "12 % of 5,000 in every setting", partial(failures, starts=5000), False),
        ("isometry-failure-rate", False, "30 % in every setting", partial(failures, stochastic=0.3)),
        ("isometry-failures-last", True, "8 % in the end", partial(failures, last=0.08)),
        ("isometry-failures-last", False, "none in the end", partial(failures, last=0.0, mean=0.0)),
        ("isometry-noise", True, "2 % along the mean, 12 % along single ones", failures),
        ("isometry-noise", False, "the same along both", partial(failures, last=0.1, mean=0.1), False),
    ),
    *worlds_of(
        isometry.PAIRS,
        ("isometry-one-fifth isometry-one-half isometry-conjecture isometry-arbitrary-truth", True,
         "from 1/2 on, to the solver's precision", pairs),
        ("isometry-everywhere isometry-first-order-bound", True, "from 1/2 on", partial(pairs, lowest=0.501)),
        ("isometry-one-fifth isometry-one-half", False, "from 0.15 on", partial(pairs, lowest=0.15)),
        ("isometry-conjecture", False, "from 0.45 on for r = 2", partial(pairs, rank_2=0.45)),
        ("isometry-everywhere", False, "one point without curvature", partial(pairs, strict=0.0)),
        ("isometry-arbitrary-truth", False, "0.55", partial(pairs, orthogonal=0.55)),
    ),
    *worlds_of(
        isometry.STARTS,
        ("isometry-example-1-near isometry-example-2-near isometry-example-1-far isometry-example-2-far", True,
         "as on the slides", starts, False),
        ("isometry-example-1-near isometry-example-2-near", False, "half fail", partial(starts, near=0.5)),
        ("isometry-example-1-far", False, "30 % fail", partial(starts, far=0.3)),
        ("isometry-example-2-far", False, "1 % fail", partial(starts, far_2=0.01)),
    ),
    *worlds_of(
        purification.FLOORS,
        ("purification-floor-adversarial purification-floor-unbiased purification-floor-diagonal", True,
         "below the noise's bound", floors),
        ("purification-floor-adversarial purification-floor-unbiased", False, "three times the bound",
         partial(floors, left=3.0)),
        ("purification-floor-diagonal", False, "a diagonal of 0.8", partial(floors, diagonal=0.8)),
        ("purification-samples", True, "as the root of their number", floors),
        ("purification-samples", False, "as the fourth root", partial(floors, slope=-0.25)),
        ("purification-samples", False, "inversely", partial(floors, slope=-1.0)),
        ("purification-left-inverse", True, "half the error", floors),
        ("purification-left-inverse", False, "twice the error", partial(floors, ratio=2.0)),
    ),
    *worlds_of(
        purification.CONDITIONS,
        ("purification-warm-start purification-sparsity purification-laws purification-imbalance "
         "purification-balancing purification-balanced", True, "far beyond the conditions", conditions),
        ("purification-warm-start", False, "never recovered", partial(conditions, warm=0.0)),
        ("purification-sparsity", False, "never recovered", partial(conditions, sparse=0.0)),
        ("purification-imbalance", False, "equal second moments alone", partial(conditions, imbalance=1.0)),
        ("purification-balancing", False, "left three times as large", partial(conditions, balanced=3.0)),
        ("purification-balanced", False, "errors of 0.5", partial(conditions, after=0.5)),
    ),
    *worlds_of(
        inductive.DEVIATIONS,
        ("inductive-deviation-users inductive-deviation-observations inductive-deviation-distance "
         "inductive-deviation-distance-relu", True, "as in the theorem", deviations, False),
        ("inductive-deviation-users inductive-deviation-observations", False, "as the fourth root",
         partial(deviations, users=-0.25, observations=-0.25)),
        ("inductive-deviation-dimension", True, "as the root, times the logarithm", deviations, False),
        ("inductive-deviation-dimension", False, "as the square",
         partial(deviations, dimension=2.0)),
        ("inductive-deviation-distance", False, "as the root", partial(deviations, distance=0.5)),
        ("inductive-deviation-distance-relu", False, "as the fourth root", partial(deviations, relu=0.25)),
    ),
    *worlds_of(
        inductive.PHASES,
        ("inductive-recovery-near inductive-relu-differs", True, "all near the truth, ReLUs less from afar", phases),
        ("inductive-recovery-near", False, "60 % near the truth", partial(phases, near=0.6)),
        ("inductive-relu-differs", False, "ReLUs more often",
         partial(phases, of_start={"sigmoid": 0.3, "tanh": 0.3, "relu": 0.8})),
        ("inductive-relu-differs", False, "all the same",
         partial(phases, of_start={"sigmoid": 0.7, "tanh": 0.7, "relu": 0.7}), False),
    ),
    *worlds_of(
        inductive.COLD_START,
        ("inductive-cold-start", True, "0.02 stars better", cold_start),
        ("inductive-cold-start", False, "0.02 stars worse", partial(cold_start, gain=-0.02)),
        ("inductive-cold-start", False, "the same on average", partial(cold_start, gain=0.0), False),
    ),
    *worlds_of(
        inductive.CONSTANTS,
        ("inductive-rho-sigmoid inductive-rho-tanh inductive-symmetric inductive-relu-gamma", True, "as printed",
         constants),
        ("inductive-rho-sigmoid", False, "0.0007", partial(constants, sigmoid_rho=0.0007)),
        ("inductive-symmetric", False, "0.01", partial(constants, tanh_beta11=0.01)),
        ("inductive-relu-gamma", False, "0.4", partial(constants, relu_gamma=0.4)),
    ),
]  # fmt: skip
