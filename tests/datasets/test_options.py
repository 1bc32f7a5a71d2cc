import pytest

from starnmf.datasets import birdsong, extragalactic, goodbooks, metabolic, netflix
from starnmf.datasets.options import read_options
from starnmf.errors import InputError


def test_what_is_not_given_keeps_its_default():
    assert read_options(netflix.Options, "netflix", {}) == netflix.Options()
    assert read_options(netflix.Options, "netflix", {"draw": "counts", "users": "7", "user_share": "0.25"}) == (
        netflix.Options(draw="counts", users=7, user_share=0.25)
    )


@pytest.mark.parametrize(
    ("module", "name", "value", "message"),
    [
        (netflix, "movie", "5", "option movie: found an unknown option; expected draw, user_share"),
        (metabolic, "log", "yes", "option log: found an unknown option; expected no options"),
        (extragalactic, "negative", "drop", "negative: found 'drop'; expected one of clip, keep"),
        (goodbooks, "minimum_ratings", "0", "minimum_ratings: found '0'; expected a whole number, at least 1"),
        (goodbooks, "minimum_ratings", "2.5", "expected a whole number"),
        (birdsong, "hop", "-3", "expected a whole number"),
        (netflix, "user_share", "nan", "user_share: found 'nan'; expected a share"),
        (netflix, "user_share", "1.5", "expected a share"),
        (netflix, "movie_share", "half", "expected a share"),
    ],
)
def test_what_does_not_fit_is_refused(module, name, value, message):
    with pytest.raises(InputError, match=message):
        read_options(module.Options, "this", {name: value})  # type: ignore[attr-defined]
