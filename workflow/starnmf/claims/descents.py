"""Claims of section 4.2 and Appendix C about single descents: the way of each from its start to its end."""

from dataclasses import replace

import numpy as np
import pandas as pd

from starnmf.claims.claim import CHECK, Measurement, above, at_least, at_most, exact
from starnmf.claims.datasets import bounded_if_converged, dataset_claim, ends_that_count, measured_per_case, number_of
from starnmf.claims.statistics import mean
from starnmf.landscape import tables
from starnmf.statistics import mean_interval

FLOW_FACTORS, FLOW_ALPHA = 2e-5, 1e-5
FLOAT32 = "closer than discrete steps in float32 are to those in float64"

LARGE_COSINE = 0.5
NARROW_COSINE_BAND, NARROW_ALPHA_BAND = 0.05, 0.1
"""Half a confidence band: of a cosine as it is, of alpha over its largest mean."""


@measured_per_case(tables.STEPS)
def _distance_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    how = (
        f"(U {row['U_distance']:.2g}, V {row['V_distance']:.2g}; "
        f"loss {row['loss']:.8g} against {row['steps_loss']:.8g}; "
        f"{row['gradients']} gradients for {row['steps']} steps)"
    )
    return exact(max(row["U_distance"], row["V_distance"]), how)


@measured_per_case(tables.STEPS)
def _alpha_of_flow(rows: pd.DataFrame) -> Measurement:
    row = rows.iloc[0]
    return exact(row["alpha_distance"], f"(mean {row['alpha']:.8g} against {row['steps_alpha']:.8g})")


@measured_per_case(tables.TRAJECTORY)
def _chords_from_iterates(rows: pd.DataFrame) -> Measurement | None:
    rows = rows.dropna(subset=["chord_violation"])
    if rows.empty:
        return None
    exceeds = rows["chord_violation"] > 0
    descents, hit = rows["repetition"].nunique(), rows[exceeds]["repetition"].nunique()
    largest = f"largest {rows['chord_violation'].max():.3g} of the loss's fall"
    how = f"of {len(rows)}, in {hit} of {descents} independent descents; {largest}"
    return number_of(exceeds, ends_that_count(rows), how)


@measured_per_case(tables.TRAJECTORY)
def _smallest(rows: pd.DataFrame, column: str) -> Measurement | None:
    rows = rows.dropna(subset=[column])
    if rows.empty:
        return None
    values, counts = rows[column], ends_that_count(rows)
    measured = exact(values.min(), f"(of {len(values)} iterates, {(values < 0).sum()} below 0)")
    if counts.all():
        return measured
    highest = values[counts].min() if counts.any() else np.inf
    note = f" ({(~counts).sum()} of them are of restarts that have not converged)"
    return replace(measured, low=-np.inf, high=highest).with_note(note)


@measured_per_case(tables.TRAJECTORY)
def _typical_cosine(rows: pd.DataFrame) -> Measurement | None:
    """The mean over repetitions at the time where it is lowest."""
    cosines = rows.dropna(subset=["cosine"])
    if cosines.empty:
        return None
    by_time = cosines.groupby("time")["cosine"]
    complete = by_time.count() == cosines["repetition"].nunique()
    lowest = by_time.mean()[complete].idxmin()
    projected = cosines[cosines["time"] == lowest]["projected_cosine"].mean()
    measured = mean(by_time.get_group(lowest), "repetition").with_note(
        f" at t = {lowest:.3g}; {projected:.3g} of the projected gradient"
    )
    return bounded_if_converged(cosines, measured)


@measured_per_case(tables.TRAJECTORY)
def _band(rows: pd.DataFrame, column: str, relative: bool = False) -> Measurement | None:
    """Half the 95 % t-band at a typical time; relative to the largest mean on the way if asked."""
    by_time = rows.dropna(subset=[column]).groupby("time")[column]
    bands = np.array([mean_interval(values) for _, values in by_time if len(values) > 1])
    if not len(bands):
        return None
    centre, _, high = bands.T
    width = (high - centre) / (np.abs(centre).max() if relative else 1)
    measured = exact(np.median(width), f"(median of {len(width)} times; widest {width.max():.3g})")
    return bounded_if_converged(rows, measured)


CLAIMS = (
    dataset_claim(
        "nmf-flow-factors",
        CHECK,
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the factors",
        "relative distance of the factors from those of float64 steps, the larger of U's and V's",
        at_most(FLOW_FACTORS),
        _distance_of_flow(),
        limit_reason=FLOAT32,
    ),
    dataset_claim(
        "nmf-flow-alpha",
        CHECK,
        "The flow at t = 1e-3 is what 1e4 steps of 1e-7 compute: the curvature",
        "largest difference of alpha from 20 random points, over the largest alpha",
        at_most(FLOW_ALPHA),
        _alpha_of_flow(),
        limit_reason=FLOAT32,
    ),
    dataset_claim(
        "nmf-cosine-positive",
        "section 4.2, sentence 11",
        "The negative gradient points towards the end of its descent throughout",
        "smallest cosine on the way",
        above(0),
        _smallest("cosine"),
    ),
    dataset_claim(
        "nmf-cosine-large",
        "caption of Figure 6, sentence 2",
        "The cosine is large throughout training",
        "smallest mean cosine over the repetitions",
        at_least(LARGE_COSINE),
        _typical_cosine(),
        limit_reason="how large is not said; 0.5 is an angle of 60 degrees",
    ),
    dataset_claim(
        "nmf-training-alpha",
        "caption of Figure 6, sentence 4; caption of Figure 9, sentence 2",
        "The curvature towards the end of the descent is positive throughout",
        "smallest alpha on the way",
        above(0),
        _smallest("alpha"),
    ),
    dataset_claim(
        "nmf-training-chord",
        "section 4.2, sentence 11; Definition 1",
        "From every iterate to the end of its descent the loss stays below its chord",
        "iterates from which it exceeds it",
        at_most(0),
        _chords_from_iterates(),
    ),
    dataset_claim(
        "nmf-bands-cosine",
        "caption of Figure 10, sentence 2",
        "The confidence bands of the cosine are small",
        "half the 95 % band, median over times",
        at_most(NARROW_COSINE_BAND),
        _band("cosine"),
        limit_reason="how small is not said; 0.05 is a twentieth of the range from 0 to 1",
    ),
    dataset_claim(
        "nmf-bands-alpha",
        "caption of Figure 9, sentence 3",
        "The confidence bands of the curvature are small",
        "half the 95 % band over the largest mean, median over times",
        at_most(NARROW_ALPHA_BAND),
        _band("alpha", relative=True),
        limit_reason="how small is not said; a tenth of the curve's largest mean",
    ),
)
"""Every claim about descents, in the paper's order."""
