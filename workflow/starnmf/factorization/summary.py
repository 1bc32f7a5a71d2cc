"""One row per restart: what figures and readers need to know of a factorization without its factors."""

import pandas as pd

from starnmf.factors import Factors


def summarize(factors: Factors) -> pd.DataFrame:
    """Identity of the run and, per restart, loss, steps, step size and whether it converged or met the step cap."""
    identity = {
        name: factors.attributes[name]
        for name in ("dataset", "regime", "rate", "source", "n", "m", "rank", "observed", "reduction", "optimizer")
    }
    return pd.DataFrame(
        identity
        | {
            "device": factors.attributes["device"],
            "restart": range(len(factors.loss)),
            "loss": factors.loss,
            "steps": factors.steps,
            "step_cap": factors.attributes["step_cap"],
            "learning_rate": factors.step_size,
            "converged": factors.converged,
            "projected_gradient": factors.projected_gradient,
        }
    )
