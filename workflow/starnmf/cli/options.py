"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from starnmf.choices import Descent, Device, Regime, Source
from starnmf.factorization import RESUME_MINUTES
from starnmf.factorization.settings import Settings

Threads = Annotated[int, typer.Option(min=1, help="Threads; the result does not depend on their number.")]
Seed = Annotated[int, typer.Option(help="The run's seed.")]
SourceOption = Annotated[Source, typer.Option(help="Where the files come from.")]
ExpandedLimit = Annotated[int, typer.Option(min=1, help="Maximum size of one expanded file, in bytes.")]
MatrixFile = Annotated[Path, typer.Argument(help="HDF5 of a matrix.", exists=True)]
DeviceOption = Annotated[Device, typer.Option(help="Where arithmetic runs; auto is a GPU where there is one.")]
OutputHdf5 = Annotated[Path, typer.Argument(help="HDF5 to write.")]
OutputCsv = Annotated[Path, typer.Argument(help="CSV to write.")]
CsvOption = Annotated[Path, typer.Option(help="CSV to write.")]
MarkdownOption = Annotated[Path, typer.Option(help="Markdown to write.")]

DEFAULTS = Settings()
DESCENT = Descent(DEFAULTS.descent)

Regimes = Annotated[list[Regime], typer.Option(help="Regime to compute; may be given several times.")]
DescentOption = Annotated[
    Descent,
    typer.Option(help="flow; steps of gradient descent; or hals, which finds the optima of converged only."),
]
LearningRate = Annotated[float, typer.Option(help="The paper's learning rate.")]
Steps = Annotated[int, typer.Option(min=1, help="The paper's number of steps.")]
Rest = Annotated[float, typer.Option(help="Converged: relative decrease of the loss over the last doubling of time.")]
GradientCap = Annotated[int, typer.Option(min=1, help="Gradients after which a restart stops.")]
ResumeMinutes = Annotated[float, typer.Option(min=0, envvar=RESUME_MINUTES, help="Minutes between two saved states.")]
