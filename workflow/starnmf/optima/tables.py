"""Result tables about what the optima are to each other. Losses are per observed entry."""

from starnmf.datasets.tables import DATASET
from starnmf.factorization.tables import REGIME
from starnmf.results.table import Table, boolean, integer, number

EQUIVALENT, CLOSE = 0.1, 0.01
"""Cosine distances up to which two factors count as equivalent (arXiv 2605.19325), and as close."""

FEWEST = 10
"""Restarts that it takes to judge a centre."""

PAIRS = Table(
    path="optima/{dataset}/{regime}/pairs.csv",
    title="pairs of optima",
    summary="Every two restarts: are they the same, and what is between them?",
    key=("dataset", "regime", "restart", "other"),
    columns=(
        DATASET,
        REGIME,
        integer("restart", "number of the restart"),
        integer("other", "number of the other restart"),
        boolean("converged", "whether both converged; other pairs of the regime `converged` are in no claim"),
        number("equivalent", f"share of matched ranks whose U and V are both within a cosine distance of {EQUIVALENT}"),
        number("close", f"the same within {CLOSE}"),
        number("equivalent_unmatched", f"share within {EQUIVALENT} of the ranks with the same number, unmatched"),
        number("largest_distance", "largest cosine distance of the matched columns of U and rows of V"),
        number("loss", "half the mean squared error at the end of the segment where it is higher"),
        number("rise", "largest rise of the loss above that on the segment, ranks matched, relative to it"),
        number("excess", "largest excess over the chord, ranks matched, relative to the same loss"),
        number("rise_unmatched", "the rise without matching the ranks"),
        number("excess_unmatched", "the excess without matching the ranks"),
    ),
)

CENTRES = Table(
    path="optima/{dataset}/{regime}/centres.csv",
    title="centres of optima",
    summary=(
        "Every restart, of `converged` each that converged, held out from the choice of a centre among the others; "
        f"empty below {FEWEST} restarts."
    ),
    key=("dataset", "regime", "restart"),
    columns=(
        DATASET,
        REGIME,
        integer("restart", "number of the restart that was held out"),
        integer("centre", "restart with the smallest largest rise to those that were not held out"),
        number("rise", "rise (as in the table of pairs) on the segment from the centre to the restart"),
        number("random_rise", "median of the rise from all restarts that were not held out"),
        number(
            "lower", "share of these, without the centre, from which the rise is lower; half of those with the same"
        ),
        number("mean_rise", "rise above the restart's loss on the segment from the mean of all that were not held out"),
    ),
)

TABLES = (PAIRS, CENTRES)
