"""Arguments and options that commands of several stages share."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.choices import Device

Threads = Annotated[int, typer.Option(min=1, help="Threads; the result does not depend on their number.")]
Seed = Annotated[int, typer.Option(help="The run's seed.")]
ExpandedLimit = Annotated[int, typer.Option(min=1, help="Most bytes that one compressed file may expand to.")]
MatrixFile = Annotated[Path, typer.Argument(help="HDF5 of a matrix.", exists=True)]
DeviceOption = Annotated[Device, typer.Option(help="Where arithmetic runs; auto is a GPU where there is one.")]
OutputCsv = Annotated[Path, typer.Argument(help="CSV to write.")]
CsvOption = Annotated[Path, typer.Option(help="CSV to write.")]
MarkdownOption = Annotated[Path, typer.Option(help="Markdown to write.")]
