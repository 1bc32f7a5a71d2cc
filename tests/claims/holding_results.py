"""Result tables of a made-up run in which every claim holds, and for every claim a change that contradicts it."""

import numpy as np
import pandas as pd

from starnmf.claims.data import PAPER_DATASETS
from starnmf.claims.inductive import RELU_CONSTANTS
from starnmf.claims.results import Results
from starnmf.companions.inductive import tables as inductive
from starnmf.companions.isometry import tables as isometry
from starnmf.companions.isometry.counterexample import ANY, INTERPRETATIONS
from starnmf.companions.purification import tables as purification
from starnmf.datasets.registry import published
from starnmf.datasets.tables import MATRICES
from starnmf.factorization.tables import RUNS
from starnmf.landscape import tables as landscape
from starnmf.networks import tables as networks
from starnmf.optima import tables as optima
from starnmf.statistics import share_columns
from starnmf.tables.printed import printed_lengths
from starnmf.tables.result_tables import MEAN_LENGTHS
from starnmf.theory import tables as theory
from starnmf.theory.convexity import SIZES
from starnmf.theory.facts import FACTS
from starnmf.theory.surface import measure_surface

DISTRIBUTIONS = ("half-normal", "uniform", "exponential", "clipped half-normal")
REGIMES = ("published", "converged")


def holding_results():
    """One table of every kind that has a measurement."""
    tables = {
        MATRICES: _matrices(),
        RUNS: _runs(),
        landscape.CURVATURE: _curvature(),
        landscape.RANKS: _ranks(),
        landscape.SCALES: _scales(),
        landscape.LINES: _lines(),
        landscape.TRAJECTORY: _trajectories(),
        landscape.TIMES: _times(),
        landscape.STEPS: _steps(),
        landscape.SPECTRUM: _spectra(),
        optima.PAIRS: _optima_pairs(),
        optima.CENTRES: _centres(),
        theory.PLANTED_LINES: _planted_lines(),
        theory.SURFACE: measure_surface(),
        theory.CONVEXITY: _convexity(),
        theory.SKEWED: _skewed(),
        theory.SPURIOUS: _spurious(),
        theory.TAILS: _tails(),
        theory.FACTS: _facts(),
        theory.COUNTING: _counting(),
        theory.CONCENTRATION: _concentration(),
        theory.IDENTITIES: _identities(),
        theory.PROFILE: _profile(),
        networks.TRAININGS: _trainings(),
        networks.LENGTHS: _lengths(),
        networks.NETWORK_SURFACES: _network_surfaces(),
        MEAN_LENGTHS: _length_tables(),
        isometry.COUNTEREXAMPLE: _counterexample(),
        isometry.DESCENT: _descent(),
        isometry.PAIRS: _pairs(),
        isometry.STARTS: _starts(),
        purification.STATEMENTS: _purification_statements(),
        purification.CONVERGENCE: _purification_convergence(),
        purification.CONDITIONS: _purification_conditions(),
        purification.FLOORS: _purification_floors(),
        **_inductive(),
    }
    return Results({kind: table.assign(file=kind.path) for kind, table in tables.items()})


def _matrices():
    entries = [published(name) for name in PAPER_DATASETS]
    return pd.DataFrame(
        {
            "dataset": [entry.name for entry in entries],
            "n": [entry.shape[0] for entry in entries],
            "m": [entry.shape[1] for entry in entries],
            "rank": [entry.rank for entry in entries],
            "density": [entry.density or 1.0 for entry in entries],
            "variance": 1.0,
            "mean": 1.0,
            "source": "published",
            "reduction": 1.0,
        }
    )


def _cases(**columns):
    """The columns for every dataset and regime."""
    return pd.concat(
        [pd.DataFrame({"dataset": name, "regime": regime, **columns}) for name in PAPER_DATASETS for regime in REGIMES],
        ignore_index=True,
    )


def _runs():
    loss = 0.1 * (1 + 1e-4 * np.arange(5))
    return _cases(
        n=400, m=500, rank=10,
        rate=1.0, subsample=0, restart=np.arange(5), loss=loss, start_mean=1 + 1e-3 * np.arange(-2, 3), mean=1.0,
        converged=True, source="published", reduction=1.0, descent="flow",
    )  # fmt: skip


def _curvature():
    """Spreads within those of Figure 5's axis for ORL, which fall with the rate."""
    noise = np.random.default_rng(0).standard_normal(400)
    optimum, point = (index.ravel() for index in np.indices((20, 20)))
    by_rate = [
        _cases(rate=rate, subsample=0 if rate == 1 else optimum % 2, optimum=optimum, point=point,
               alpha=1 + spread * noise, chord_violation=0.0)
        for rate, spread in ((0.25, 0.037), (0.5, 0.029), (0.75, 0.023), (1.0, 0.0185))
    ]  # fmt: skip
    return pd.concat(by_rate, ignore_index=True)


def _ranks():
    """Curvature whose relative deviation falls with the rank, until no segment has a negative one."""
    noise = np.random.default_rng(1).standard_normal(200)
    restart, point = (index.ravel() for index in np.indices((10, 20)))
    by_rank = []
    for rank, deviation in ((1, 1.5), (2, 0.8), (4, 0.4), (8, 0.1)):
        alpha = 1 + deviation * noise
        above = np.maximum(0.0, -alpha)
        by_rank.append(
            _cases(rank=rank, restart=restart, converged=True, point=point, alpha=alpha, chord_violation=above)
        )
    return pd.concat(by_rank, ignore_index=True)


def _scales():
    return pd.concat([_cases(scale=[d], optimum=0, point=0, alpha=1.0, chord_violation=0.0) for d in (0.5, 1.0, 2.0)])


def _times():
    """sigma/mu is that of Figure 5's axis for ORL at one of two times."""
    return pd.concat(
        [
            _cases(restart=[0, 0, 1, 1], point=[0, 1, 0, 1], time=time, paper_time=1e-3, raw_time=0.02, loss=0.1,
                   alpha=[1 + spread, 1 - spread, 1 - spread, 1 + spread], chord_violation=0.0)
            for time, spread in ((1e-3, 0.5), (1e-2, 0.028))
        ]
    )  # fmt: skip


def _lines():
    at = np.linspace(0, 1, 11)
    return pd.concat(
        [
            _cases(**{"kind": kind, "line": line, "lambda": at, "loss": (at - 0.7) ** 2})
            for kind in ("random-random", "random-optimum")
            for line in range(3)
        ],
        ignore_index=True,
    )


def _trajectories():
    return pd.concat(
        [
            _cases(repetition=repetition, time=[0.0, 1e-6, 1e-5], cosine=0.9 + 1e-3 * repetition, projected_cosine=0.9,
                   alpha=[1.0, 2.0, np.nan], chord_violation=[0.0, 0.0, np.nan], share_of_bound=[0.0, 0.4, 0.0])
            for repetition in range(3)
        ],
        ignore_index=True,
    )  # fmt: skip


def _steps():
    table = _cases(
        restart=[0], steps=10_000, gradients=300, U_distance=1e-7, V_distance=1e-7, loss=0.5, steps_loss=0.5,
        alpha=1.0, steps_alpha=1.0, alpha_distance=1e-8,
    )  # fmt: skip
    return table[table["regime"] == "published"]


def _spectra():
    """The larger the rank, the closer the optimum's singular values are to the random matrix's."""
    tables = []
    for name in PAPER_DATASETS:
        rank = published(name).rank
        index = np.arange(rank)
        values = np.exp(-0.5 * index / rank) * np.where(index > 0, 0.5, 1.0)
        for regime in REGIMES:
            for factor in ("U", "V"):
                for matrix in ("optimum", "random"):
                    closeness = np.where(index > 0, 1 + 0.5 / rank, 1.0) if matrix == "optimum" else 1.0
                    tables += [
                        pd.DataFrame(
                            {"dataset": name, "regime": regime, "factor": factor, "matrix": matrix,
                             "repetition": repetition, "index": index, "singular_value": values * closeness}
                        )
                        for repetition in range(3)
                    ]  # fmt: skip
    # Ranks so small that nothing overlaps are left to the change that contradicts.
    table = pd.concat(tables, ignore_index=True)
    noise = np.random.default_rng(0).uniform(0.999, 1.001, len(table))
    table["singular_value"] *= np.where(table["index"] > 0, noise, 1.0)
    return table


def _optima_pairs():
    """All restarts are one solution, in another order each."""
    restart, other = np.triu_indices(72, 1)
    return _cases(
        restart=restart, other=other, converged=True, equivalent=1.0, close=1.0, equivalent_unmatched=0.1,
        largest_distance=1e-4, loss=0.1, rise=1e-5, excess=1e-5, rise_unmatched=0.5, excess_unmatched=0.5,
    )  # fmt: skip


def _centres():
    """There are barriers between restarts, and none between the centre and each of them."""
    restart = np.arange(100)
    return _cases(
        restart=restart, centre=np.where(restart == 7, 8, 7), rise=1e-4, random_rise=0.2, lower=0.01, mean_rise=1e-4
    )


def _planted_lines():
    at = np.linspace(0, 1, 11)
    shapes = {"minimizer-minimizer": at * (1 - at), "random-planted": (1 - at) ** 2, "random-random": (at - 0.5) ** 2}
    return pd.concat(
        [
            pd.DataFrame({"kind": kind, "line": line, "n": 9, "m": 9, "r": 3, "lambda": at, "loss": loss})
            for kind, loss in shapes.items()
            for line in range(2)
        ]
    )


def _convexity():
    rows = []
    for distribution in ("half-normal", "normal"):
        for kind in ("random-random", "random-planted"):
            for observed in (0.1, 0.3, 1.0):
                for n in SIZES:
                    hits = int(1e6 * 0.3 * np.exp(-0.5 * (n - 2))) if distribution == "half-normal" else 500_000
                    rows.append(
                        {"distribution": distribution, "kind": kind, "observed": observed, "n": n, "m": n,
                         "r": round(n**0.5), "trials": 1_000_000, "alpha_negative": hits, "inequality_9_fails": hits,
                         "alpha_mean": 1.0, "alpha_sd": n**-0.5 * (1 + 0.01 * (n % 3))}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def _spurious():
    """One descent in ten ends in a spurious minimum where entries are unobserved, none elsewhere."""
    rows = [
        {"law": "half-normal", "true_rank": true, "rank": true, "observed": observed, "n": 16, "m": 16,
         "trials": 10_000, **share_columns("spurious", hits, 10_000), "saddles": 0, "planted": 10_000 - hits,
         "undecided": 0, "spurious_loss": 0.01}
        for true in (1, 2, 3)
        for observed, hits in ((1.0, 0), (0.6, 1000 * (true > 1)))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _skewed():
    """Towards the planted solution shares fall with the size and with the mean term, and not without it."""
    return pd.DataFrame(
        [
            {"law": law, "mean_term": q, "gamma": gamma, "aspect": aspect, "kind": kind, "n": n, "trials": 1000,
             "alpha_negative": hits, "alpha_negative_share": hits / 1000, "without_mean_term": 500,
             "without_mean_term_share": 0.5}
            for law, q, largest in (("Beta(0.01, 1)", 0.02, 800), ("Beta(1, 1)", 2.0, 10), ("Beta(0.02, 5)", 0.02, 800))
            for gamma, aspect in ((0.5, 1.0), (1.0, 0.25))
            for kind in ("random-random", "random-planted")
            for n in (16, 64, 256)
            for hits in [largest * 16 // n if kind == "random-planted" else 0]
        ]
    )  # fmt: skip


def _tails():
    """Probabilities that fall as exp(-c n^1.5) and as exp(-c t)."""
    return pd.DataFrame(
        [
            {"quantity": quantity, "sweep": sweep, "n": n, "t": t, "trials": 1_000_000,
             "exceeds": int(8e5 * np.exp(-0.04 * t * (n**1.5 - (8 if sweep == "n" else -24))))}
            for quantity in ("equation-5", "fact-1", "fact-2")
            for sweep, cases in (
                ("n", [(n, t) for t in (1.0, 2.0) for n in (4, 9, 16, 25, 36, 49, 64)]),
                ("t", [(4, t) for t in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)]),
            )
            for n, t in cases
        ]
    )  # fmt: skip


def _facts():
    return pd.DataFrame(
        [
            {"fact": fact.name, "statement": fact.statement, "distribution": name, "trials": 1000, "estimate": 1.001,
             "standard_error": 0.001, "paper": 1.0, "exact": 1.0}
            for fact in FACTS
            for name in DISTRIBUTIONS
        ]
    )  # fmt: skip


def _counting():
    return pd.DataFrame(
        [
            {"distribution": name, "kind": kind, "mean_term": mean_term, "left": 64.0, "left_error": 0.1, "right": 48.0,
             "right_error": 0.1, "left_exact": 64.0, "right_exact": 48.0, "left_paper": 64.0, "right_paper": 48.0}
            for name in DISTRIBUTIONS
            for kind in ("random-random", "random-planted")
            for mean_term in ("kept", "dropped")
        ]
    )  # fmt: skip


def _concentration():
    rows = []
    for n in (64, 256, 512, 1024, 2048):
        r = round(n**0.5)
        for trial in range(8):
            sign = 1 - 2 * (trial % 2)
            rows.append({"quantity": "W2W2", "n": n, "m": n, "r": r, "trial": trial, "value": 1 + sign * n**-0.8})
            rows += [
                {"quantity": quantity, "n": n, "m": n, "r": r, "trial": trial, "value": r**0.5 * (1 + 0.001 * sign)}
                for quantity in ("residual", "first", "second", "solution")
            ]
    return pd.DataFrame(rows)


def _identities():
    names = (
        "eq-8-1",
        "eq-8-2",
        "eq-8-3",
        "eq-8-4",
        "eq-9",
        "square-printed",
        "square-right",
        "counterexample",
        "fact-9-printed",
        "fact-9-right",
    )
    return pd.DataFrame(
        {"identity": names, "where": "", "statement": "", "cases": 100, "failures": 0, "largest_error": 0.0}
    )


def _profile():
    return pd.DataFrame(
        [
            {"distribution": name, "kind": kind, "lambda": at, "mean": 7.0, "standard_error": 0.05, "exact": 7.1,
             "printed": 7.1}
            for name in ("half-normal", "normal")
            for kind in ("random-random", "random-planted")
            for at in (0.0, 0.5, 1.0)
        ]
    )  # fmt: skip


def _network_rows(**columns):
    """What stands in every table about networks, those of the paper's own scale."""
    return {"source": "published", "data_sha256": "ab12", "seed": 0, "epochs": 300, "training_images": 50_000} | columns


NETWORKS = [
    (layers, width, shortcuts)
    for shortcuts, depths in ((True, (20, 44, 110)), (False, (20, 44)))
    for layers in depths
    for width in (1.0, 4.0)
]


def _mean_length(layers, width, epoch):
    """Lengths that obey every sentence."""
    return 0.7 + 0.05 * width - 0.001 * epoch - 0.002 * layers  # type: ignore[operator]


def _length_tables():
    """The printed networks, ours equal to the paper's; trainings deviate by 0.02 sqrt(3) from one another."""
    table = printed_lengths().rename(columns={"length": "paper"})
    table["paper"] = _mean_length(table["layers"], table["width"], table["epoch"])
    return table.assign(ours=table["paper"], standard_error=0.02, trainings=3, directions=25, **_network_rows())


def _trainings():
    return pd.DataFrame(
        [
            _network_rows(
                network=f"{layers}-{width}-{shortcuts}", layers=layers, width=width, shortcuts=shortcuts,
                learning_rate=0.1, momentum=0.9, batch_size=128, weight_decay=0.0005, initialization="Kaiming",
                loss_function="cross-entropy",
            )
            for layers, width, shortcuts in NETWORKS
        ]
    )  # fmt: skip


def _lengths():
    spread = 0.02 * np.random.default_rng(0).standard_normal(25)
    return pd.concat(
        [
            pd.DataFrame(
                _network_rows(
                    network=f"{layers}-{width}-{shortcuts}", layers=layers, width=width, shortcuts=shortcuts,
                    training=training, epoch=epoch, direction=range(25), line_images=5000, batch_norm="eval",
                    length=_mean_length(layers, width, epoch) + 0.005 * training + spread,
                )
            )
            for layers, width, shortcuts in NETWORKS
            for training in range(3)
            for epoch in (0, 100, 200, 300)
        ],
        ignore_index=True,
    )  # fmt: skip


def _network_surfaces():
    """The narrow network's surface is convex at half of its four points, the wide one's at all."""
    return pd.concat(
        [
            pd.DataFrame(
                _network_rows(
                    network=f"110-{width}", layers=110, width=width, shortcuts=True, training=training, epoch=200,
                    x=[0, 0, 1, 1], y=[0, 1, 0, 1], convex=convex, line_images=5000, batch_norm="eval",
                )
            )
            for training in range(3)
            for width, convex in ((1.0, [True, True, False, False]), (4.0, [True] * 4))
        ],
        ignore_index=True,
    )  # fmt: skip


def _counterexample():
    """A point that is a local minimum, as the slides say."""
    values = {"rip-constant": 0.5, "gradient": 0.0, "smallest-curvature": 0.0, "fall-0.1": 1e-3, "fall-0.03": 1e-4}
    return pd.DataFrame(
        {"reading": reading, "quantity": quantity, "statement": "", "value": value}
        for reading, of_reading in [*((one, values) for one in INTERPRETATIONS), (ANY, {"distortion": 0.09})]
        for quantity, value in of_reading.items()
    )


def _descent():
    """The printed rate after any number of steps, and fewer failures along the mean gradient."""
    return pd.DataFrame(
        {"gradient": gradient, "momentum": 0.9, "learning_rate": 1e-3, "steps": steps, "threshold": 0.1,
         "starts": 100_000, "failures": failures}
        for gradient, failures in (("stochastic", 12_053), ("mean", 3000))
        for steps in (1000, 10_000)
    )  # fmt: skip


def _pairs():
    return pd.DataFrame(
        {"kind": kind, "n": 4, "r": r, "pair": pair, "delta": 0.5 if kind == "orthogonal" else 0.8,
         "first_order_bound": 0.4, "strict_delta": 0.9, "strict_curvature": 0.1, "strict_gradient_norm": 1e-12}
        for kind, r in (("random", 1), ("random", 2), ("orthogonal", 1))
        for pair in range(3)
    )  # fmt: skip


def _starts():
    return pd.DataFrame(
        {"instance": instance, "gradient": gradient, "gamma": gamma, "delta": 0.9, "trials": 1000, "failures": failures}
        for gradient in ("stochastic", "mean")
        for instance, gamma, failures in (
            ("oblique", 0.0, 1000), ("oblique", 1.0, 0), ("orthogonal", 0.0, 1000), ("orthogonal", 1.0, 120)
        )
    )  # fmt: skip


def _purification_statements():
    values = {
        "factor": 1.0, "identity": 0.0, "decoding": 0.0, "linear-printed": 0.0, "linear-expansion": 0.0,
        "growth-matching": 1.2, "growth-opposite": 1.0, "polar": 0.0, "beta-lowest": 7.6, "beta-highest": 8.0,
        "normalization": 0.9, "inverse-unit": 1.0, "inverse-alike-0": 10.0, "inverse-alike-0.99": 1000.0,
        "lemma-3-negative": 1.8, "lemma-3-lower": 1.8, "lemma-3-upper": 0.2, "lemma-4": 1.8, "lemma-5": 1.4,
    }  # fmt: skip
    return pd.DataFrame({"quantity": values.keys(), "statement": "", "n": 12, "value": values.values()})


def _purification_convergence():
    slowest = 1 - 0.1 / 6 * (1 - 0.1 / 0.75)
    return pd.DataFrame(
        {"n": 10, "s": 1.0, "decoding": decoding, "threshold": threshold, "start": start, "trial": 0,
         "iteration": iteration, "smallest_diagonal": 0.99, "error": error, "contraction": slowest,
         "excess_positive": -0.8, "excess_negative": -0.01}
        for decoding, threshold, error in (("relu", 0.25, 1e-9), ("linear", 0.0, 0.1))
        for start in ("signed", "rotating")
        for iteration in (0, 20)
    )  # fmt: skip


def _purification_conditions():
    columns = ("condition", "law", "start", "preprocessing", "value", "imbalance")
    rows = [
        *(("warm-start", "bernoulli", "signed", "none", value, 1.0) for value in (0.1, 1.0)),
        *(("sparsity", law, "signed", "none", value, 1.0) for law in ("bernoulli", "graded") for value in (0.05, 0.5)),
        *(("imbalance", "bernoulli", "signed", "none", value, value) for value in (1.0, 4.0)),
        *(("imbalance", "bernoulli", start, "balancing", 4.0, 1.1) for start in ("signed", "positive")),
    ]
    return pd.DataFrame(rows, columns=columns).assign(decoding="relu", threshold=0.25, error=1e-12)


def _purification_floors():
    rows = [
        *((n, noise, strength, 10_000, "least-infinity")
          for n in (5, 10) for noise in ("adversarial", "unbiased") for strength in (0.1, 1.0)),
        *((10, noise, 1.0, 10_000, "moore-penrose") for noise in ("adversarial", "unbiased")),
        *((10, "none", 0.0, samples, "least-infinity") for samples in (100, 1000, 10_000, 100_000)),
    ]  # fmt: skip
    trials = [(*row, trial) for row in rows for trial in range(2)]
    table = pd.DataFrame(trials, columns=["n", "noise", "strength", "samples", "pseudo_inverse", "trial"])
    left = 0.1 * table["strength"]
    error = np.where(table["noise"] == "none", table["samples"] ** -0.5, 0.1)
    return table.assign(
        relative_noise=table["strength"], off_diagonal=left, outside=left, smallest_diagonal=0.99, error=error
    )


def _inductive():
    """Tables of inductive matrix completion as the paper would have them, its misprints included."""
    smooth = ("sigmoid", "tanh", "erf")
    equations = [f"B.{fact}-{part}" for fact in (1, 2) for part in ("I", "II", "III", "IV")]
    equations += ["D.1-C", "D.1-middle", "D.1-misprint"]
    equations += [f"D.4{name}-k{k}" for name in ("", "-pseudo-inverse") for k in (2, 3)]
    printed = {("sigmoid", "rho"): 0.000658, ("tanh", "rho"): 0.0095, ("sigmoid", "beta11"): 0, ("tanh", "beta11"): 0}
    printed |= {("relu", name): 0.5 for name in RELU_CONSTANTS}
    slopes = {"users and items": -0.5, "observations": -0.5, "dimension": 0.5, "distance": 1.0}
    return {
        inductive.CONSTANTS: pd.DataFrame(
            {"activation": activation, "constant": constant, "value": value, "printed": value}
            for (activation, constant), value in printed.items()
        ),
        inductive.IDENTITIES: pd.DataFrame(
            {"equation": equation, "statement": "", "cases": 100, "largest_error": 0.0} for equation in equations
        ),
        inductive.ORTHOGONAL: pd.DataFrame(
            {"activation": activation, "d": d, "rho": 0.01, "smallest_eigenvalue": 0.01,
             "multiple": 0.05 if activation == "relu" else np.nan, "multiple_printed": 0.0625}
            for activation in (*smooth, "relu")
            for d in (2, 3, 8)
        ),
        inductive.FIRST_ROW: pd.DataFrame(
            {"kind": "set", "d": d, "draw": 0, "smallest_entry": entry, "free_eigenvalue": 0.0,
             "fixed_eigenvalue": 0.1 * entry**2}
            for d in (2, 3)
            for entry in (0.1, 0.01)
        ),
        inductive.CONDITIONING: pd.DataFrame(
            {"activation": activation, "spread": "one large", "condition_of": "U", "kappa": kappa, "draw": 0,
             "smallest_eigenvalue": 0.1 / kappa, "bound": 0.1 / kappa**2, "proven_bound": 0.1 / kappa**3}
            for activation in (*smooth, "relu")
            for kappa in (1, 2, 4)
        ),
        inductive.DEVIATIONS: pd.DataFrame(
            {"activation": activation, "sweep": sweep, "size": size, "draws": 6,
             "deviation": size**slope * (np.log(size) if sweep == "dimension" else 1)}
            for activation in ("sigmoid", "tanh", "relu")
            for sweep, slope in slopes.items()
            for size in (4.0, 8.0, 16.0)
        ),
        inductive.CONVERGENCE: pd.DataFrame(
            {"activation": activation, "trial": trial, "M_l": 0.1, "M_u": 1.0, "step": step,
             "squared_distance": 0.81**step}
            for activation in smooth
            for trial in range(2)
            for step in (0, 5, 10)
        ),
        inductive.PHASES: pd.DataFrame(
            {"activation": activation, "start": start, "users": 160, "observed": 800, "optimizer": "a descent",
             "trials": 50, "recovered": 10 if (activation, start) == ("relu", "random") else 50}
            for activation in ("sigmoid", "tanh", "relu")
            for start in ("near", "random")
        ),
        inductive.COLD_START: pd.DataFrame(
            {"dataset": "movielens", "source": "published", "reduction": 1.0, "split": split, "model": model,
             "rmse": (1.1 if model == "IMC" else 1.0) + 0.01 * split + 1e-3 * (split % 2) * (model == "IMC")}
            for split in range(4)
            for model in ("IMC", "NIMC sigmoid", "NIMC tanh", "NIMC ReLU", "movie mean")
        ),
    }  # fmt: skip


def _set(column, value, /, **where):
    """The column set to a value, or to a function of its table, in the rows that `where` picks."""

    def change(table):
        table = table.copy()
        picked = np.logical_and.reduce([table[name] == wanted for name, wanted in where.items()], initial=True)
        new = value(table) if callable(value) else value
        table[column] = np.where(np.broadcast_to(picked, len(table)), new, table[column])
        return table

    return change


def _many_not_convex(column, **where):
    return _set(column, lambda table: table["trials"] // 2, **where)


def _rising_share(kind, observed):
    return _set(
        "alpha_negative", lambda table: 1000 * table["n"], distribution="half-normal", kind=kind, observed=observed
    )


HOLDS_WITH = {
    "nmf-size-chord": (landscape.CURVATURE, _set("chord_violation", 0.1, rate=0.25)),
    "nmf-size-negative": (landscape.CURVATURE, _set("alpha", -1.0, rate=0.25)),
}
"""Changes with which those claims hold that cannot hold beside all others."""

CONTRADICTIONS = {
    "beyond-equivalent": (optima.PAIRS, _set("equivalent", 0.5)),
    "beyond-no-barrier": (optima.PAIRS, _set("rise", 0.5)),
    "beyond-star-centre": (optima.CENTRES, _set("rise", 0.5)),
    "beyond-better-centre": (optima.CENTRES, _set("lower", 0.9)),
    "beyond-spurious": (theory.SPURIOUS, _set("spurious", 0, true_rank=3)),
    "beyond-spurious-observed": (theory.SPURIOUS, _set("spurious", 2000, observed=1.0)),
    "theory-figure-2-star-convex": (theory.SURFACE, _set("value", lambda table: -(table["x"] ** 2 + table["y"] ** 2))),
    "theory-figure-2-not-convex": (theory.SURFACE, _set("value", lambda table: table["x"] ** 2 + table["y"] ** 2)),
    "theory-counterexample": (theory.IDENTITIES, _set("failures", 1, identity="counterexample")),
    "theory-figure-1-general": (theory.PLANTED_LINES, _set("loss", 0.0, kind="minimizer-minimizer")),
    "theory-figure-1-planted": (
        theory.PLANTED_LINES,
        _set("loss", lambda table: -(table["lambda"] ** 2), kind="random-planted"),
    ),
    "theory-figure-1-random": (
        theory.PLANTED_LINES,
        _set("loss", lambda table: -(table["lambda"] ** 2), kind="random-random"),
    ),
    **{
        f"theory-convex-{kind}-{observed:g}": (
            theory.CONVEXITY,
            _many_not_convex("alpha_negative", kind=kind, observed=observed),
        )
        for kind in ("random-random", "random-planted")
        for observed in (0.1, 0.3, 1.0)
    },
    **{
        f"theory-convex-{kind}-{observed:g}-decay": (theory.CONVEXITY, _rising_share(kind, observed))
        for kind in ("random-random", "random-planted")
        for observed in (0.1, 0.3, 1.0)
    },
    **{
        f"theory-inequality-9-{kind}": (theory.CONVEXITY, _many_not_convex("inequality_9_fails", kind=kind))
        for kind in ("random-random", "random-planted")
    },
    **{
        f"theory-concentration-{kind}": (theory.CONVEXITY, _set("alpha_sd", lambda table: table["n"] ** 0.5, kind=kind))
        for kind in ("random-random", "random-planted")
    },
    "theory-square": (theory.IDENTITIES, _set("failures", 100, identity="square-printed")),
    "theory-equation-9": (theory.IDENTITIES, _set("failures", 2, identity="eq-9")),
    "theory-equation-8": (theory.IDENTITIES, _set("failures", 2, identity="eq-8-3")),
    **{f"theory-{fact.name}": (theory.FACTS, _set("estimate", 2.0, fact=fact.name)) for fact in FACTS},
    "theory-exact-expectations": (theory.FACTS, _set("exact", 3.0, fact="fact-10", distribution="uniform")),
    **{
        f"theory-counting-{kind}-mean-{mean_term}": (
            theory.COUNTING,
            _set("left", 48.0, kind=kind, mean_term=mean_term),
        )
        for kind in ("random-random", "random-planted")
        for mean_term in ("kept", "dropped")
    },
    "theory-mean-term-needed": (theory.CONVEXITY, _set("alpha_negative", 10, distribution="normal")),
    "theory-equation-5": (
        theory.CONCENTRATION,
        _set("value", lambda table: 1 + table["n"] ** 0.1 * (-1.0) ** table["trial"], quantity="W2W2"),
    ),
    "theory-lemma-1": (
        theory.CONCENTRATION,
        _set("value", lambda table: table["r"] * (1 + 0.001 * table["trial"]), quantity="first"),
    ),
    "theory-lemma-1-solution": (
        theory.CONCENTRATION,
        _set("value", lambda table: table["r"] * (1 + 0.001 * table["trial"]), quantity="solution"),
    ),
    "theory-fact-9-factor": (theory.IDENTITIES, _set("failures", 100, identity="fact-9-printed")),
    **{
        f"theory-{quantity}-tail{of}": (
            theory.TAILS,
            _set("exceeds", lambda table: 1000 * (table["n"] + table["t"]), quantity=quantity),
        )
        for quantity in ("equation-5", "fact-1", "fact-2")
        for of in ("", "-deviation")
    },
    "theory-skewed-falls": (theory.SKEWED, _set("alpha_negative", 900, n=256)),
    "theory-skewed-random": (
        theory.SKEWED,
        _set("alpha_negative", 100, kind="random-random"),
    ),
    "theory-skewed-mean-term": (theory.SKEWED, _set("without_mean_term", 10)),
    "theory-skewed-constants": (theory.SKEWED, _set("alpha_negative", 900, mean_term=2.0)),
    "theory-profile-exact": (theory.PROFILE, _set("exact", 9.0)),
    "theory-profile-printed": (theory.PROFILE, _set("printed", 9.0)),
    "nmf-table-1-shape": (MATRICES, _set("n", 7)),
    "nmf-table-1-density": (MATRICES, _set("density", 0.5)),
    "nmf-rank-out-of-scope": (MATRICES, _set("rank", 100_000)),
    "nmf-variance": (MATRICES, _set("variance", 1.1)),
    "nmf-start-mean": (RUNS, _set("start_mean", lambda table: 2 * table["start_mean"])),
    "nmf-published-converges": (RUNS, _set("loss", lambda table: 10 * table["loss"], regime="published")),
    **{
        f"nmf-{claim}": (landscape.LINES, _set("loss", lambda table: -((table["lambda"] - 0.7) ** 2), kind=kind))
        for kind, claims in (
            ("random-random", ("figure-3", "figure-3-chord")),
            ("random-optimum", ("figure-4", "figure-4-chord")),
        )
        for claim in claims
    },
    "nmf-alpha-positive": (landscape.CURVATURE, _set("alpha", -1.0, optimum=2)),
    "nmf-chord": (landscape.CURVATURE, _set("chord_violation", 0.1, optimum=2)),
    "nmf-size-chord": (landscape.CURVATURE, _set("chord_violation", 0.1, rate=1.0)),
    "nmf-size-negative": (landscape.CURVATURE, _set("alpha", -1.0, rate=1.0)),
    "nmf-deviation-falls": (
        landscape.CURVATURE,
        _set("alpha", lambda table: 1 + (table["alpha"] - 1) * table["rate"] ** 8),
    ),
    "nmf-cosine-positive": (landscape.TRAJECTORY, _set("cosine", -0.1, time=1e-6)),
    "nmf-cosine-large": (landscape.TRAJECTORY, _set("cosine", 0.1)),
    "nmf-training-alpha": (landscape.TRAJECTORY, _set("alpha", -0.1, time=1e-6)),
    "nmf-training-chord": (landscape.TRAJECTORY, _set("chord_violation", 0.1, time=1e-6)),
    "nmf-bands-cosine": (landscape.TRAJECTORY, _set("cosine", lambda table: 0.5 * (-1.0) ** table["repetition"])),
    "nmf-figure-5-orl": (landscape.CURVATURE, _set("alpha", lambda table: 1 + 10 * (table["alpha"] - 1))),
    "nmf-raw-scale": (landscape.TIMES, _set("alpha", -1.0, time=1e-2)),
    "nmf-bands-alpha": (landscape.TRAJECTORY, _set("alpha", lambda table: 2 + (-1.0) ** table["repetition"])),
    **{
        f"nmf-spectrum-{name}": (
            landscape.SPECTRUM,
            _set(
                "singular_value", lambda table: np.where(table["index"] > 0, 1e-3, 1), factor=factor, matrix="optimum"
            ),
        )
        for name, factor in (("birdsong", "U"), ("U", "U"), ("V", "V"))
    },
    "nmf-spectrum-rank": (
        landscape.SPECTRUM,
        _set(
            "singular_value",
            lambda table: np.where(
                table["index"] > 0, np.exp(-table.groupby("dataset")["index"].transform("max") / 10), 1
            ),
            matrix="optimum",
        ),
    ),
    "nmf-flow-factors": (landscape.STEPS, _set("V_distance", 1e-4)),
    "nmf-flow-alpha": (landscape.STEPS, _set("alpha_distance", 1e-3)),
    "nmf-rank-deviation": (landscape.RANKS, _set("alpha", lambda table: table["alpha"] - table["rank"])),
    "nmf-rank-negative": (landscape.RANKS, _set("alpha", -1.0, rank=8)),
    "nmf-rank-chord": (landscape.RANKS, _set("chord_violation", 0.1, rank=8)),
    "nmf-efficient": (landscape.TRAJECTORY, _set("share_of_bound", 1.5, time=1e-6)),
    "nmf-efficient-theorem": (landscape.TRAJECTORY, _set("share_of_bound", 1.5, time=1e-6)),
    "nmf-scale": (landscape.SCALES, _set("alpha", -1.0, scale=2.0)),
    "printed-wider": (MEAN_LENGTHS, _set("paper", 0.1, width=4)),
    "printed-wider-caption": (MEAN_LENGTHS, _set("paper", 0.1, width=4)),
    "printed-training": (MEAN_LENGTHS, _set("paper", 1.0, epoch=300)),
    "printed-depth": (MEAN_LENGTHS, _set("paper", lambda table: table["layers"] / 200)),
    "printed-wider-plain": (MEAN_LENGTHS, _set("paper", 0.1, width=4)),
    "networks-table-3": (networks.TRAININGS, _set("weight_decay", 0.0001, layers=20)),
    **{
        f"networks-table-{number}": (MEAN_LENGTHS, _set("ours", 0.1, table=f"table{number}", width=4))
        for number in (2, 4, 5)
    },
    "networks-wider": (networks.LENGTHS, _set("length", 0.1, width=4.0)),
    "networks-wider-shallow": (networks.LENGTHS, _set("length", 0.1, layers=20, width=4.0)),
    "networks-no-skip": (networks.LENGTHS, _set("length", 0.1, shortcuts=False, width=4.0)),
    "networks-training": (networks.LENGTHS, _set("length", 1.0, epoch=300)),
    "networks-depth": (networks.LENGTHS, _set("length", lambda table: table["layers"] / 200)),
    "networks-figure-8": (networks.NETWORK_SURFACES, _set("convex", False, width=4.0)),
    "isometry-rip": (isometry.COUNTEREXAMPLE, _set("value", 0.6, quantity="rip-constant")),
    "isometry-gradient": (isometry.COUNTEREXAMPLE, _set("value", 0.1, quantity="gradient")),
    "isometry-hessian": (isometry.COUNTEREXAMPLE, _set("value", -0.1, quantity="smallest-curvature")),
    "isometry-local-minimum": (
        isometry.COUNTEREXAMPLE,
        _set("value", lambda table: np.where(table["quantity"].str.startswith("fall"), -1e-4, table["value"])),
    ),
    "isometry-distortion": (isometry.COUNTEREXAMPLE, _set("value", 0.2, quantity="distortion")),
    "isometry-failure-rate": (isometry.DESCENT, _set("failures", 50_000)),
    "isometry-successes": (isometry.DESCENT, _set("failures", 11_000)),
    "isometry-failures-last": (isometry.DESCENT, _set("failures", 100, steps=10_000)),
    "isometry-noise": (isometry.DESCENT, _set("failures", 20_000, gradient="mean", steps=10_000)),
    "isometry-one-fifth": (isometry.PAIRS, _set("delta", 0.1, pair=1)),
    "isometry-one-half": (isometry.PAIRS, _set("delta", 0.4, pair=1, r=1)),
    "isometry-conjecture": (isometry.PAIRS, _set("delta", 0.4, pair=1, r=2)),
    "isometry-everywhere": (isometry.PAIRS, _set("strict_curvature", 0.0, pair=1)),
    "isometry-arbitrary-truth": (isometry.PAIRS, _set("delta", 0.6, kind="orthogonal")),
    "isometry-first-order-bound": (isometry.PAIRS, _set("first_order_bound", 0.9, pair=1)),
    "isometry-example-1-near": (isometry.STARTS, _set("failures", 900, instance="oblique", gamma=0.0)),
    "isometry-example-1-far": (isometry.STARTS, _set("failures", 100, instance="oblique", gamma=1.0)),
    "isometry-example-2-near": (isometry.STARTS, _set("failures", 900, instance="orthogonal", gamma=0.0)),
    "isometry-example-2-far": (isometry.STARTS, _set("failures", 10, instance="orthogonal", gamma=1.0)),
    "purification-factor": (purification.STATEMENTS, _set("value", 0.1, quantity="identity")),
    "purification-identity": (purification.STATEMENTS, _set("value", 0.1, quantity="identity")),
    "purification-decoding": (purification.STATEMENTS, _set("value", 0.1, quantity="decoding")),
    "purification-linear-update": (purification.STATEMENTS, _set("value", 1.0, quantity="linear-printed")),
    "purification-linear-expansion": (purification.STATEMENTS, _set("value", 1.0, quantity="linear-expansion")),
    "purification-matching-signs": (purification.STATEMENTS, _set("value", 0.8, quantity="growth-matching")),
    "purification-opposite-signs": (purification.STATEMENTS, _set("value", 0.8, quantity="growth-opposite")),
    "purification-polar": (purification.STATEMENTS, _set("value", 0.1, quantity="polar")),
    "purification-beta": (purification.STATEMENTS, _set("value", 9.0, quantity="beta-lowest")),
    "purification-normalization": (purification.STATEMENTS, _set("value", 1.8, quantity="normalization")),
    "purification-inverse-unit": (purification.STATEMENTS, _set("value", 2.0, quantity="inverse-unit")),
    "purification-inverse-alike": (purification.STATEMENTS, _set("value", 5.0, quantity="inverse-alike-0.99")),
    "purification-lemma-3-negative": (purification.STATEMENTS, _set("value", 9.0, quantity="lemma-3-negative")),
    "purification-lemma-3-lower": (purification.STATEMENTS, _set("value", -9.0, quantity="lemma-3-lower")),
    "purification-lemma-3-upper": (purification.STATEMENTS, _set("value", 9.0, quantity="lemma-3-upper")),
    "purification-lemma-4": (purification.STATEMENTS, _set("value", 0.1, quantity="lemma-4")),
    "purification-lemma-5": (purification.STATEMENTS, _set("value", 9.0, quantity="lemma-5")),
    "purification-potential": (purification.CONVERGENCE, _set("contraction", 1.0, iteration=20)),
    "purification-recurrence-positive": (purification.CONVERGENCE, _set("excess_positive", 0.1, iteration=20)),
    "purification-recurrence-negative": (purification.CONVERGENCE, _set("excess_negative", 0.1, iteration=20)),
    "purification-diagonal": (purification.CONVERGENCE, _set("smallest_diagonal", 0.8, iteration=20)),
    "purification-rate": (purification.CONVERGENCE, _set("contraction", 0.99, start="rotating")),
    "purification-recovery": (purification.CONVERGENCE, _set("error", 0.1, decoding="relu")),
    "purification-relu": (purification.CONVERGENCE, _set("error", 1e-9, decoding="linear")),
    "purification-warm-start": (purification.CONDITIONS, _set("error", 1.0, condition="warm-start")),
    "purification-sparsity": (purification.CONDITIONS, _set("error", 1.0, law="bernoulli", value=0.5)),
    "purification-laws": (purification.CONDITIONS, _set("error", 1.0, law="graded", value=0.5)),
    "purification-imbalance": (purification.CONDITIONS, _set("error", 1.0, preprocessing="none", value=4.0)),
    "purification-balancing": (purification.CONDITIONS, _set("imbalance", 3.0, preprocessing="balancing")),
    "purification-balanced": (purification.CONDITIONS, _set("error", 1.0, preprocessing="balancing")),
    "purification-floor-adversarial": (purification.FLOORS, _set("outside", 1.0, noise="adversarial")),
    "purification-floor-unbiased": (purification.FLOORS, _set("outside", 1.0, noise="unbiased")),
    "purification-floor-diagonal": (purification.FLOORS, _set("smallest_diagonal", 0.5)),
    "purification-adversarial-error": (purification.FLOORS, _set("error", 3.0, noise="adversarial")),
    "purification-unbiased-error": (purification.FLOORS, _set("error", 3.0, noise="unbiased")),
    "purification-samples": (purification.FLOORS, _set("error", lambda table: 1 / table["samples"], noise="none")),
    "purification-left-inverse": (purification.FLOORS, _set("error", 0.3, pseudo_inverse="least-infinity")),
    "inductive-rho-sigmoid": (inductive.CONSTANTS, _set("value", 0.000659, activation="sigmoid")),
    "inductive-rho-tanh": (inductive.CONSTANTS, _set("value", 0.0096, activation="tanh")),
    "inductive-symmetric": (inductive.CONSTANTS, _set("value", 0.1, constant="beta11")),
    **{
        f"inductive-relu-{name}": (inductive.CONSTANTS, _set("value", 0.3989, activation="relu", constant=name))
        for name in RELU_CONSTANTS
    },
    "inductive-fact-1": (inductive.IDENTITIES, _set("largest_error", 0.1, equation="B.1-III")),
    "inductive-fact-2": (inductive.IDENTITIES, _set("largest_error", 0.1, equation="B.2-IV")),
    "inductive-quadratic-form": (inductive.IDENTITIES, _set("largest_error", 0.1, equation="D.1-C")),
    "inductive-quadratic-form-misprint": (
        inductive.IDENTITIES,
        _set("largest_error", 0.1, equation="D.1-misprint"),
    ),
    "inductive-transform": (inductive.IDENTITIES, _set("largest_error", 0.1)),
    "inductive-transform-proven": (inductive.IDENTITIES, _set("largest_error", 0.1)),
    "inductive-orthogonal": (inductive.ORTHOGONAL, _set("smallest_eigenvalue", 0.009, d=8)),
    "inductive-orthogonal-sharp": (inductive.ORTHOGONAL, _set("smallest_eigenvalue", 0.011, d=8)),
    "inductive-relu-universal": (inductive.ORTHOGONAL, _set("multiple", 0.001, activation="relu", d=8)),
    "inductive-relu-singular": (inductive.FIRST_ROW, _set("free_eigenvalue", 0.1, d=3)),
    "inductive-first-row": (
        inductive.FIRST_ROW,
        _set("fixed_eigenvalue", lambda table: table["smallest_entry"] ** 3),
    ),
    "inductive-condition": (inductive.CONDITIONING, _set("smallest_eigenvalue", 1e-4, kappa=4)),
    "inductive-condition-proven": (inductive.CONDITIONING, _set("smallest_eigenvalue", 1e-4, kappa=4)),
    "inductive-condition-relu": (inductive.CONDITIONING, _set("smallest_eigenvalue", 1e-4, kappa=4)),
    **{
        f"inductive-deviation-{name}": (inductive.DEVIATIONS, _set("deviation", change, sweep=sweep))
        for name, sweep, change in (
            ("users", "users and items", lambda table: table["size"] ** -0.25),
            ("observations", "observations", lambda table: table["size"] ** -0.25),
            ("dimension", "dimension", lambda table: np.log(table["size"]) * table["size"] ** 2),
            ("distance", "distance", lambda table: table["size"] ** 0.5),
            ("distance-relu", "distance", lambda table: table["size"] ** 0.25),
        )
    },
    "inductive-linear-convergence": (
        inductive.CONVERGENCE,
        _set("squared_distance", lambda table: 0.95 ** table["step"]),
    ),
    "inductive-recovery-near": (inductive.PHASES, _set("recovered", 20, start="near")),
    "inductive-relu-differs": (inductive.PHASES, _set("recovered", 0, activation="sigmoid", start="random")),
    "inductive-cold-start": (
        inductive.COLD_START,
        _set("rmse", lambda table: 0.9 + 0.01 * table["split"], model="IMC"),
    ),
}
"""By the claim's id: the kind of result that is changed, and how."""
