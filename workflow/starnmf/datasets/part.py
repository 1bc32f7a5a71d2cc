"""What a parser returns where a dataset's files may be there in part and still fill a matrix of the paper's shape."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Part:
    """A matrix, and the share of the published files that it was made from."""

    X: npt.NDArray[np.float32]
    share: float
