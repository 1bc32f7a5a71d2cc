"""Companions measured at small sizes, in runs that look at what is made of their tables and not at the numbers."""

from starnmf.companions.inductive import conditioning, deviations, first_row, fresh_samples, phases
from starnmf.companions.isometry import starts, stochastic_descent
from starnmf.companions.purification import conditions, floors, potential

SIZES = (
    (conditioning, {"KAPPAS": (1, 4)}),
    (deviations, {"MANY": 2**10, "SIZES": (2**7, 2**8, 2**9), "DIMENSIONS": (4, 5, 6), "DISTANCES": (0.3, 0.1, 0.03)}),
    (first_row, {"DIMENSIONS": (2, 3), "SMALLEST": (0.3, 0.1)}),
    (fresh_samples, {"STEPS": 100}),
    (phases, {"ITERATIONS": 5, "USERS": (10, 40, 80), "OBSERVED": (50, 200, 400)}),
    (stochastic_descent, {"STEPS": (20, 50, 100)}),
    (starts, {"STEPS": 30}),
    (conditions, {"ITERATIONS": 50}),
    (floors, {"ITERATIONS": 4, "SAMPLES": (100, 1000)}),
    (potential, {"ITERATIONS": 100}),
)


def shorten():
    """Set the sizes for as long as the process lives."""
    for module, sizes in SIZES:
        for name, value in sizes.items():
            setattr(module, name, value)
