"""Restarts on a fully observed matrix, on a GPU."""
