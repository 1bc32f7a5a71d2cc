"""Result tables of the networks."""

from starnmf.datasets.tables import SEED
from starnmf.factorization.tables import DATA_SHA256
from starnmf.results.table import Table, boolean, integer, number, text

ARCHITECTURE = (
    text("network", "name of the network, such as `resnet20-k4` or `resnet20-k4-plain`"),
    integer("layers", "layers"),
    number("width", "the paper's k, by which the channels are multiplied"),
    boolean("shortcuts", "whether the network has shortcuts"),
)
TRAINING = integer("training", "number of the training of this network, from 0; each has random draws of its own")
SOURCE = text("source", "`published`, `mirror` or `stand-in` (synthetic images)")
EPOCHS = integer("epochs", "epochs of the whole training")
TRAINING_IMAGES = integer("training_images", "images that the network is trained on")

NETWORK = (*ARCHITECTURE, TRAINING, SOURCE, DATA_SHA256, SEED, EPOCHS, TRAINING_IMAGES)
"""What tables about a network begin with."""

EPOCH = integer("epoch", "epochs of training after which the loss is examined; 0: the start")
DEVICE = text("device", "`cpu` or `cuda`")

LOSS_OPTIONS = (
    integer("line_images", "training images that the loss is taken on"),
    text("batch_norm", "batch norm by the statistics of the training (`eval`) or of each batch (`batch`)"),
    DEVICE,
)

HISTORY = Table(
    path="networks/{network}/training-{training}/history.csv",
    title="training histories of networks",
    summary="One row for every epoch of a training.",
    key=("epoch",),
    columns=(
        integer("epoch", "number of the epoch, from 1"),
        number("learning_rate", "learning rate at the end of the epoch"),
        number("loss", "mean cross-entropy over the augmented batches of the epoch"),
        number("accuracy", "classification accuracy over the augmented batches of the epoch"),
        number("test_accuracy", "classification accuracy on the test images after the epoch"),
    ),
)

TRAININGS = Table(
    path="networks/{network}/training-{training}/summary.csv",
    title="trainings of networks",
    summary="How a network was trained and how this training ended, in one row.",
    key=("network", "training"),
    columns=(
        *ARCHITECTURE,
        TRAINING,
        integer("parameters", "trainable parameters"),
        SOURCE,
        DATA_SHA256,
        SEED,
        TRAINING_IMAGES,
        integer("test_images", "images that the network is tested on"),
        EPOCHS,
        number("learning_rate", "learning rate at the start"),
        text("learning_rate_drops", "epochs after which the learning rate falls to a tenth, separated by spaces"),
        number("momentum", "momentum of stochastic gradient descent"),
        boolean("nesterov", "whether the momentum is Nesterov's"),
        integer("batch_size", "images in a batch"),
        number("weight_decay", "weight decay"),
        text("initialization", "how the weights are initialized: `Kaiming`"),
        text("loss_function", "`cross-entropy`"),
        text(
            "precision",
            "of training: `float32` on a CPU, `bfloat16` on a GPU; testing is in float32",
        ),
        DEVICE,
        number("training_loss", "mean cross-entropy over the augmented batches of the last epoch"),
        number("training_accuracy", "classification accuracy over the augmented batches of the last epoch"),
        number("test_accuracy", "classification accuracy on the test images at the end"),
    ),
)

LENGTHS = Table(
    path="networks/{network}/training-{training}/lengths.csv",
    title="convexity lengths of networks",
    summary="How far the training loss is convex around a network's weights, along random directions.",
    key=("network", "training", "epoch", "direction"),
    columns=(
        *NETWORK,
        EPOCH,
        integer("direction", "number of the random direction"),
        number("length", "length of the interval around 0 on which the loss is convex, 1 at most"),
        number("left", "left end of the interval, from -1/2 to 0"),
        number("right", "right end of the interval, from 0 to 1/2"),
        number("grid_left", "left end of the interval, rounded outwards to the grid"),
        number("grid_right", "right end of the interval, rounded outwards to the grid"),
        number("value", "mean cross-entropy at the network's weights"),
        integer("evaluations", "loss evaluations"),
        *LOSS_OPTIONS,
    ),
)

NETWORK_SURFACES = Table(
    path="networks/{network}/training-{training}/surface.csv",
    title="loss surfaces of networks",
    summary="The training loss over two random directions, after two thirds of the training (Figure 8).",
    key=("network", "training", "epoch", "x", "y"),
    columns=(
        *NETWORK,
        EPOCH,
        number("x", "step along the first direction; the weights are at 0"),
        number("y", "step along the second direction"),
        number("loss", "mean cross-entropy"),
        boolean("convex", "whether the discrete Hessian is positive semidefinite; empty at the edge", optional=True),
        *LOSS_OPTIONS,
    ),
)

TABLES: tuple[Table, ...] = (HISTORY, TRAININGS, LENGTHS, NETWORK_SURFACES)
