"""Errors of SGD from starts between a spurious local minimum and Gaussian noise (slides 28 to 33, Examples 1 and 2).

Starts are (1 - gamma) X_bad + gamma w with standard normal w. The slides do not print their two instances; these two
are of the size that a matrix of 12 x 12 has, with the shapes and ratios that the slides' authors name in their paper.
X_bad is a strict local minimum of each (up to rotations), checked by its Hessian.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from starnmf.blocks import map_blocks, one_thread_per_block
from starnmf.companions.descent import BLOCK, Rule, descend, errors
from starnmf.companions.recovery import Recovery, as_matrices, rip_constant
from starnmf.companions.semidefinite import firmest_kernel, smallest_kernel
from starnmf.seeds import generator
