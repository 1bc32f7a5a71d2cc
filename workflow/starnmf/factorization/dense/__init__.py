"""Restarts on a fully observed matrix."""
