"""Recovery of non-negative factorizations by alternating updates (Li, Liang and Risteski, 2016)."""
