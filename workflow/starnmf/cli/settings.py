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
        help="Converged: relative decrease of the loss over the last doubling of time, where nearly stationary."
    ),
]
GradientCap = Annotated[int, typer.Option(min=1, help="Gradients after which a restart stops.")]
ResumeMinutes = Annotated[float, typer.Option(min=0, envvar=RESUME_MINUTES, help="Minutes between two saved states.")]
