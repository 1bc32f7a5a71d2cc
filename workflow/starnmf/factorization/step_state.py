"""What a step of the flow keeps of a factor."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Array = TypeVar("Array")


@dataclass
class StepState(Generic[Array]):
    """Five arrays of one shape, numpy's or torch's; how restarts lie in them is the batch's matter.

    `Y` is where the gradient is evaluated next, `Z` where it was before (or a part of the error
    estimate), `Y0` where the step began, `F0` minus the gradient there and `E` the part of the error
    estimate that stages have added up.
    """

    Y: Array
    Z: Array
    Y0: Array
    F0: Array
    E: Array

    @property
    def arrays(self) -> tuple[Array, Array, Array, Array, Array]:
        """Y, Z, Y0, F0, E."""
        return self.Y, self.Z, self.Y0, self.F0, self.E
