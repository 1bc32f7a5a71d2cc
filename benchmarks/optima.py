"""Barriers between every two of 100 optima, matched: products of all factors against one pair at a time.

Random factors, float32 as stored, sums in float64. One pair at a time follows each segment from the difference of its
ends (`starnmf.curvature.segments`); it runs on a few pairs and is scaled up to all of them. A case whose barriers
differ between the two is refused.

    python benchmarks/optima.py orl metabolic --threads 2
"""

import time

import numpy as np
import torch
from contenders import Contender, measure
from curvature import random_stack
from shapes import SHAPES, compare_asked_shapes, random_matrix
from table import Row, show

from starnmf.blocks import one_thread_per_block
from starnmf.curvature.segments import Segment, quartics_of_segments
from starnmf.optima.barriers import balanced, measure_barriers
from starnmf.optima.matching import match_restarts

CPU = torch.device("cpu")
OPTIMA = 100

PAIRS = 3
"""Pairs that one pair at a time is measured on."""

SECONDS = 15.0
"""Of the rounds of a case."""


def compare(name: str, threads: int = 1, seconds: float = SECONDS, optima: int = OPTIMA) -> list[Row]:
    matrix, pairs = random_matrix(name), optima * (optima - 1) // 2
    restarts = random_stack(matrix, optima, np.float32)
    matching = match_restarts(restarts, threads)
    (U, V), few = balanced(restarts), range(min(PAIRS, pairs))

    def segment(pair: int) -> Segment:
        one, other, order = matching.first[pair], matching.second[pair], matching.order[pair]
        return (U[other][:, order], V[other][order]), (U[one], V[one])

    together = measure_barriers(matrix, restarts, matching, threads)[0].excess_over_chord()[few]
    apart = quartics_of_segments(matrix, [segment(pair) for pair in few]).excess_over_chord()
    if not np.allclose(together, apart, rtol=1e-6, atol=1e-12):
        raise ArithmeticError(f"{name}: barriers differ: {together} and {apart}")

    def all_pairs() -> float:
        start = time.perf_counter()
        measure_barriers(matrix, restarts, match_restarts(restarts, threads), threads)[0].rise_above_ends()
        return time.perf_counter() - start

    def pair_by_pair() -> float:
        start = time.perf_counter()
        for pair in few:
            quartics_of_segments(matrix, [segment(pair)]).rise_above_ends()
        return (time.perf_counter() - start) / len(few) * pairs

    contenders = [
        Contender("ours (all pairs, with their matching)", lambda: all_pairs),
        Contender(f"one pair at a time, matched (from {len(few)})", lambda: pair_by_pair),
    ]
    with one_thread_per_block():
        measured = measure(contenders, operations(name, optima) / threads, torch.float64, CPU, seconds)
    unit = f"{pairs} pairs"
    return [show(Row("optima", name, one, unit, threads)) for one in measured]


def operations(name: str, optima: int) -> float:
    """Additions and multiplications of the products of all factors, for the matching and for the segments."""
    n, m, r, observed = SHAPES[name]
    pairs = optima * (optima - 1) / 2
    if observed is None:
        return 2.0 * (pairs * r * r * (2 * (n + m) + 2 * min(n, m)) + optima * n * m * r)
    return 2.0 * pairs * (r * r * (n + m) + 2 * observed * 2 * r)


def cases() -> list[str]:
    return ["orl", "metabolic"]


if __name__ == "__main__":
    compare_asked_shapes(
        compare, __doc__, SECONDS, threads=(1, "threads of all pairs"), optima=(OPTIMA, "number of optima")
    )
