"""The article about the measured runs: its numbers, and how it is typeset."""
