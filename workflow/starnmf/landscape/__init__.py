"""Exact curvature of the loss along lines: closed forms, no grids."""
