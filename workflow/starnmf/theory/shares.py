"""A share with its interval, in the four columns that tables of the theory have for it."""

from starnmf.statistics import proportion_interval


def share_columns(name: str, hits: int, trials: int) -> dict[str, float]:
    """The columns `name`, `name_share`, `name_low` and `name_high`: hits, their share and its Wilson interval."""
    low, high = proportion_interval(hits, trials)
    return {name: hits, f"{name}_share": hits / trials, f"{name}_low": low, f"{name}_high": high}
