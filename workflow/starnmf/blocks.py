"""Work cut into fixed blocks that threads take one by one.

The cut never depends on the number of threads and every block runs with single-threaded linear algebra, so a result
has the same bits on one core and on many. `one_thread_per_block` must therefore hold around the work.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import TypeVar

from threadpoolctl import threadpool_limits

Block = TypeVar("Block")
Result = TypeVar("Result")


one_thread_per_block = partial(threadpool_limits, limits=1)
"""A context in which every BLAS and OpenMP library loaded so far keeps to a single thread."""


def map_blocks(function: Callable[[Block], Result], blocks: Iterable[Block], threads: int) -> list[Result]:
    """Apply `function` to every block on `threads` threads; results in the order of the blocks.

    The function should spend its time outside the interpreter lock (BLAS, torch, numba with nogil).
    """
    blocks = list(blocks)
    if threads == 1 or len(blocks) == 1:
        return [function(block) for block in blocks]
    with ThreadPoolExecutor(min(threads, len(blocks))) as pool:
        return list(pool.map(function, blocks))


def even_blocks(count: int, largest: int) -> Sequence[slice]:
    """Cut `range(count)` into the fewest slices of at most `largest` items, as even as can be."""
    parts = -(-count // largest)
    edges = [count * part // parts for part in range(parts + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]
