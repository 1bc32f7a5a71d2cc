"""Commands that train networks and measure the local convexity of their loss."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.choices import BatchNorm, Device
from starnmf.cli.options import DeviceOption, OutputCsv, Seed, Threads

app = typer.Typer(help="ResNets on CIFAR-10, and local convexity of their loss.", no_args_is_help=True)

ImagesFile = Annotated[Path, typer.Argument(help="HDF5 of images.", exists=True)]
CheckpointsFile = Annotated[Path, typer.Argument(help="HDF5 of a network's checkpoints.", exists=True)]
LineImages = Annotated[int, typer.Option(min=1, help="Training images the loss is taken on.")]
BatchNormOption = Annotated[BatchNorm, typer.Option(help="Statistics of the training, or of each batch.")]


@app.command("train")
def train(
    network: Annotated[str, typer.Argument(help="resnet20-k4, or resnet20-k4-plain without shortcuts.")],
    images: ImagesFile,
    checkpoints: Annotated[Path, typer.Argument(help="HDF5 of the checkpoints to write.")],
    history: Annotated[Path, typer.Argument(help="CSV of one row per epoch to write.")],
    summary: Annotated[Path, typer.Argument(help="CSV of one row for the training to write.")],
    epochs: Annotated[int, typer.Option(min=3, help="A multiple of 3.")],
    resume: Annotated[Path, typer.Option(help="State that a killed training resumes from; deleted at its end.")],
    resume_every: Annotated[int, typer.Option(min=1, help="Epochs between the states.")] = 10,
    training: Annotated[int, typer.Option(min=0, help="Number of the training, which has draws of its own.")] = 0,
    seed: Seed = 0,
    device: DeviceOption = Device.AUTO,
    threads: Annotated[int, typer.Option(min=1, help="Threads on a CPU; the last bits depend on their number.")] = 1,
) -> None:
    """Train a ResNet by the paper's protocol (Table 3)."""
    from starnmf.device import choose_device
    from starnmf.images import load_images
    from starnmf.networks.architecture import architecture_named
    from starnmf.networks.checkpoints import save_checkpoints
    from starnmf.networks.tables import HISTORY, TRAININGS
    from starnmf.networks.training import Plan, train

    plan = Plan(architecture_named(network), epochs, seed, choose_device(device.value), training)
    trained = train(plan, load_images(images), threads, resume, resume_every)
    HISTORY.write(trained.history, history)
    TRAININGS.write({name: [value] for name, value in trained.summary.items()}, summary)
    save_checkpoints(checkpoints, trained.kept, trained.summary)
    resume.unlink(missing_ok=True)


@app.command("lengths")
def lengths(
    checkpoints: CheckpointsFile,
    images: ImagesFile,
    output: OutputCsv,
    directions: Annotated[int, typer.Option(min=2, help="Random directions at every checkpoint.")],
    points: Annotated[int, typer.Option(min=7, help="Points of a segment, an odd number.")],
    line_images: LineImages,
    batch_norm: BatchNormOption = BatchNorm.EVAL,
    seed: Seed = 0,
    device: DeviceOption = Device.AUTO,
    threads: Threads = 1,
) -> None:
    """Lengths of local convexity of the loss around a network's weights, at every checkpoint."""
    from starnmf.device import choose_device
    from starnmf.images import load_images
    from starnmf.networks.lengths import measure_lengths
    from starnmf.networks.loss_surface import LossOptions
    from starnmf.networks.tables import LENGTHS

    options = LossOptions(line_images, batch_norm.value, seed, choose_device(device.value), threads)
    LENGTHS.write(measure_lengths(checkpoints, load_images(images), directions, points, options), output)


@app.command("surface")
def network_surface(
    checkpoints: CheckpointsFile,
    images: ImagesFile,
    output: OutputCsv,
    points: Annotated[int, typer.Option(min=3, help="Points along each side.")],
    line_images: LineImages,
    batch_norm: BatchNormOption = BatchNorm.EVAL,
    seed: Seed = 0,
    device: DeviceOption = Device.AUTO,
    threads: Threads = 1,
) -> None:
    """The loss on a plane of two random directions, after two thirds of a network's training."""
    from starnmf.device import choose_device
    from starnmf.images import load_images
    from starnmf.networks.loss_surface import LossOptions
    from starnmf.networks.surface import measure_surface
    from starnmf.networks.tables import NETWORK_SURFACES

    options = LossOptions(line_images, batch_norm.value, seed, choose_device(device.value), threads)
    NETWORK_SURFACES.write(measure_surface(checkpoints, load_images(images), points, options), output)
