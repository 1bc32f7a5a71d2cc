"""How the paper trains its networks (Table 3, Appendix B), known without torch."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LEARNING_RATE = 0.1
MOMENTUM = 0.9
BATCH_SIZE = 128
WEIGHT_DECAY = 5e-4
INITIALIZATION = "Kaiming"
LOSS = "cross-entropy"
"""Table 3. The momentum is Nesterov's, as in the reference code of Li et al. (2018)."""

EPOCHS = 300
DROPS = (150, 225, 275)
"""Epochs of the training, and those after which the learning rate falls to a tenth. A shorter training has them at the
same shares of its own."""

THIRDS = 3
"""Checkpoints are kept at the start and after every third of the training: 0, 100, 200 and 300 of 300."""

TRAINING_IMAGES = 50_000


def learning_rate(share: float) -> float:
    """The learning rate after a share of the training, from 0 to 1."""
    return LEARNING_RATE * 0.1 ** sum(share >= drop / EPOCHS for drop in DROPS)


def checkpoint_epochs(epochs: int) -> tuple[int, ...]:
    """The epochs of which a checkpoint is kept."""
    return tuple(epochs * third // THIRDS for third in range(THIRDS + 1))


def training_address(network: str, training: int) -> tuple[str | int, ...]:
    """The first parts of the address of every random draw of a training; the first training has the name alone."""
    return (network, "training", training) if training else (network,)


def scale_mark(source: str, epochs: int, training_images: int) -> str:
    """A note on how networks differ from the paper's in scale, for every result; empty where they do not."""
    marks = ["synthetic images"] * (source == "stand-in")
    if epochs < EPOCHS:
        marks.append(f"reduced to {epochs} of {EPOCHS} epochs")
    if training_images < TRAINING_IMAGES:
        marks.append(f"{training_images:,} of {TRAINING_IMAGES:,} training images")
    return ", ".join(marks)


def scale_marks(rows: "pd.DataFrame") -> list[str]:
    """The notes of `scale_mark` on the networks in a table, each once."""
    cases = rows[["source", "epochs", "training_images"]].drop_duplicates().to_numpy()
    marks = [scale_mark(source, int(epochs), int(images)) for source, epochs, images in cases]
    return sorted({mark for mark in marks if mark})
