"""Spurious local minima of low-rank matrix recovery under restricted isometry (Zhang et al., 2018)."""
