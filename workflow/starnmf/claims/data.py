"""What data a finding is about: the paper's own, others, reduced ones or synthetic ones."""

from collections.abc import Iterable
from enum import StrEnum

import numpy as np
import pandas as pd

from starnmf.datasets.registry import NAMES, published
from starnmf.networks.protocol import EPOCHS, TRAINING_IMAGES
from starnmf.tables.printed import printed_lengths

SAME_SIZE = 0.02
"""How far the size of a matrix may be from Table 1's. Netflix is a random draw of users and movies."""

NO_SHORTCUTS = "table5"
"""The table of networks without shortcuts."""

PAPER_DATASETS = tuple(name for name in NAMES if published(name).in_table_1)


class Data(StrEnum):
    """The data behind a finding, from what says most about the paper to what says least."""

    NONE = ""
    """Random instances, exact computation or printed numbers: nothing was taken from a dataset."""
    PAPER = "paper's"
    OTHER = "other"
    """Real data, but not those of the paper: a user's matrix, another dataset, a part of one."""
    REDUCED = "reduced"
    """Networks trained on fewer images or for fewer epochs, or smaller than the paper's."""
    SYNTHETIC = "synthetic"


def least_telling(several: Iterable[Data]) -> Data:
    """What a finding on data of several kinds is about: the kind that says least about the paper."""
    return max(several, key=list(Data).index)


def data_of_matrix(dataset: str, source: str, reduction: float) -> Data:
    """The kind of a matrix, by its name, source and size relative to Table 1's."""
    if source == "stand-in":
        return Data.SYNTHETIC
    return Data.PAPER if dataset in PAPER_DATASETS and abs(reduction - 1) <= SAME_SIZE else Data.OTHER


def data_of_networks(rows: pd.DataFrame) -> Data:
    """The kind of networks, their images and their trainings, by the columns of a table about them.

    The paper's networks are those of Tables 2, 4 and 5.
    """
    if (rows["source"] == "stand-in").any():
        return Data.SYNTHETIC
    printed = printed_lengths()
    names = set(zip(printed["layers"], printed["width"], printed["table"] != NO_SHORTCUTS, strict=True))
    shortcuts = rows["shortcuts"] if "shortcuts" in rows else rows["table"] != NO_SHORTCUTS
    as_printed = np.array([name in names for name in zip(rows["layers"], rows["width"], shortcuts, strict=True)])
    whole = (rows["epochs"] >= EPOCHS) & (rows["training_images"] >= TRAINING_IMAGES)
    return Data.PAPER if (as_printed & whole).all() else Data.REDUCED
