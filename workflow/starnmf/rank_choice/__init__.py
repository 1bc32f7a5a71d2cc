"""Which rank a matrix has, and how many restarts are enough at it."""

LARGEST_TRIED = 12
"""Largest rank that is tried unless others are asked for."""

HELD_OUT_STARTS = 3
"""Restarts of a fit to what is not held out, of which the one with the lowest loss predicts the rest."""
