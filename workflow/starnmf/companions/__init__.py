"""Experiments on work beside the paper: spurious local minima of low-rank matrix recovery under restricted isometry."""
