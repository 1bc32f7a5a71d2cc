"""Restarts on observed entries, on the CPU."""
