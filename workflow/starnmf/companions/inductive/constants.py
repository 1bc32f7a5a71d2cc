"""The constants of eq. (10) beside what the paper prints of them."""

import math
from dataclasses import fields

import pandas as pd

from starnmf.companions.inductive.activations import ACTIVATIONS, Constants, constants

HALF = 1 / 2

PRINTED = {
    ("sigmoid", "rho"): 0.000658,
    ("tanh", "rho"): 0.0095,
    ("sigmoid", "beta11"): 0.0,
    ("tanh", "beta11"): 0.0,
    **{
        ("relu", name): HALF
        for name in ("alpha10", "alpha11", "alpha20", "beta10", "beta11", "beta20", "beta22", "gamma")
    },
}
"""Lemma C.1 and the text below it; the proof of Lemma D.3, which has beta11 twice and beta12 not at all."""


def measure_constants() -> pd.DataFrame:
    """Columns activation, constant, value, printed (empty where nothing is): every constant of every activation."""
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
