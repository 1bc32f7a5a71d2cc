"""The tables of the paper, and which networks each table of lengths has."""

from starnmf.networks.architecture import Architecture

LENGTH_TABLES = {
    "table2": "Typical lengths of local convexity of ResNets of various depth and width k.",
    "table4": "Continuation of Table 2.",
    "table5": "Table 2 for networks without shortcuts.",
}
"""The tables of lengths with their titles."""

TABLES = {
    "table1": "Datasets: size, rank and density, beside the paper's.",
    **LENGTH_TABLES,
    "table3": "Parameters of the networks' training, beside the paper's.",
    "table6": "Where the datasets are available, beside the paper's addresses.",
}
"""Every table with its title."""

IN_TABLE_4 = (32, 56, 80)
"""Layers."""


def length_table(architecture: Architecture) -> str:
    """The table of a network; networks that the paper does not have are in Table 2, or in 5 without shortcuts."""
    if not architecture.shortcuts:
        return "table5"
    return "table4" if architecture.layers in IN_TABLE_4 else "table2"
