"""Claims of section 4.3 and Appendix B about networks, measured where their convexity lengths are in the run."""

from starnmf.claims.claim import Claim, at_most
from starnmf.claims.results import Kind


def _claim(name: str, where: str, statement: str, metric: str) -> Claim:
    return Claim(f"networks-{name}", where, statement, metric, at_most(0), (Kind.NETWORKS,), lambda results: ())


CLAIMS = (
    _claim("table-3", "Table 3", "Networks are trained with the parameters of Table 3", "parameters that differ"),
    *(
        _claim(
            f"table-{number}", f"Table {number}", "Typical lengths of local convexity", "cells two standard errors off"
        )
        for number in (2, 4, 5)
    ),
    _claim("wider", "section 4.3", "Wider networks are more convex (32 layers or more)", "networks of which it is not"),
    _claim("training", "Table 2", "Convexity decreases during training", "networks of which it does not"),
    _claim("depth", "Table 2", "Convexity decreases with depth", "widths at which it does not"),
    _claim(
        "no-skip", "Table 5", "Wider networks are more convex without skip connections", "networks of which it is not"
    ),
    _claim(
        "figure-8", "Figure 8", "The loss of the wider 110-layer network is the more convex surface", "surfaces not so"
    ),
)
"""Every claim about networks. None has a measurement yet: the networks stage does not exist."""
