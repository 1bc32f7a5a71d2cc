"""Randomness with an address: a generator depends on what it is for and on nothing else."""

import hashlib

import numpy as np


def generator(seed: int, *address: str | int | float) -> np.random.Generator:
    """A random generator for one purpose, such as `generator(0, "metabolic", 0.4, "start", 17)`.

    The numbers depend on the run's seed and the address alone: not on job order, cores, batches of restarts, or the
    rest of the configuration. With more restarts the earlier ones stay the same.
    """
    text = "/".join(str(part) for part in (seed, *address))
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))
