"""The intake's policy: what a file of `rulesets/validate` may say, and what it means to say nothing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from shared.dicom.scan import Limits
from shared.documents import load_document
from shared.errors import RulesetInvalid
from shared.settings import AssemblyPolicy, IntakePolicy, UnpackPolicy, ValidationPolicy

SHIPPED = Path(__file__).parents[3] / "rulesets" / "validate" / "default.yaml"
NAMED = {"name": "default", "description": "A policy."}


def load(tmp_path: Path, content: Any) -> IntakePolicy:
    """Load a policy from a structure, or from text as it is."""
    path = tmp_path / "validate" / "default.yaml"
    path.parent.mkdir()
    text = content if isinstance(content, bytes) else yaml.safe_dump(content).encode()
    path.write_bytes(text)
    return load_document(path, IntakePolicy)


def test_the_shipped_policy_is_the_default_in_full() -> None:
    """What comes with the product says no more than what holds anyway."""
    shipped = load_document(SHIPPED, IntakePolicy)

    assert shipped == IntakePolicy(name="default", description=shipped.description)


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    """A policy of two lines is whole."""
    assert load(tmp_path, NAMED) == IntakePolicy(
        name="default",
        description="A policy.",
        validation=ValidationPolicy(
            force=False,
            file_bytes=8 << 30,
            header_bytes=64 << 20,
            sequence_depth=32,
            element_count=500_000,
            frame_bytes=16 << 30,
        ),
        unpacking=UnpackPolicy(
            member_count=100_000,
            member_bytes=8 << 30,
            total_bytes=512 << 30,
            compression_ratio=200,
            nesting=2,
            batch=1_000,
        ),
        assembly=AssemblyPolicy(quiet_period=600.0, maximum_wait=3600.0),
        shard_size=250,
    )


def test_the_defaults_are_those_of_the_reader() -> None:
    """Without a policy the reader of headers holds to the same limits."""
    policy = msgspec.structs.asdict(ValidationPolicy())
    del policy["force"]

    assert Limits(**policy) == Limits()


def test_every_value_can_be_set(tmp_path: Path) -> None:
    """Each key of the file arrives in its place."""
    content = {
        **NAMED,
        "validation": {
            "force": True,
            "file_bytes": 1,
            "header_bytes": 2,
            "sequence_depth": 3,
            "element_count": 4,
            "frame_bytes": 5,
        },
        "unpacking": {
            "member_count": 6,
            "member_bytes": 7,
            "total_bytes": 8,
            "compression_ratio": 9,
            "nesting": 10,
            "batch": 11,
            "batch_bytes": 12,
        },
        "assembly": {"quiet_period": 0, "maximum_wait": 12.5},
        "shard_size": 13,
    }

    assert msgspec.to_builtins(load(tmp_path, content)) == content


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"shards": 1}, "$"),
        ({"validation": {"forced": True}}, "$.validation"),
        ({"unpacking": {"members": 1}}, "$.unpacking"),
        ({"assembly": {"quiet": 1}}, "$.assembly"),
        ({"shard_size": 0}, "$.shard_size"),
        ({"shard_size": 1001}, "$.shard_size"),
        ({"shard_size": 1.5}, "$.shard_size"),
        ({"shard_size": "many"}, "$.shard_size"),
        ({"validation": {"file_bytes": 0}}, "$.validation.file_bytes"),
        ({"validation": {"force": 1}}, "$.validation.force"),
        ({"unpacking": {"nesting": -1}}, "$.unpacking.nesting"),
        ({"assembly": {"quiet_period": -1}}, "$.assembly.quiet_period"),
        ({"assembly": None}, "$.assembly"),
        ({"name": None}, "$.name"),
    ],
)
def test_refuses_what_it_does_not_know(tmp_path: Path, changes: dict[str, Any], place: str) -> None:
    """An unknown key, a wrong type and a value out of range are errors that name their place."""
    with pytest.raises(RulesetInvalid) as caught:
        load(tmp_path, {**NAMED, **changes})

    assert (caught.value.details["file"], caught.value.details["place"]) == ("validate/default.yaml", place)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a list",
        b"name: [",
        b"\xff\xfe\x00",
        b"name: a\nname: b\ndescription: c\n",
        b"name: default\n",
    ],
    ids=["empty", "list", "no YAML", "no text", "a key twice", "a key missing"],
)
def test_refuses_what_is_no_policy(tmp_path: Path, content: bytes) -> None:
    """A file that is no policy to the last line is refused."""
    with pytest.raises(RulesetInvalid) as caught:
        load(tmp_path, content)

    assert caught.value.details["file"] == "validate/default.yaml"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Without the file there is no policy."""
    with pytest.raises(RulesetInvalid) as caught:
        load_document(tmp_path / "validate" / "default.yaml", IntakePolicy)

    assert caught.value.details == {"file": "validate/default.yaml", "problem": "this file is missing"}
