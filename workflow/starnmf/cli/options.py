"""Arguments and options that several commands share."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from starnmf.choices import Device, Regime, Source
from starnmf.errors import InputError


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path] = ()) -> None:
    """Raise `InputError` where a file to write is one that is read, or is named twice."""
    for number, output in enumerate(outputs):
        for other in (*inputs, *outputs[:number]):
            if output.resolve() == other.resolve():
                what = "is read" if other in inputs else "is named for another output"
                raise InputError(f"{output}: {what}; expected another file to write. Choose another name")


Threads = Annotated[int, typer.Option(min=1, help="Threads; the result does not depend on their number.")]
Seed = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="The run's seed.")]
SourceOption = Annotated[Source, typer.Option(help="Where the files come from.")]
ExpandedLimit = Annotated[int, typer.Option(min=1, help="Maximum size of one expanded file, in bytes.")]
MatrixFile = Annotated[Path, typer.Argument(help="HDF5 of a matrix.", exists=True)]
DeviceOption = Annotated[Device, typer.Option(help="Where arithmetic runs; auto is a GPU where there is one.")]
OutputHdf5 = Annotated[Path, typer.Argument(help="HDF5 to write.")]
OutputCsv = Annotated[Path, typer.Argument(help="CSV to write.")]
CsvOption = Annotated[Path, typer.Option(help="CSV to write.")]
MarkdownOption = Annotated[Path, typer.Option(help="Markdown to write.")]
Regimes = Annotated[list[Regime], typer.Option(help="Regime to compute; may be given several times.")]
