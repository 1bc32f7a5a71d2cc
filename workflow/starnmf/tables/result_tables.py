"""Result tables among the paper's tables: those of lengths of local convexity."""

from starnmf.results.table import Table, integer, number, text

MEAN_LENGTHS = Table(
    path="tables/{table,table[245]}.csv",
    title="tables of convexity lengths",
    summary="Tables 2, 4 and 5: mean lengths of local convexity beside the paper's, one row for every cell.",
    key=("table", "layers", "width", "epoch"),
    columns=(
        text("table", "`table2`, `table4` or `table5`"),
        integer("layers", "layers of the network"),
        number("width", "the paper's k, by which the channels are multiplied"),
        integer("epoch", "epoch of the paper's training of 300 epochs"),
        number("paper", "length that the paper prints; empty for networks of this run alone", optional=True),
        number(
            "ours",
            "mean length over trainings and directions; empty, like the columns below, where not measured",
            optional=True,
        ),
        number("low", "lower end of its 95 % interval (`interval`)", optional=True),
        number("high", "upper end of the interval", optional=True),
        text(
            "interval",
            "`trainings`: t-interval of their means; `directions`: bootstrap over those of the only training",
            optional=True,
        ),
        number("standard_error", "standard error of the mean, over what `interval` names", optional=True),
        number("trainings", "trainings of the network, an integer", optional=True),
        number("grid", "mean length read off the grid", optional=True),
        number("directions", "random directions of each training, an integer", optional=True),
        number("own_epoch", "epoch at the same fraction of this run's training, an integer", optional=True),
        number("epochs", "epochs of this run's training, an integer", optional=True),
        number("training_images", "images that the network is trained on, an integer", optional=True),
        number("line_images", "training images that the loss is taken on, an integer", optional=True),
        text("batch_norm", "batch norm by the training's statistics (`eval`) or each batch's (`batch`)", optional=True),
        text("source", "`published`, `mirror` or `stand-in` (synthetic images)", optional=True),
    ),
)

TABLES: tuple[Table, ...] = (MEAN_LENGTHS,)
