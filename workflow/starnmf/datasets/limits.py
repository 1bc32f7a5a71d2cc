"""Limits on what is read, known without loading any reader."""

EXPANDED_LIMIT = 20 * 10**9
"""Most bytes that one compressed file may expand to: Netflix, the largest dataset, has 2.1 in all."""
