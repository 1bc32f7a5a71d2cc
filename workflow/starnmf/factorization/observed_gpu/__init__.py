"""Restarts on observed entries, on a GPU."""
