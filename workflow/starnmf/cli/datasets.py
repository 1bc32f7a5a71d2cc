"""Commands that make matrices and images of published, synthetic or user-supplied files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starnmf.cli.options import ExpandedLimit, MatrixFile, OutputHdf5, Seed, SourceOption, check_outputs
from starnmf.datasets import DOWNLOAD_HOURS, EXPANDED_LIMIT, LOWEST_RATE
from starnmf.errors import InputError

if TYPE_CHECKING:
    from starnmf.matrix import Matrix

app = typer.Typer(help="Published or synthetic files, to normalised matrices.", no_args_is_help=True)

Options = Annotated[list[str] | None, typer.Option("--option", help="A reading option of the dataset, as key=value.")]
DescriptionCsv = Annotated[Path, typer.Argument(help="CSV to write: what the matrix is, in one row.")]


@app.command("stand-in")
def write_stand_in(
    dataset: str,
    folder: Annotated[Path, typer.Argument(help="Folder the raw files are written to.")],
    rank: Annotated[int, typer.Option(help="Rank of the planted structure.")],
    shape: Annotated[str | None, typer.Option(help="Shape of the matrix, as 320x156; default: the paper's.")] = None,
    seed: Seed = 0,
) -> None:
    """Write synthetic data in a dataset's published file format."""
    from starnmf.datasets.stand_in import write_stand_in

    _check_new(folder)
    write_stand_in(dataset, folder, _parse_shape(shape), rank, seed)


@app.command("fetch")
def fetch(
    dataset: str,
    folder: Annotated[Path, typer.Argument(help="Folder the files are saved in.")],
    receipt: Annotated[Path, typer.Argument(help="JSON to write: the checksums of the files.")],
    record: Annotated[Path, typer.Option(help="JSON of checksums of files without published ones.")],
    mirror: Annotated[
        str | None, typer.Option(help="Address of a mirror to fetch from, in place of publishers.")
    ] = None,
    offline: Annotated[bool, typer.Option(help="Download nothing; name missing files.")] = False,
    lowest_rate: Annotated[
        float, typer.Option(min=0, help="Bytes per second below which a download is given up.")
    ] = LOWEST_RATE,
    download_hours: Annotated[float, typer.Option(min=0, help="Longest time of a download.")] = DOWNLOAD_HOURS,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Download a dataset's published files and verify them; existing files are verified only."""
    from starnmf.datasets.fetching import fetch
    from starnmf.datasets.transfer import Limits

    fetch(dataset, folder, receipt, record, mirror, offline, Limits(lowest_rate, download_hours, expanded_limit))


@app.command("check-sources")
def check_sources(page: Annotated[Path, typer.Argument(help="Markdown to write: docs/reference/sources.md.")]) -> None:
    """Try all addresses of the datasets' files, and write which answer."""
    from datetime import UTC, datetime

    from starnmf.datasets.source_check import write_sources

    write_sources(page, datetime.now(UTC).date())


@app.command("normalize")
def normalize(
    dataset: str,
    folder: Annotated[Path, typer.Argument(help="Folder that holds the published files.", exists=True)],
    output: OutputHdf5,
    description: DescriptionCsv,
    source: SourceOption,
    rank: Annotated[int, typer.Option(help="Rank of the factorization.")],
    seed: Seed = 0,
    option: Options = None,
    parsed: Annotated[
        Path | None, typer.Option(help="Folder of parsed real data, which are parsed once for all runs.")
    ] = None,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Parse a dataset's raw files to a matrix whose observed entries have variance 1."""
    from starnmf.datasets.normalization import normalize

    options = _parse_options(option)
    matrix = normalize(dataset, folder, source.value, rank, seed, options, expanded_limit, parsed)
    _write_matrix(matrix, output, description)


@app.command("own")
def own(
    name: Annotated[str, typer.Argument(help="Name of the dataset in results and figures.")],
    file: Annotated[Path, typer.Argument(help="File that holds the matrix.")],
    output: OutputHdf5,
    description: DescriptionCsv,
    rank: Annotated[
        int | None, typer.Option(min=1, help="Rank of the factorization; suggested where it is not given.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="Name of the array, or of the file in an archive.")] = None,
    option: Options = None,
    seed: Seed = 0,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Read a user-supplied matrix and scale it to variance 1; options are layout, names and missing."""
    from starnmf.datasets import own_files
    from starnmf.datasets.options import read_options
    from starnmf.datasets.own import own_matrix

    check_outputs([output, description], [file])
    options = read_options(own_files.Options, name, _parse_options(option))
    _write_matrix(own_matrix(name, file, key, options, rank, seed, expanded_limit), output, description)


@app.command("subsample")
def subsample(
    matrix: MatrixFile,
    output: OutputHdf5,
    rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of rows and of columns to keep.")],
    subsamples: Annotated[
        int, typer.Option(min=1, help="Number of independent subsamples; there is one at rate 1.")
    ] = 1,
) -> None:
    """Keep random shares of the rows and of the columns."""
    from starnmf.matrix import load_matrix, subsample
    from starnmf.subsamples import save_matrices

    check_outputs([output], [matrix])
    whole, count = load_matrix(matrix), 1 if rate == 1 else subsamples
    save_matrices((subsample(whole, rate, number) for number in range(count)), output)


@app.command("stand-in-images")
def write_stand_in_images(
    folder: Annotated[Path, typer.Argument(help="Folder the batches are written to.")],
    training: Annotated[int, typer.Option(min=1, help="Training images.")],
    test: Annotated[int, typer.Option(min=1, help="Test images.")],
    seed: Seed = 0,
) -> None:
    """Write synthetic images in CIFAR-10's binary format."""
    from starnmf.datasets.cifar10 import write_stand_in

    _check_new(folder)
    write_stand_in(folder, training, test, seed)


@app.command("images")
def images(
    folder: Annotated[Path, typer.Argument(help="Folder that holds CIFAR-10, or a part of it.", exists=True)],
    output: OutputHdf5,
    source: SourceOption,
    expanded_limit: ExpandedLimit = EXPANDED_LIMIT,
) -> None:
    """Parse CIFAR-10's binary files to training and test images."""
    from starnmf.datasets.cifar10 import read_images
    from starnmf.images import save_images

    save_images(read_images(folder, source.value, expanded_limit), output)


def _check_new(folder: Path) -> None:
    """Raise `InputError` where synthetic files could replace others."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"{folder}: is there and not empty; expected a new folder for synthetic data. Name another one"
        )


def _write_matrix(matrix: "Matrix", output: Path, description: Path) -> None:
    """Write a matrix, and the table that describes it."""
    from starnmf.datasets.tables import MATRICES
    from starnmf.matrix import attributes_of, save_matrix

    save_matrix(matrix, output)
    known = attributes_of(matrix)
    MATRICES.write({name: [known[name]] for name in MATRICES.names}, description)


def _parse_shape(text: str | None) -> tuple[int, int] | None:
    """A shape as two numbers, or an `InputError`."""
    if text is None:
        return None
    sides = text.split("x")
    if len(sides) != 2 or not all(side.isdigit() and int(side) > 0 for side in sides):
        raise InputError(f"--shape: found {text!r}; expected two positive numbers, as in 320x156")
    return int(sides[0]), int(sides[1])


def _parse_options(options: list[str] | None) -> dict[str, str]:
    """Options by their keys, or an `InputError`."""
    for option in options or []:
        if "=" not in option:
            raise InputError(f"--option: found {option!r}; expected key=value")
    return dict(option.split("=", 1) for option in options or [])
