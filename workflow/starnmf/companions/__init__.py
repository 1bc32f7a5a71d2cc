"""Experiments on three works beside the paper, each in a package of its own."""
