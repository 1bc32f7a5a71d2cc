"""Worlds of networks: lengths of local convexity along 25 directions, printed and measured."""

from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import t

from starnmf.networks import tables as networks
from starnmf.tables.printed import printed_lengths
from starnmf.tables.result_tables import MEAN_LENGTHS
from tests.claims.worlds.world import worlds_of

EPOCHS = (0, 300)
WIDTHS = (1.0, 2.0, 4.0)
DEEP = (44, 110)
AS_PRINTED = {"source": "published", "data_sha256": "ab12", "seed": 0, "epochs": 300, "training_images": 50_000}


def lengths(random, mean, depths=(20, *DEEP), shortcuts=True, trainings=3, between=0.02, of_direction=0.1):
    """Lengths along 25 directions around `mean(layers, width, epoch)`; means of trainings deviate by `between`."""
    sizes = (len(depths), len(WIDTHS), trainings, len(EPOCHS), 25)
    depth, factor, training, when, direction = (index.ravel() for index in np.indices(sizes))
    layers, width, epoch = np.array(depths)[depth], np.array(WIDTHS)[factor], np.array(EPOCHS)[when]
    of_training = between * random.standard_normal(sizes[:3])[depth, factor, training] * (epoch > 0)
    typical = mean(layers, width, epoch) + of_training
    length = np.clip(typical + of_direction * random.standard_normal(len(layers)), 0.02, 1)
    left = -length * random.uniform(0.4, 0.6, len(layers))
    name = [f"resnet{a}-k{b:g}" + "-plain" * (not shortcuts) for a, b in zip(layers, width, strict=True)]
    columns = {"network": name, "layers": layers, "width": width, "shortcuts": shortcuts, "training": training}
    columns |= {"epoch": epoch, "direction": direction, "length": length, "left": left, "right": left + length}
    columns |= {"grid_left": left, "grid_right": left + length, "value": 0.1, "evaluations": 60}
    return pd.DataFrame(AS_PRINTED | columns | {"line_images": 5000, "batch_norm": "eval", "device": "cuda"})


def usual(layers, width, epoch):
    """About as printed: longer in wide networks, shorter in deep ones and after training."""
    return 0.75 + 0.07 * np.log2(width) - 0.0007 * epoch - 0.0015 * layers


def surfaces(random, narrow, wide, trainings=3, between=0.03):
    """Surfaces of 25 x 25 points, convex where a smooth random field is low: a share of `narrow` and of `wide`."""
    x, y = np.meshgrid(*[np.linspace(-1, 1, 25)] * 2)
    tables = []
    for width, share in ((1.0, narrow), (4.0, wide)):
        for training in range(trainings):
            noise = random.standard_normal((25, 25))
            for _ in range(3):
                noise = sum(np.roll(noise, shift, axis) for shift in (-1, 0, 1) for axis in (0, 1))
            field = 3 * np.hypot(x, y) + 0.3 * noise / noise.std()
            convex = field <= np.quantile(field, np.clip(share + between * random.standard_normal(), 0, 1))
            edge = (np.abs(x) == 1) | (np.abs(y) == 1)
            columns = {"network": f"resnet110-k{width:g}", "layers": 110, "width": width, "shortcuts": True}
            columns |= {"training": training, "epoch": 200, "x": x.ravel(), "y": y.ravel(), "loss": field.ravel()}
            columns |= {"convex": np.where(edge, None, convex).ravel(), "line_images": 5000, "batch_norm": "eval"}
            tables.append(pd.DataFrame(AS_PRINTED | columns | {"device": "cuda"}))
    return pd.concat(tables, ignore_index=True)


def mean_lengths(random, difference=lambda rows: 0.0, printed=None, trainings=3, of_direction=0.1, between=0.02):
    """Tables 2, 4 and 5 beside means of this run: 25 directions of one training there, of each of several here.

    `difference(rows)` is how far this run's mean is from the paper's; `printed(rows)` replaces what the paper prints.
    """
    table = printed_lengths().rename(columns={"length": "paper"})
    error = (of_direction**2 / 25 + between**2) ** 0.5
    if printed is not None:
        table["paper"] = np.clip(printed(table) + error * random.standard_normal(len(table)), 0, 1).round(2)
    # The printed number has an error as well: those of this run are around what it would be without.
    truth = table["paper"] + error * random.standard_normal(len(table)) + difference(table)
    of_each = np.clip(truth.to_numpy()[:, None] + error * random.standard_normal((len(table), trainings)), 0.02, 1)
    ours, interval = of_each.mean(axis=1), "trainings" if trainings > 1 else "directions"
    own_error = of_each.std(axis=1, ddof=1) / trainings**0.5 if trainings > 1 else of_direction / 5 + 0 * ours
    reach = (t.ppf(0.975, trainings - 1) if trainings > 1 else 1.96) * own_error
    columns = {"ours": ours, "low": ours - reach, "high": ours + reach, "interval": interval, "grid": ours}
    columns |= {"standard_error": own_error, "trainings": trainings, "directions": 25, "own_epoch": table["epoch"]}
    return table.assign(**AS_PRINTED, **columns, line_images=5000, batch_norm="eval")


def trained(table):
    """1 after the start of the training, 0 before."""
    return (table["epoch"] > 0).astype(float)


def printed_as(width=0.1, training=0.1, depth=0.001):
    """Lengths after training that change by these for each doubling of the width, each epoch kept and each layer."""

    def mean(table):
        fall = training * table["epoch"] / 100
        of_network = width * np.log2(table["width"]) - depth * table["layers"]
        return np.where(table["epoch"] == 0, 1.0, 0.75 + of_network - fall)

    return mean


def trainings(random, **changes):
    """Networks trained with the parameters of Table 3."""
    rows = [
        AS_PRINTED
        | {"network": f"resnet{layers}-k{width:g}", "layers": layers, "width": width, "shortcuts": True, "training": 0,
           "parameters": 10**6, "test_images": 10_000, "learning_rate": 0.1, "learning_rate_drops": "150 225 275",
           "momentum": 0.9, "nesterov": True, "batch_size": 128, "weight_decay": 0.0005,
           "initialization": "Kaiming", "loss_function": "cross-entropy", "precision": "bfloat16", "device": "cuda",
           "training_loss": random.uniform(0.001, 0.1), "training_accuracy": 0.99, "test_accuracy": 0.94}
        for layers in DEEP
        for width in WIDTHS
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**changes)


WIDER, TRAINING, DEPTH, PLAIN = "networks-wider", "networks-training", "networks-depth", "networks-no-skip"
NO_EFFECT = partial(lengths, mean=lambda *_: 0.6, between=0.05)

NETWORKS = [
    *worlds_of(
        networks.LENGTHS,
        (f"{WIDER} networks-wider-shallow {TRAINING} {DEPTH}", True, "about as printed", partial(lengths, mean=usual)),
        (f"{WIDER} {TRAINING}", True, "about as printed, one training",
         partial(lengths, mean=usual, trainings=1), False),
        (PLAIN, True, "wider ones longer", partial(lengths, mean=usual, shortcuts=False, depths=(20, 44))),
        (PLAIN, False, "wider ones shorter",
         partial(lengths, mean=lambda layers, width, epoch: 0.8 - 0.05 * width, shortcuts=False, depths=(20, 44))),
        (f"{WIDER} {TRAINING} {DEPTH}", False, "no effect, deviations of 0.05 between trainings", NO_EFFECT, False),
        (f"{WIDER} {DEPTH}", False, "no effect, deviations of 0.05, one training of each network",
         partial(NO_EFFECT, trainings=1), False),
        (WIDER, False, "no effect, deviations of 0.05, one training of each network of one depth",
         partial(NO_EFFECT, trainings=1, depths=(44,)), False),
        (WIDER, False, "no effect, deviations of 0.05, three trainings of each network of one depth",
         partial(NO_EFFECT, depths=(44,)), False),
        (PLAIN, False, "no effect, deviations of 0.05, one training of each network",
         partial(NO_EFFECT, trainings=1, shortcuts=False, depths=(20, 44)), False),
        (WIDER, False, "wider ones shorter",
         partial(lengths, mean=lambda layers, width, epoch: 0.8 - 0.05 * width)),
        ("networks-wider-shallow", False, "wider ones longer from 32 layers on only",
         partial(lengths, mean=lambda layers, width, epoch: 0.5 + 0.05 * width * np.where(layers >= 32, 1, -1))),
        (TRAINING, False, "longer after training", partial(lengths, mean=lambda _, __, epoch: 0.5 + 0.001 * epoch)),
        (DEPTH, False, "deeper ones longer", partial(lengths, mean=lambda layers, *_: 0.4 + 0.003 * layers)),
    ),
    *worlds_of(
        networks.NETWORK_SURFACES,
        ("networks-figure-8", True, "60 % convex beside 90 %", partial(surfaces, narrow=0.6, wide=0.9)),
        ("networks-figure-8", False, "90 % convex beside 60 %", partial(surfaces, narrow=0.9, wide=0.6)),
    ),
    *worlds_of(
        networks.TRAININGS,
        ("networks-table-3", True, "as printed", trainings),
        ("networks-table-3", False, "batches of 256", partial(trainings, batch_size=256)),
    ),
    *worlds_of(
        MEAN_LENGTHS,
        ("networks-table-2 networks-table-4 networks-table-5", True, "the same networks, other trainings",
         mean_lengths, False),
        ("networks-table-2 networks-table-4 networks-table-5", True, "the same networks, one other training",
         partial(mean_lengths, trainings=1), False),
        ("networks-table-2 networks-table-4 networks-table-5", False, "0.2 shorter after training",
         partial(mean_lengths, difference=lambda table: -0.2 * trained(table))),
        ("networks-table-2", False, "narrow networks as long as wide ones",
         partial(mean_lengths, difference=lambda table: 0.1 * trained(table) * (2 - np.log2(table["width"]))), False),
        ("printed-wider printed-wider-caption printed-wider-plain printed-training printed-depth", True,
         "clear effects", partial(mean_lengths, printed=printed_as(depth=0.003))),
        ("printed-wider printed-wider-caption printed-wider-plain", False, "wider ones shorter",
         partial(mean_lengths, printed=printed_as(width=-0.1))),
        ("printed-wider printed-wider-caption printed-wider-plain printed-training printed-depth", False,
         "no effect but of directions", partial(mean_lengths, printed=lambda table: 0.7 + 0 * table["layers"]), False),
        ("printed-wider printed-wider-caption", False, "the widest longest, those between as the narrowest shortest",
         partial(mean_lengths, printed=lambda table: 0.6 + 0.1 * (table["width"] == 4) - 0.15 * (table["width"] == 2)),
         False),
        ("printed-training", False, "longer with training",
         partial(mean_lengths, printed=lambda table: 0.4 + 0.001 * table["epoch"])),
        ("printed-depth", False, "deeper ones longer", partial(mean_lengths, printed=printed_as(depth=-0.003))),
    ),
]  # fmt: skip
