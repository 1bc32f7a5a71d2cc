"""Sentences about the printed tables: the error of a printed length, trends, and worlds that just meet or miss them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from starnmf.claims.claim import Verdict
from starnmf.claims.printed_tables import CLAIMS, DIRECTIONS, ROUNDING, SPREAD
from starnmf.tables.printed import printed_lengths

BY_ID = {claim.id: claim for claim in CLAIMS}


def table(length, layers=(20, 44, 68, 110), name="table2"):
    """Printed lengths by a function of layers, width and epoch."""
    rows = [
        {"table": name, "layers": depth, "width": width, "epoch": epoch, "paper": length(depth, width, epoch)}
        for depth in layers
        for width in (1.0, 2.0, 4.0)
        for epoch in (0, 100, 200, 300)
    ]
    return pd.DataFrame(rows).assign(file="printed.csv")


def outcomes(claim, rows):
    claim = BY_ID[claim]
    return {one.case: claim.criterion.judge(one.measurement) for one in claim.measure.findings(rows)}


def error(length):
    return np.sqrt(SPREAD**2 * length * (1 - length) / DIRECTIONS + ROUNDING**2 / 3)


@pytest.mark.parametrize("p", [0.3, 0.7, 0.9])
def test_the_error_of_a_printed_length_is_that_of_rounded_means_of_25(p):
    """Lengths from a beta distribution with the assumed standard deviation."""
    concentration = 1 / SPREAD**2 - 1
    lengths = stats.beta(p * concentration, (1 - p) * concentration)
    means = lengths.rvs((20_000, DIRECTIONS), random_state=0).mean(axis=1).round(2)
    assert lengths.std() == pytest.approx(SPREAD * np.sqrt(p * (1 - p)))
    assert means.std() == pytest.approx(error(p), rel=0.02)


def test_a_trend_is_that_of_least_squares_through_networks():
    """Against numpy's solver on the scaled system; a network is one value with the error of one epoch's."""
    rows = table(lambda depth, width, epoch: 0.9 - 0.05 * (epoch / 100) - 0.001 * depth + 0.01 * width * (depth % 3))
    found = {one.case: one.measurement for one in BY_ID["printed-depth"].measure.findings(rows)}
    for width in (1.0, 2.0, 4.0):
        trained = rows[(rows["width"] == width) & (rows["epoch"] > 0)]
        trained = trained.assign(error=error(trained["paper"])).groupby("layers")[["paper", "error"]].mean()
        weight = 1 / trained["error"].to_numpy()
        design = np.column_stack([trained.index, np.ones(4)]) * weight[:, None]
        slope = np.linalg.lstsq(design, trained["paper"].to_numpy() * weight, rcond=None)[0][0]
        deviation = np.sqrt(np.linalg.inv(design.T @ design)[0, 0])
        measured = found[f"k = {width:g}"]
        assert measured.value == pytest.approx(90 * slope)
        assert measured.high - measured.value == pytest.approx(stats.norm.ppf(0.975) * 90 * deviation)
        assert measured.value - measured.low == pytest.approx(stats.norm.ppf(1 - 0.025 / 3) * 90 * deviation)


@pytest.mark.parametrize(("errors", "verdict"), [(1.9, Verdict.UNDECIDED), (2.1, Verdict.REPRODUCED)])
def test_a_rise_with_width_must_pass_its_error(errors, verdict):
    """All lengths about 0.7: the change has an error of sqrt(2) of a length's, however many epochs are printed."""
    change = errors * error(0.7) * np.sqrt(2)
    rows = table(lambda _, width, __: 0.7 + change * (np.log2(width) / 2 - 0.5), layers=(32, 44, 56))
    assert set(outcomes("printed-wider", rows).values()) == {verdict}


@pytest.mark.parametrize(("errors", "verdict"), [(2.2, Verdict.UNDECIDED), (2.6, Verdict.CONTRADICTED)])
def test_a_fall_with_width_counts_where_it_passes_the_error_for_all_cases(errors, verdict):
    """With three depths from 2.39 standard errors on, the normal quantile of 1 - 0.025 / 3."""
    change = errors * error(0.7) * np.sqrt(2)
    rows = table(lambda _, width, __: 0.7 - change * (np.log2(width) / 2 - 0.5), layers=(32, 44, 56))
    assert set(outcomes("printed-wider", rows).values()) == {verdict}


@pytest.mark.parametrize(("errors", "counts"), [(2.4, False), (3.0, True)])
def test_a_single_step_against_a_trend_counts_where_it_passes_the_error_for_all_steps(errors, counts):
    """Lengths rise by 0.3 but for one step of 6, which counts from 2.64 standard errors (of 1 - 0.025 / 6) on."""

    def length(depth, width, _):
        risen = 0.5 + 0.15 * np.log2(width)
        fallen = 0.65 - errors * error(0.6) * np.sqrt(2)
        return fallen if (depth, width) == (44, 4) else risen

    found = outcomes("printed-wider", table(length, layers=(32, 44, 56)))
    steps = {case: verdict for case, verdict in found.items() if case.startswith("step")}
    assert steps == ({"step: 44 layers, k = 2 to 4": Verdict.CONTRADICTED} if counts else {})
    assert {found[f"{depth} layers"] for depth in (32, 56)} == {Verdict.REPRODUCED}
    assert found["44 layers"] == Verdict.UNDECIDED, "its trend has the network that fell"


def test_each_sentence_is_judged_by_its_own_table():
    """Tables 4 and 5 that say the opposite leave the caption of Table 2 as it is."""
    holds = table(lambda depth, width, epoch: 0.6 + 0.3 * np.log2(width) / 2 - 0.001 * epoch - 0.002 * depth)

    def opposite(depth, width, epoch):
        return 0.3 - 0.3 * np.log2(width) / 2 + 0.001 * epoch + 0.002 * depth

    others = table(opposite, (32, 56, 80), "table4"), table(opposite, (20, 32, 44), "table5")
    both = pd.concat([holds, *others], ignore_index=True)
    for claim in ("printed-wider-caption", "printed-training", "printed-depth"):
        assert set(outcomes(claim, both).values()) == {Verdict.REPRODUCED}
    assert Verdict.CONTRADICTED in outcomes("printed-wider", both).values()
    assert Verdict.CONTRADICTED in outcomes("printed-wider-plain", both).values()


def test_most_shallow_networks_are_excepted_in_section_4_3_alone():
    def length(depth, width, _):
        return 0.7 + (0.2 if depth > 20 else -0.2) * (np.log2(width) / 2 - 0.5)

    assert set(outcomes("printed-wider", table(length)).values()) == {Verdict.REPRODUCED}
    assert outcomes("printed-wider-caption", table(length))["20 layers"] == Verdict.CONTRADICTED


def test_tables_without_any_effect_decide_nothing():
    for claim in BY_ID:
        rows = table(lambda *_: 0.7, name="table5" if claim == "printed-wider-plain" else "table2")
        assert set(outcomes(claim, rows).values()) == {Verdict.UNDECIDED}


def test_what_the_printed_tables_say():
    rows = printed_lengths().rename(columns={"length": "paper"}).assign(file="printed.csv")
    assert set(outcomes("printed-wider", rows).values()) == {Verdict.REPRODUCED}
    assert set(outcomes("printed-training", rows).values()) == {Verdict.REPRODUCED}
    assert outcomes("printed-wider-caption", rows)["20 layers"] == Verdict.UNDECIDED
    assert set(outcomes("printed-depth", rows).values()) == {Verdict.UNDECIDED}
