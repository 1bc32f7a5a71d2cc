"""Options of commands that follow restarts, and their defaults."""

from typing import Annotated

import typer

from starnmf.choices import Descent
from starnmf.factorization import RESUME_MINUTES
from starnmf.factorization.settings import Settings

DEFAULTS = Settings()
DESCENT = Descent(DEFAULTS.descent)

DescentOption = Annotated[
    Descent,
    typer.Option(help="flow; steps of gradient descent; or hals, which finds the optima of converged only."),
]
LearningRate = Annotated[float, typer.Option(help="The paper's learning rate.")]
Steps = Annotated[int, typer.Option(min=1, help="The paper's number of steps.")]
Rest = Annotated[
    float,
    typer.Option(
        help="A restart has converged when its loss falls by less than this share over a doubling of time "
        "and its projected gradient is small."
    ),
]
GradientCap = Annotated[int, typer.Option(min=1, help="Gradients after which a restart stops.")]
ResumeMinutes = Annotated[float, typer.Option(min=0, envvar=RESUME_MINUTES, help="Minutes between two saved states.")]
