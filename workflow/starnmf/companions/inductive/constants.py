"""The constants of eq. (10) beside what the paper prints of them."""

import math
from dataclasses import fields

import pandas as pd

from starnmf.companions.inductive.activations import ACTIVATIONS, Constants, constants

PRINTED = {
    ("sigmoid", "rho"): 0.000658,
    ("tanh", "rho"): 0.0095,
    ("sigmoid", "beta11"): 0.0,
    ("tanh", "beta11"): 0.0,
    **{
        ("relu", name): 1 / 2
        for name in ("alpha10", "alpha11", "alpha20", "beta10", "beta11", "beta20", "beta22", "gamma")
    },
}
"""Lemma C.1 and the text below it; the proof of Lemma D.3, which has beta11 twice and beta12 not at all."""


def measure_constants() -> pd.DataFrame:
    """Every constant of every activation: the columns of `tables.CONSTANTS`."""
    names = [*(field.name for field in fields(Constants)), "off_diagonal", "diagonal", "rho"]
    return pd.DataFrame(
        [
            {
                "activation": activation.name,
                "constant": name,
                "value": getattr(constants(activation), name),
                "printed": PRINTED.get((activation.name, name), math.nan),
            }
            for activation in ACTIVATIONS.values()
            for name in names
        ]
    )
