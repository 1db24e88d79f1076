"""Secrets in every place that people thought of: none is in what is released."""

import warnings
from collections.abc import Iterator
from functools import cache

import pytest

from tests.images import ct_image, part10
from tests.score.draft import PROFILES
from tests.score.leaks import leaks
from tests.score.outcomes import by_airlock
from tests.score.probing import PROBES, Planted, planted, probed
from tests.score.tally import failures


@pytest.fixture(autouse=True)
def _reads_anything() -> Iterator[None]:
    """The searched files are wrong on purpose."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def files() -> tuple[Planted, ...]:
    """Each probe in one kind of instance."""
    return tuple(planted(1, every_kind=False))


def test_there_are_probes_enough() -> None:
    """Each with a name of its own, and all kinds of instances get some."""
    assert len({probe.name for probe in PROBES}) == len(PROBES) > 200
    assert {file.place.partition(":")[0] for file in files()} == {"ct", "rtstruct", "sr", "doc"}


def test_no_secret_leaks() -> None:
    """Under three profiles; and only what cannot be released is held."""
    score = probed(files(), {profile: by_airlock(profile) for profile in PROFILES})

    assert failures(score) == {}
    assert {tally.total for tally in score.values()} == {len(PROBES)}


def test_every_secret_is_found_where_it_was_planted() -> None:
    """The search is as good as the answer: an original that is released as it is fails every probe."""
    score = probed(files(), {"nothing done": lambda content: content})

    assert score["nothing done: no leak"].passed == 0


def test_who_releases_nothing_does_not_pass() -> None:
    """It leaks nothing, and that is not enough."""
    score = probed(files(), {"basic": lambda _content: None})
    held = sum("basic" in file.held for file in files())

    assert score["basic: no leak"].failures == []
    assert score["basic: released or held"].passed == held < len(PROBES) / 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_secret_is_found_in_any_encoding(encoding: str) -> None:
    """In capitals as well."""
    hidden = part10(ct_image(ICCProfile=b"\0of " + "KJÆRGÅRD".encode(encoding)))

    assert leaks(hidden, ["Kjærgård", "Schmidt"]) == [0]
