"""The pre-processing of section 6: features scaled so that the weights' second moments are alike.

Y = (A* D)(D^-1 X) for any positive diagonal D. The text says what D has to do, that E[(x*_i)^2] / D_ii^2 lie within a
factor of 2, and leaves the way to its appendix. Ours reads the moments off the decoding by the warm start.
"""

import numpy as np
import numpy.typing as npt

from starnmf.companions.purification.algorithm import Examples, Purification, decode

Array = npt.NDArray[np.float64]


def balance(inverse: Array, examples: Examples, parameters: Purification) -> Array:
    """D (n,): the square roots of the decoded weights' second moments, the largest of them 1.

    `inverse` is a left inverse (n, m) of the features A of a warm start; go on from A D.
    """
    X = decode(inverse @ examples.Y, parameters)
    moments = np.square(X) @ examples.weights
    return np.asarray(np.sqrt(moments / moments.max()))
