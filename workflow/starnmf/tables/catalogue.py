"""Which of the paper's tables are about networks, and which networks stand in which."""

from starnmf.networks.architecture import Architecture

LENGTH_TABLES = {
    "table2": "Typical lengths of local convexity of ResNets of various depth and width k.",
    "table4": "Continuation of Table 2.",
    "table5": "Table 2 for networks without shortcuts.",
}
"""The tables of lengths with what they show."""

IN_TABLE_4 = (32, 56, 80)
"""Layers."""


def length_table(architecture: Architecture) -> str:
    """The table a network stands in; those that the paper does not have join Table 2, or 5 without shortcuts."""
    if not architecture.shortcuts:
        return "table5"
    return "table4" if architecture.layers in IN_TABLE_4 else "table2"
