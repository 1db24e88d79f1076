"""Names as value objects."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers import BlobRef, SeriesRef, StoreName, is_uid, mask_uid, member_name

components = st.integers(0, 10**20).map(str)
uids = st.lists(components, min_size=2, max_size=8).map(".".join).filter(lambda uid: len(uid) <= 64)
long_uids = uids.filter(lambda uid: len(uid) > 12)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
buckets = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,30}", fullmatch=True)
blob_refs = st.builds(BlobRef, bucket=buckets, name=names, generation=st.integers(1, 2**63))


# UIDs


@given(uids)
def test_uids(uid: str) -> None:
    """Dotted numbers without leading zeros, of at most 64 characters, are a UID."""
    assert is_uid(uid)


@pytest.mark.parametrize(
    "uid", ["0", "1", "1.0", "2.25.329800735698586629295641978511506172918", "1." * 31 + "12"]
)
def test_more_uids(uid: str) -> None:
    """A UID may have one component, components of zero, and just 64 characters."""
    assert is_uid(uid)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "1.",
            ".1",
            "1..2",
            "01.2",
            "1.02",
            "1.00",
            "-1.2",
            "+1.2",
            "1.2a",
            " 1.2",
            "1.2 ",
            "1.2\n",
        ),
        *("1.2\0", "1,2", "\u0661.\u0662", "1.\u00b2", "1." * 32 + "1", "1" * 65),
    ],
)
def test_what_is_no_uid(text: str) -> None:
    """Leading zeros, empty components, other characters and more than 64 of them make no UID."""
    assert not is_uid(text)


@given(st.text(st.sampled_from("0123456789."), max_size=70))
def test_uids_by_their_definition(text: str) -> None:
    """Whatever is a UID fulfils PS3.5 section 9.1, and whatever fulfils it is one."""
    parts = text.split(".")
    expected = len(text) <= 64 and all(part and (part == "0" or part[0] != "0") for part in parts)

    assert is_uid(text) == expected


@given(long_uids)
def test_masked_uids(uid: str) -> None:
    """A masked UID shows its first and last four characters and nothing else."""
    masked = mask_uid(uid)

    assert masked == f"{uid[:4]}...{uid[-4:]}"
    assert uid not in masked


@given(uids)
def test_a_mask_hides(uid: str) -> None:
    """At least five characters of a UID are hidden, however short it is."""
    shown = mask_uid(uid).replace("...", "")

    assert len(shown) <= max(len(uid) - 5, 0)


# Objects


@given(blob_refs)
def test_a_blob_ref_is_parsed_from_its_text(ref: BlobRef) -> None:
    """A name of any characters, `#` and line breaks included, survives being written and parsed."""
    assert BlobRef.from_string(str(ref)) == ref
    assert str(ref) == f"gs://{ref.bucket}/{ref.name}#{ref.generation}"


@given(blob_refs, blob_refs)
def test_different_blob_refs_differ_in_text_and_digest(one: BlobRef, other: BlobRef) -> None:
    """No two objects share a text or a digest."""
    assert (str(one) == str(other)) == (one == other)
    assert (one.digest == other.digest) == (one == other)


@given(blob_refs)
def test_a_digest_is_opaque(ref: BlobRef) -> None:
    """The digest is 32 hexadecimal digits."""
    assert re.fullmatch(r"[0-9a-f]{32}", ref.digest)


@given(st.builds(BlobRef, bucket=st.just("clinical"), name=names, generation=st.integers(1)))
def test_a_masked_blob_ref_hides_the_name(ref: BlobRef) -> None:
    """Whatever the name, the masked form depends on bucket and generation alone."""
    assert ref.masked == f"gs://clinical/***OBJECT_NAME_MASKED***#{ref.generation}"


@pytest.mark.parametrize(
    ("bucket", "name", "generation"),
    [("", "a", 1), ("b", "", 1), ("b", "a", 0), ("b", "a", -1), ("b/c", "a", 1)],
)
def test_impossible_blob_refs(bucket: str, name: str, generation: int) -> None:
    """What no bucket can hold is refused, a bucket with a slash included: it would read as another object."""
    with pytest.raises(ValueError, match="BlobRef"):
        BlobRef(bucket=bucket, name=name, generation=generation)


@pytest.mark.parametrize(
    "text",
    [
        *("", "gs://b/a", "gs://b#1", "gs:///a#1", "gs://b/#1", "gs://b/a#", "gs://b/a#x", "gs://b/a#-1"),
        *("gs://b/a#0", "s3://b/a#1", "gs://b/a#1 ", " gs://b/a#1", "gs://b/a#1\n", "gs://b/a#\u0661"),
        "gs://b/a#" + "9" * 5000,
    ],
)
def test_texts_that_are_no_blob_ref(text: str) -> None:
    """Text of any other form is refused with a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        BlobRef.from_string(text)


@given(blob_refs, st.integers(0, 10**6))
def test_members_of_an_archive(archive: BlobRef, index: int) -> None:
    """What a member is called tells archive, generation and index apart, and holds no name of its own."""
    assert str(archive.at_member(index)) == f"{archive}!{index}"
    assert member_name(archive, index) == f"{archive.name}.members/{archive.generation}/{index:06d}"
    assert str(archive.at_member(index)) != str(archive.at_member(index + 1))


# Series


@given(uids, uids)
def test_a_series_ref_is_parsed_from_its_text(study: str, series: str) -> None:
    """Study and series survive being written and parsed."""
    ref = SeriesRef(study_instance_uid=study, series_instance_uid=series)

    assert SeriesRef.from_string(str(ref)) == ref
    assert str(ref) == f"{study}/{series}"


@given(long_uids, long_uids)
def test_a_masked_series_ref_shows_no_uid(study: str, series: str) -> None:
    """The masked form holds neither UID whole."""
    masked = SeriesRef(study_instance_uid=study, series_instance_uid=series).masked

    assert study not in masked
    assert series not in masked


@pytest.mark.parametrize("text", ["", "1.2", "1.2/", "/1.2", "1.2/1.3/1.4", "1.2\\1.3", "1.2/x", "1.2 /1.3"])
def test_texts_that_are_no_series_ref(text: str) -> None:
    """Text that is not two UIDs is refused."""
    with pytest.raises(ValueError, match="SeriesRef"):
        SeriesRef.from_string(text)


def test_series_refs_sort() -> None:
    """Series sort by study, then by series."""
    refs = [
        SeriesRef(study_instance_uid=study, series_instance_uid=series)
        for study, series in [("1.3", "1.1"), ("1.2", "1.9"), ("1.2", "1.1")]
    ]

    assert [str(ref) for ref in sorted(refs)] == ["1.2/1.1", "1.2/1.9", "1.3/1.1"]


# Stores


def test_a_store_name_is_parsed_from_its_text() -> None:
    """A DICOM store's resource name is parsed into its parts and written again."""
    text = "projects/p-1/locations/europe-west4/datasets/d/dicomStores/s"
    name = StoreName.from_string(text)

    assert name == StoreName(project="p-1", location="europe-west4", dataset="d", dicom_store="s")
    assert str(name) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "projects/p",
            "projects/p/locations/l/datasets/d",
            "projects//locations/l/datasets/d/dicomStores/s",
        ),
        "projects/p/locations/l/datasets/d/dicomStores/s/",
        "projects/p/locations/l/datasets/d/dicomStores/s/dicomWeb",
        "projects/p/locations/l/datasets/d/fhirStores/s",
    ],
)
def test_texts_that_are_no_store_name(text: str) -> None:
    """Text of any other form is refused."""
    with pytest.raises(ValueError, match="projects/"):
        StoreName.from_string(text)


# As parts of messages


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"bucket":"b","name":"","generation":1}', BlobRef),
        (b'{"bucket":"b","name":"a","generation":0}', BlobRef),
        (b'{"bucket":"b","name":"a","generation":"1"}', BlobRef),
        (b'{"bucket":"b","name":"a","generation":1,"size":2}', BlobRef),
        (b'{"bucket":"b","name":"a"}', BlobRef),
        (b'{"study_instance_uid":"1.2","series_instance_uid":"x"}', SeriesRef),
        (b'{"study_instance_uid":"1.2"}', SeriesRef),
    ],
)
def test_messages_are_checked_like_arguments(content: bytes, kind: type) -> None:
    """What comes out of a message passes the same checks, and has no unknown fields."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(content, type=kind)


def test_names_cannot_be_changed() -> None:
    """A name is frozen and can be a key."""
    ref = BlobRef(bucket="b", name="a", generation=1)
    with pytest.raises(AttributeError):
        ref.name = "c"  # type: ignore[misc]

    assert {ref: 1}[BlobRef(bucket="b", name="a", generation=1)] == 1
