"""Randomness with an address: a generator depends on what it is for and on nothing else."""

import hashlib

import numpy as np


def generator(seed: int, *address: str | int | float) -> np.random.Generator:
    """A random generator for one purpose, such as `generator(0, "metabolic", 0.4, "start", 17)`.

    The stream is a function of the run's seed and the address alone: not of job order, cores, how many restarts are
    stacked, nor of what else is configured. More restarts keep the earlier ones.
    """
    text = "/".join(str(part) for part in (seed, *address))
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))
