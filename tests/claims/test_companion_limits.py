"""Every criterion about the companions, on results that just meet it and just miss it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from starnmf.claims import inductive, inductive_samples, isometry, purification, purification_statements
from starnmf.claims.claim import Verdict
from starnmf.claims.ledger import judge_claims
from starnmf.claims.results import Results
from starnmf.companions.inductive import tables as of_inductive
from starnmf.companions.isometry import tables as of_isometry
from starnmf.companions.purification import tables as of_purification
from starnmf.companions.purification.potential import STEP_SIZE
from tests.claims.holding_results import _set, holding_results

BY_ID = {
    claim.id: claim
    for module in (isometry, purification_statements, purification, inductive, inductive_samples)
    for claim in module.CLAIMS
}


def _quantity(table, **where):
    """The value of a quantity."""
    return table, lambda value: _set("value", value, **where)


def _tried(condition, low, high, **where):
    """The largest value of a condition at which features are recovered: the lower of the two that were tried."""

    def change(value):
        def changed(table):
            table = _set("error", 1.0, condition=condition, value=high, **where)(table)
            return _set("value", value, condition=condition, value=low, **where)(table)

        return changed

    return of_purification.CONDITIONS, change


def _column(table, column, of_value=lambda value: value, **where):
    """A column, by a function of what the claim measures."""
    return table, lambda value: _set(column, of_value(value), **where)


STATEMENTS = {
    "factor": "identity", "identity": "identity", "decoding": "decoding", "linear-update": "linear-printed",
    "linear-expansion": "linear-expansion", "matching-signs": "growth-matching", "opposite-signs": "growth-opposite",
    "polar": "polar", "normalization": "normalization", "inverse-unit": "inverse-unit",
    "lemma-3-negative": "lemma-3-negative", "lemma-3-lower": "lemma-3-lower", "lemma-3-upper": "lemma-3-upper",
    "lemma-4": "lemma-4", "lemma-5": "lemma-5",
}  # fmt: skip

SLOWEST = 1 - STEP_SIZE * (1 - 0.1 / 0.75)
"""The contraction of the made-up runs, 1 of 10 features active, alpha = 1/4."""

MEASURED = {
    "isometry-distortion": _quantity(of_isometry.COUNTEREXAMPLE, quantity="distortion"),
    "isometry-rip": _quantity(of_isometry.COUNTEREXAMPLE, quantity="rip-constant"),
    "isometry-gradient": _quantity(of_isometry.COUNTEREXAMPLE, quantity="gradient"),
    "isometry-hessian": _quantity(of_isometry.COUNTEREXAMPLE, quantity="smallest-curvature"),
    "isometry-local-minimum": (
        of_isometry.COUNTEREXAMPLE,
        lambda value: _set(
            "value", lambda table: np.where(table["quantity"].str.startswith("fall"), value, table["value"])
        ),
    ),
    "isometry-one-fifth": _column(of_isometry.PAIRS, "delta", pair=1),
    "isometry-one-half": _column(of_isometry.PAIRS, "delta", pair=1, r=1),
    "isometry-conjecture": _column(of_isometry.PAIRS, "delta", pair=1, r=2),
    "isometry-arbitrary-truth": _column(of_isometry.PAIRS, "delta", lambda off: 0.5 + off, kind="orthogonal"),
    "isometry-first-order-bound": _column(
        of_isometry.PAIRS, "first_order_bound", lambda excess: 0.8 - excess, kind="random", pair=1
    ),
    **{
        f"purification-{name}": _quantity(of_purification.STATEMENTS, quantity=quantity)
        for name, quantity in STATEMENTS.items()
    },
    "purification-beta": _column(
        of_purification.STATEMENTS, "value", lambda length: 7.6 + length, quantity="beta-highest"
    ),
    "purification-inverse-alike": _column(
        of_purification.STATEMENTS, "value", lambda more: 10 + more, quantity="inverse-alike-0.99"
    ),
    "purification-potential": _column(of_purification.CONVERGENCE, "contraction", decoding="relu"),
    "purification-recurrence-positive": _column(of_purification.CONVERGENCE, "excess_positive", decoding="relu"),
    "purification-recurrence-negative": _column(of_purification.CONVERGENCE, "excess_negative", decoding="relu"),
    "purification-diagonal": _column(of_purification.CONVERGENCE, "smallest_diagonal", decoding="relu"),
    "purification-rate": _column(
        of_purification.CONVERGENCE, "contraction", lambda off: SLOWEST + off * STEP_SIZE, start="rotating"
    ),
    "purification-recovery": _column(of_purification.CONVERGENCE, "error", decoding="relu"),
    "purification-relu": _column(of_purification.CONVERGENCE, "error", decoding="linear"),
    "purification-warm-start": _tried("warm-start", 0.1, 1.0),
    "purification-sparsity": _tried("sparsity", 0.05, 0.5, law="bernoulli"),
    "purification-laws": _tried("sparsity", 0.05, 0.5, law="graded"),
    "purification-imbalance": _tried("imbalance", 1.0, 4.0, preprocessing="none"),
    "purification-balancing": _column(of_purification.CONDITIONS, "imbalance", preprocessing="balancing"),
    "purification-balanced": _column(of_purification.CONDITIONS, "error", preprocessing="balancing"),
    **{
        f"purification-floor-{noise}": _column(
            of_purification.FLOORS, "outside", lambda ratio: ratio * 0.1 / 0.3, noise=noise, strength=0.1
        )
        for noise in ("adversarial", "unbiased")
    },
    "purification-floor-diagonal": _column(of_purification.FLOORS, "smallest_diagonal"),
    "purification-adversarial-error": _column(of_purification.FLOORS, "error", noise="adversarial", strength=1.0),
    "purification-unbiased-error": _column(
        of_purification.FLOORS,
        "error",
        lambda ratio: lambda table: ratio * table["relative_noise"] / np.sqrt(table["n"]),
        noise="unbiased",
        strength=1.0,
    ),
    "purification-samples": _column(
        of_purification.FLOORS, "error", lambda slope: lambda table: table["samples"] ** slope, noise="none"
    ),
    "purification-left-inverse": _column(
        of_purification.FLOORS, "error", lambda ratio: 0.1 * ratio, pseudo_inverse="least-infinity", strength=1.0
    ),
    "inductive-rho-sigmoid": _quantity(of_inductive.CONSTANTS, activation="sigmoid", constant="rho"),
    "inductive-rho-tanh": _quantity(of_inductive.CONSTANTS, activation="tanh", constant="rho"),
    "inductive-symmetric": _quantity(of_inductive.CONSTANTS, activation="tanh", constant="beta11"),
    **{
        f"inductive-relu-{name}": _quantity(of_inductive.CONSTANTS, activation="relu", constant=name)
        for name in inductive.RELU_CONSTANTS
    },
    "inductive-fact-1": _column(of_inductive.IDENTITIES, "largest_error", equation="B.1-II"),
    "inductive-fact-2": _column(of_inductive.IDENTITIES, "largest_error", equation="B.2-II"),
    "inductive-quadratic-form": _column(of_inductive.IDENTITIES, "largest_error", equation="D.1-C"),
    "inductive-quadratic-form-misprint": _column(of_inductive.IDENTITIES, "largest_error", equation="D.1-misprint"),
    "inductive-orthogonal": _column(of_inductive.ORTHOGONAL, "smallest_eigenvalue", lambda off: 0.01 + 0.01 * off, d=8),
    "inductive-orthogonal-sharp": _column(
        of_inductive.ORTHOGONAL, "smallest_eigenvalue", lambda off: 0.01 + 0.01 * off, d=8
    ),
    "inductive-relu-universal": _column(of_inductive.ORTHOGONAL, "multiple", activation="relu", d=8),
    "inductive-relu-singular": _column(of_inductive.FIRST_ROW, "free_eigenvalue", d=3),
    "inductive-first-row": _column(
        of_inductive.FIRST_ROW,
        "fixed_eigenvalue",
        lambda ratio: lambda table: 0.1 * ratio * table["smallest_entry"] ** 2,
        d=3,
    ),
    "inductive-transform": _column(of_inductive.IDENTITIES, "largest_error", equation="D.4-k2"),
    "inductive-transform-proven": _column(of_inductive.IDENTITIES, "largest_error", equation="D.4-pseudo-inverse-k2"),
    "inductive-condition": _column(of_inductive.CONDITIONING, "bound", lambda ratio: 0.1 / 4 / ratio, kappa=4),
    "inductive-condition-proven": _column(
        of_inductive.CONDITIONING, "proven_bound", lambda ratio: 0.1 / 4 / ratio, kappa=4
    ),
    "inductive-condition-relu": _column(
        of_inductive.CONDITIONING, "smallest_eigenvalue", lambda ratio: ratio * 0.1 / 16, activation="relu", kappa=4
    ),
    **{
        f"inductive-deviation-{name}": _column(
            of_inductive.DEVIATIONS,
            "deviation",
            lambda slope: lambda table: table["size"] ** slope,
            sweep=sweep,
            activation=activation,
        )
        for name, sweep, activation in (
            ("users", "users and items", "tanh"),
            ("observations", "observations", "relu"),
            ("distance", "distance", "sigmoid"),
            ("distance-relu", "distance", "relu"),
        )
    },
    "inductive-deviation-dimension": _column(
        of_inductive.DEVIATIONS,
        "deviation",
        lambda slope: lambda table: np.log(table["size"]) * table["size"] ** slope,
        sweep="dimension",
        activation="tanh",
    ),
    "inductive-linear-convergence": _column(
        of_inductive.CONVERGENCE,
        "squared_distance",
        lambda excess: lambda table: (0.9 + excess) ** table["step"],
        trial=1,
    ),
}
"""Of every claim that measures a number without an interval: its table, and the change that sets the number."""

COUNTED = {
    "isometry-everywhere", "isometry-failure-rate", "isometry-successes", "isometry-failures-last", "isometry-noise",
    "isometry-example-1-near", "isometry-example-2-near", "isometry-example-1-far", "isometry-example-2-far",
    "inductive-recovery-near", "inductive-relu-differs", "inductive-cold-start",
}  # fmt: skip
"""Claims about counts and shares, which are tried below."""


@pytest.fixture(scope="module")
def results():
    return holding_results()


def verdict_of(results, claim, change=None):
    claim = BY_ID[claim]
    table = claim.measure.table
    tables = results.tables | ({table: change(results[table])} if change else {})
    return judge_claims(Results(tables), [claim]).iloc[0]["verdict"]


def test_every_criterion_is_tried_at_its_limit():
    assert set(MEASURED) | COUNTED == set(BY_ID)
    assert not set(MEASURED) & COUNTED


@pytest.mark.parametrize("claim", MEASURED)
def test_a_claim_holds_just_inside_its_limits_and_fails_just_outside(results, claim):
    table, change = MEASURED[claim]
    assert table is BY_ID[claim].measure.table
    criterion = BY_ID[claim].criterion
    scale = criterion.limit if criterion.limit else 1e-6
    for bound, outwards in ((criterion.lowest, -1), (criterion.highest, 1)):
        if np.isfinite(bound):
            step = outwards * 1e-3 * abs(scale)
            assert verdict_of(results, claim, change(bound - step)) == Verdict.REPRODUCED, bound - step
            assert verdict_of(results, claim, change(bound + step)) == Verdict.CONTRADICTED, bound + step


@pytest.mark.parametrize(("curvature", "verdict"), [(1e-12, Verdict.REPRODUCED), (0.0, Verdict.CONTRADICTED)])
def test_a_pair_is_strict_with_any_curvature_above_0(results, curvature, verdict):
    assert verdict_of(results, "isometry-everywhere", _set("strict_curvature", curvature, pair=1)) == verdict


def failing(share):
    """The same share of failures with all settings of single measurements."""
    return _set("failures", lambda table: (share * table["starts"]).round().astype(int), gradient="stochastic")


@pytest.mark.parametrize(
    ("claim", "share", "verdict"),
    [
        # Wilson's interval of 100,000 starts reaches 0.002 to either side of 0.12.
        ("isometry-failure-rate", 0.1225, Verdict.REPRODUCED),
        ("isometry-failure-rate", 0.124, Verdict.UNDECIDED),
        ("isometry-failure-rate", 0.128, Verdict.CONTRADICTED),
        ("isometry-failure-rate", 0.112, Verdict.CONTRADICTED),
        ("isometry-successes", 0.1220, Verdict.REPRODUCED),
        ("isometry-successes", 0.1260, Verdict.UNDECIDED),
        ("isometry-successes", 0.1275, Verdict.CONTRADICTED),
        ("isometry-successes", 0.1135, Verdict.CONTRADICTED),
        ("isometry-failures-last", 0.052, Verdict.REPRODUCED),
        ("isometry-failures-last", 0.0505, Verdict.UNDECIDED),
        ("isometry-failures-last", 0.048, Verdict.CONTRADICTED),
        # Of the mean gradient 0.03 fail.
        ("isometry-noise", 0.033, Verdict.REPRODUCED),
        ("isometry-noise", 0.0305, Verdict.UNDECIDED),
        ("isometry-noise", 0.027, Verdict.CONTRADICTED),
    ],
)
def test_shares_of_failures_at_their_limits(results, claim, share, verdict):
    assert verdict_of(results, claim, failing(share)) == verdict


def test_a_rate_that_one_of_several_usual_settings_gives_is_undecided(results):
    """One setting gives the printed rate exactly, others 8 and 40 %: no setting is chosen because it fits."""
    table = results[of_isometry.DESCENT].query("gradient == 'stochastic' and steps == 1000")
    parts = [table.assign(learning_rate=rate, failures=n) for rate, n in ((5e-4, 40_000), (1e-3, 12_053), (2e-3, 8000))]
    for claim in ("isometry-failure-rate", "isometry-successes"):
        rows = judge_claims(Results({of_isometry.DESCENT: pd.concat(parts)}), [BY_ID[claim]])
        assert rows.iloc[0]["verdict"] == Verdict.UNDECIDED
        assert "the slides print none of these settings" in rows.iloc[0]["reason"]
        assert "learning rate 0.0005 to 0.002" in rows.iloc[0]["uncertainty"]
        far = pd.concat(part for part in parts if part["failures"].iloc[0] == 40_000)
        assert judge_claims(Results({of_isometry.DESCENT: far}), [BY_ID[claim]]).iloc[0]["verdict"] == (
            Verdict.CONTRADICTED
        )


@pytest.mark.parametrize(
    ("claim", "instance", "gamma", "failures", "verdict"),
    [
        ("isometry-example-1-near", "oblique", 0.0, 999, Verdict.UNDECIDED),
        ("isometry-example-1-near", "oblique", 0.0, 980, Verdict.CONTRADICTED),
        ("isometry-example-2-near", "orthogonal", 0.0, 980, Verdict.CONTRADICTED),
        ("isometry-example-1-far", "oblique", 1.0, 1, Verdict.UNDECIDED),
        ("isometry-example-1-far", "oblique", 1.0, 20, Verdict.CONTRADICTED),
        ("isometry-example-2-far", "orthogonal", 1.0, 66, Verdict.REPRODUCED),
        ("isometry-example-2-far", "orthogonal", 1.0, 55, Verdict.UNDECIDED),
        ("isometry-example-2-far", "orthogonal", 1.0, 35, Verdict.CONTRADICTED),
    ],
)
def test_examples_at_their_limits(results, claim, instance, gamma, failures, verdict):
    """Of 1,000 starts; Wilson's interval of none or all of them ends at 0.4 %."""
    change = _set("failures", failures, instance=instance, gamma=gamma)
    assert verdict_of(results, claim, change) == verdict


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.84, Verdict.REPRODUCED), (0.8, Verdict.UNDECIDED), (0.76, Verdict.CONTRADICTED)],
)
def test_recovery_near_the_truth_at_its_limit(results, share, verdict):
    def change(table):
        return table.assign(trials=1000, recovered=int(1000 * share))

    assert verdict_of(results, "inductive-recovery-near", change) == verdict


@pytest.mark.parametrize(
    ("more", "verdict"),
    [(300, Verdict.REPRODUCED), (0, Verdict.UNDECIDED), (-300, Verdict.CONTRADICTED)],
)
def test_a_relu_differs_where_the_intervals_are_apart(results, more, verdict):
    def change(table):
        return table.assign(trials=1000, recovered=500 + np.where(table["activation"] == "sigmoid", more, 0))

    assert verdict_of(results, "inductive-relu-differs", change) == verdict


@pytest.mark.parametrize(
    ("p", "sign", "verdict"),
    [(0.045, 1, Verdict.REPRODUCED), (0.055, 1, Verdict.UNDECIDED), (0.045, -1, Verdict.CONTRADICTED)],
)
def test_a_model_is_better_where_its_gains_are_significant(p, sign, verdict):
    """Gains on five splits with a given p-value of their t-test."""
    spread = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])
    gains = spread + sign * stats.t.isf(p / 2, 4) * spread.std(ddof=1) / np.sqrt(5)
    table = pd.DataFrame(
        {"split": split, "model": model, "rmse": rmse, "source": "mirror", "reduction": 1.0, "dataset": "movielens",
         "file": "cold-start.csv"}
        for split, gain in enumerate(gains)
        for model, rmse in (("IMC", 1.0), ("NIMC, tanh", 1.0 - gain))
    )  # fmt: skip
    claim = BY_ID["inductive-cold-start"]
    (finding,) = claim.measure.findings(table)
    assert claim.criterion.judge(finding.measurement) == verdict
