"""Randomness with an address: a generator depends on what it is for and on nothing else."""

import hashlib

import numpy as np

Address = tuple[str | int | float, ...]


def address_of(dataset: str, rate: float, subsample: int) -> Address:
    """The address of a matrix: that of a subsample has its number, that of the whole, at rate 1.0, has none."""
    return (dataset, rate) if rate == 1 else (dataset, rate, subsample)


def generator(seed: int, *address: str | int | float) -> np.random.Generator:
    """A random generator for one purpose, such as `generator(0, "metabolic", 0.4, 2, "start", 17)`.

    The numbers depend on the run's seed and the address alone: not on job order, cores, batches of restarts, or the
    rest of the configuration. With more restarts the earlier ones stay the same.
    """
    text = "/".join(str(part) for part in (seed, *address))
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))
