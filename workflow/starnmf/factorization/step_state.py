"""What a step of the flow keeps of a factor."""

from typing import Generic, NamedTuple, TypeVar

Array = TypeVar("Array")


class StepState(NamedTuple, Generic[Array]):
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
