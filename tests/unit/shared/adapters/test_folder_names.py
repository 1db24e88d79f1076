"""Where objects lie in a bucket's folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.folder_names import is_hidden, name_at, places
from tests.contracts.blob_names import HOSTILE_NAMES, NAMES

ANY_NAME = st.one_of(NAMES, st.text(st.sampled_from("aA%+2F./\\\x00"), min_size=1, max_size=12))


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("IM-0001.dcm", "IM-0001.dcm"),
        ("Study 1/\u00fc (2)/IM 1", "Study 1/\u00fc (2)/IM 1"),
        ("100%", "100%25"),
        ("a\\b", "a%5Cb"),
        ("a\x00\n", "a%00%0A"),
        ("..", "%2E."),
        ("a/../b", "a/%2E./b"),
        ("/a", "%/a"),
        ("a/", "a/%"),
        (".hidden", "%2Ehidden"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 240 + "%+/" + "x" * 16),
    ],
)
def test_the_preferred_place_is_the_name(name: str, place: str) -> None:
    """A name is its own place; only what is unsafe in it is escaped."""
    assert places(name)[0] == place


@pytest.mark.parametrize(
    ("name", "place"), [("a", "a%"), ("a/b", "a%2Fb%"), ("A/\u00fc", "%41%2F%C3%BC%"), (".a", "%2Ea%")]
)
def test_the_other_place_has_no_folder(name: str, place: str) -> None:
    """A name that clashes with another lies flat, and clashes with nothing."""
    assert places(name)[1] == place


@pytest.mark.parametrize(
    ("name", "expected"),
    [("im1.dcm", 2), ("a b/c_d", 2), ("IM1.dcm", 1), ("\u00fc", 1), ("a:b", 1)],
)
def test_a_caseless_file_system_holds_portable_names_only(name: str, expected: int) -> None:
    """Where two names could match without regard to case or composition, each lies escaped."""
    assert len(places(name, caseless=True)) == expected


def test_deep_names_lie_flat() -> None:
    """A name with hundreds of folders does not make hundreds of folders."""
    depths = [place.count("/") for name in ("/".join("a" * 512), "/" * 1024) for place in places(name)]

    assert max(depths) < 20


@given(name=ANY_NAME)
def test_places_are_safe(name: str) -> None:
    """No component of a place is empty, hidden, too long or holds a character that is not safe."""
    components = [component for place in places(name) for component in place.split("/")]

    assert all(0 < len(component.encode()) <= 255 for component in components)
    assert not any(is_hidden(component) for component in components)
    assert not any(character in component for component in components for character in "\\\x00\n\x7f")


@pytest.mark.parametrize("caseless", [False, True])
@given(name=ANY_NAME)
def test_a_place_says_whose_it_is(caseless: bool, name: str) -> None:  # noqa: FBT001 - a parameter
    """Every place of a name leads back to the name, so no two names share a place."""
    found = {name_at(place, caseless=caseless) for place in places(name, caseless=caseless)}

    assert found == {name}


@given(names=st.lists(ANY_NAME, min_size=2, max_size=6, unique=True))
def test_flat_places_never_are_folders(names: list[str]) -> None:
    """No place of a name is a folder on the way to the flat place of another, nor the reverse."""
    flat = {places(name)[-1] for name in names}
    files = {place for name in names for place in places(name)}
    folders = {place[:end] for place in files for end, character in enumerate(place) if character == "/"}
    flat_folders = {place[:end] for place in flat for end, character in enumerate(place) if character == "/"}

    assert flat & folders == set()
    assert flat_folders & files == set()


@given(names=st.lists(ANY_NAME, min_size=2, max_size=6, unique=True))
def test_caseless_places_differ_in_more_than_case(names: list[str]) -> None:
    """On a caseless file system, no two names have places that match each other."""
    matched = [{place.casefold() for place in places(name, caseless=True)} for name in names]

    assert len(set().union(*matched)) == sum(map(len, matched))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("100%.dcm", "100%.dcm"),
        ("a%41", "a%41"),
        ("%FF", "%FF"),
        ("a%2fb", "a%2fb"),
        ("x%+/y", "x%+/y"),
        ("caf\udce9", "caf\\xe9"),
    ],
)
def test_what_a_person_named_is_taken_as_it_stands(place: str, name: str) -> None:
    """A file whose name was not escaped by us is the object of this very name."""
    assert name_at(place) == name


def test_every_hostile_name_has_a_preferred_place_of_its_own() -> None:
    """The hostile names' preferred places are all different."""
    assert len({places(name)[0] for name in HOSTILE_NAMES}) == len(HOSTILE_NAMES)
