"""De-identification of whatever can stand in a data set, and of what is de-identified already."""

from collections.abc import Iterator
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from shared.deid.verify import residue
from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from tests.images import HEADERS_ALONE, PROFILES, ct_image, deidentifier, part10, read, released, written
from tests.planted import SCRIPTS, planted
from tests.properties import raw_elements
from tests.properties.data_sets import SOP_CLASSES, data_sets

profiles = st.sampled_from(["basic", "draw", "extended", "research"])
days = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(lambda day: f"{day:%Y%m%d}")
_PSEUDONYMS = frozenset({0x00100010, 0x00100020})
#: what identifies the machine, which `extended` keeps
_OF_MACHINES = {"DeviceSerialNumber", "StationName", "StationName at depth 2"}
_DATES = ("StudyDate", "SeriesDate", "ContentDate")

Place = tuple[int, ...]


def released_headers(content: bytes, profile: str) -> bytes:
    """De-identify a file whose pixels nobody judges."""
    return written(deidentifier(profile, imaging=HEADERS_ALONE).deidentify(MemorySource(content)))


def leaves(data_set: Dataset, place: Place = ()) -> Iterator[tuple[Place, tuple[str, object]]]:
    """VR and value by the place, tags and item numbers; of a sequence the number of its items."""
    for element in data_set:
        here = (*place, int(element.tag))
        if element.VR == "SQ":
            yield here, ("SQ", len(element.value))
            for number, each in enumerate(element.value):
                yield from leaves(each, (*here, number))
        else:
            yield here, (element.VR, element.value)


def is_new_each_time(place: Place, vr: str, profile: str) -> bool:
    """Whether what goes out follows from the value that comes in."""
    moves = vr in {"DA", "DT"} and PROFILES[profile].dates in {"shift", "study_date"}
    return vr == "UI" or place[-1] in _PSEUDONYMS or moves


@given(raw_elements.data_sets, st.sampled_from(sorted(PROFILES)))
@settings(deadline=None)
def test_any_data_set_gives_a_clean_output_or_a_coded_error(elements: dict[int, bytes], profile: str) -> None:
    """Any tag in any VR with any bytes, at any depth: no other exception, and no residue."""
    content = raw_elements.file_with(elements)
    try:
        output = released(content, profile)
    except AirlockError:
        return

    assert residue(MemorySource(content), MemorySource(output), PROFILES[profile]) == []


@given(data_sets(), st.sampled_from(SOP_CLASSES), profiles)
@settings(deadline=None)
def test_a_second_time_changes_new_identities_only(
    content: Dataset, sop_class_uid: str, profile: str
) -> None:
    """An output is released again: the same elements, values and items, but for UIDs, pseudonyms, dates."""
    image = ct_image(SOPClassUID=sop_class_uid)
    image.update(content)
    once = released_headers(part10(image), profile)
    twice = released_headers(once, profile)

    first, second = (dict(leaves(read(output))) for output in (once, twice))
    assert first.keys() == second.keys()
    changed = {place for place, told in first.items() if second[place] != told}
    assert [place for place in changed if not is_new_each_time(place, first[place][0], profile)] == []
    assert (0x00080018,) in changed
    assert (0x0020000D,) in changed


@given(st.integers(0, 1 << 30), st.sampled_from(sorted(SCRIPTS)), profiles)
@settings(max_examples=60, deadline=None)
def test_no_planted_identifier_survives(seed: int, script: str, profile: str) -> None:
    """In no script and no place; what identifies the machine stays where the profile keeps it."""
    original = planted(seed, script)
    kept = _OF_MACHINES if "device_identity" in PROFILES[profile].options else set()

    assert original.surviving(released(original.content, profile)).keys() == kept


@given(st.lists(st.tuples(days, days, days), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_the_dates_of_a_patient_keep_their_order_over_all_instances(dates: list[tuple[str, ...]]) -> None:
    """Studies of one patient come out in the order in which they were made, whoever de-identifies them."""
    contents = [part10(ct_image(**dict(zip(_DATES, each, strict=True)))) for each in dates]
    outputs = [read(released(content, "modified_dates")) for content in contents]

    old = [day for instance in dates for day in instance]
    new = [output[keyword].value for output in outputs for keyword in _DATES]
    assert sorted(range(len(old)), key=old.__getitem__) == sorted(range(len(new)), key=new.__getitem__)
