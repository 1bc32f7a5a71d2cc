"""The slides' counterexample: measurements with delta = 1/2, a ground truth z, and a point x that should be spurious.

The slides' text has lost the roots of its matrices (slides 17 to 19). Under a root over the whole fraction, sqrt(3/2),
the restricted isometry constant is 1/2; under sqrt(3)/2 it is not, unless the first matrix is diag(1, 1/2).
"""

import numpy as np
import pandas as pd

from starnmf.arrays import Array
from starnmf.companions.isometry.recovery import Recovery, gradient, hessian, rip_constant

Z = np.array([[1.0], [0.0]])
"""The ground truth."""

X = np.array([[0.0], [np.sqrt(1 / 2)]])
"""The point that the slides call a spurious local minimum."""

RADII = (0.3, 0.1, 0.03)
"""Of the circles around x on which f is compared with f(x)."""

ANGLES = 36_000
"""Points on each circle."""


def measurements(first: tuple[float, float], third: float) -> Array:
    """A1 = diag(first), A2 with `third` off its diagonal, A3 = diag(0, third): (3, 2, 2)."""
    return np.array([np.diag(first), [[0.0, third], [third, 0.0]], np.diag([0.0, third])])


INTERPRETATIONS = {
    "sqrt(3/2)": Recovery(measurements((np.sqrt(2), 1 / np.sqrt(2)), np.sqrt(3 / 2)), Z),
    "sqrt(3)/2": Recovery(measurements((np.sqrt(2), 1 / np.sqrt(2)), np.sqrt(3) / 2), Z),
    "sqrt(3)/2, A1 = diag(1, 1/2)": Recovery(measurements((1.0, 1 / 2), np.sqrt(3) / 2), Z),
}
"""Interpretations of the damaged matrices; the third is the first divided by sqrt(2)."""

ANY = "any"

COUNTEREXAMPLE = INTERPRETATIONS["sqrt(3/2)"]
"""The interpretation that the slides' statements are checked on."""


def measure_counterexample() -> pd.DataFrame:
    """Each interpretation's delta, and what x is under it: the columns of `tables.COUNTEREXAMPLE`.

    One more row, for `ANY` interpretation, is how much lengths may change under 1/5-RIP (slide 11).
    """
    rows = [(name, *quantity) for name, recovery in INTERPRETATIONS.items() for quantity in _quantities(recovery)]
    # Lengths change by factors from sqrt(1 - delta) to sqrt(1 + delta), around 1 or around the middle of the two.
    low, high = np.sqrt(1 - 1 / 5), np.sqrt(1 + 1 / 5)
    statement = "largest relative change of a length under delta = 0.2, at the best scale"
    rows.append((ANY, "distortion", statement, float((high - low) / (high + low))))
    return pd.DataFrame(rows, columns=["reading", "quantity", "statement", "value"])


def fall_on_circle(recovery: Recovery, radius: float) -> float:
    """The smallest f - f(x) on a circle around x; a local minimum has none below 0 on small circles."""
    angle = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
    points = X[:, 0] + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    measured = np.einsum("kij,pi,pj->pk", recovery.measurements, points, points)
    return float((np.square(measured - recovery.values).sum(axis=1)).min() - recovery.loss(X))


def _quantities(recovery: Recovery) -> list[tuple[str, str, float]]:
    eigenvalues = np.linalg.eigvalsh(recovery.kernel)
    curvatures = np.linalg.eigvalsh(hessian(recovery.kernel, X, Z))
    slope = np.linalg.norm(gradient(recovery.kernel, X, Z))
    return [
        ("smallest-eigenvalue", "smallest |A(M)|^2 over symmetric M with |M| = 1", float(eigenvalues[0])),
        ("largest-eigenvalue", "largest |A(M)|^2 over symmetric M with |M| = 1", float(eigenvalues[-1])),
        ("rip-constant", "smallest delta of a restricted isometry, up to scale", rip_constant(recovery.kernel)),
        ("loss", "f(x)", recovery.loss(X)),
        ("gradient", "norm of the gradient at x", float(slope)),
        ("smallest-curvature", "smallest eigenvalue of the Hessian at x", float(curvatures[0])),
        ("largest-curvature", "largest eigenvalue of the Hessian at x", float(curvatures[-1])),
        *(
            (f"fall-{radius:g}", f"smallest f - f(x) at distance {radius:g} of x", fall_on_circle(recovery, radius))
            for radius in RADII
        ),
    ]
