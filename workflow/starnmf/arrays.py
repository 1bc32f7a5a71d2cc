"""Types of numpy arrays."""

from typing import Any

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]
Array = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.floating[Any]]
"""float32, or float64 where the docstring says so."""
Integers = npt.NDArray[np.int64]
