"""The bounds of section 5.2 on a = |E_+|_s and b = |E_-|_s after one iteration, without its small h.

    a' <= (1 - 3/25 eta) a + 7 eta b,   b' <= (1 - 24/25 eta) b + 1/100 eta a,

which should couple: a' + beta b' <= (1 - 1/25 eta) (a + beta b) for some beta in (1, 8).
"""

from starnmf.companions.purification.pseudo_inverse import Array

POSITIVE_DECAY, FROM_NEGATIVE = 3 / 25, 7
NEGATIVE_DECAY, FROM_POSITIVE = 24 / 25, 1 / 100
COUPLED_DECAY = 1 / 25
"""The printed factors of eta."""

BETA = 7.8
"""The weight of the negative part in the potential: within `coupling_weights`."""


def allowed(a: Array, b: Array, step_size: float) -> tuple[Array, Array]:
    """The largest next a and b."""
    return (
        (1 - POSITIVE_DECAY * step_size) * a + FROM_NEGATIVE * step_size * b,
        (1 - NEGATIVE_DECAY * step_size) * b + FROM_POSITIVE * step_size * a,
    )


def coupled_contraction(step_size: float) -> float:
    """The largest ratio of a + beta b to the one before."""
    return 1 - COUPLED_DECAY * step_size


def coupling_weights() -> tuple[float, float]:
    """The smallest and the largest beta for which the two recurrences give that of a + beta b.

    The terms of a require beta / 100 <= 3/25 - 1/25, those of b for 7 <= (24/25 - 1/25) beta.
    """
    return FROM_NEGATIVE / (NEGATIVE_DECAY - COUPLED_DECAY), (POSITIVE_DECAY - COUPLED_DECAY) / FROM_POSITIVE
