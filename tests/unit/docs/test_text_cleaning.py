"""docs/reference/text-cleaning.md against the cleaner."""

import re
from importlib.resources import files

import msgspec
import pytest
import yaml

from shared.deid.text.cleaner import LONGEST_TEXT, TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.roi_names import is_standard_roi_name
from shared.deid.text.settings import PATTERN_CLASSES, TextSettings
from shared.deid.text.vocabulary import shipped_vocabulary
from tests.unit.docs.pages import bare, blocks, inline_code, reference, sections, table

PAGE = reference("text-cleaning")
SECTIONS = sections(PAGE, 2)
CLASSES = {bare(row[0]): row[1] for row in table(SECTIONS["What is sought by its shape"])}
CLEANER = TextCleaner(shipped_vocabulary(), TextSettings())
NOBODY = KnownIdentifiers()


def test_every_class_of_patterns_is_listed() -> None:
    """The table has them all, in order."""
    assert tuple(CLASSES) == PATTERN_CLASSES


@pytest.mark.parametrize("example", [code for row in CLASSES.values() for code in inline_code(row)])
def test_the_examples_of_a_class_are_cut(example: str) -> None:
    """What is shown goes, or at least its digits and its name."""
    cleaned = CLEANER.clean(f"CT {example} head", NOBODY)

    assert re.fullmatch(r"CT (since |tel )?head", cleaned)


@pytest.mark.parametrize(
    "example",
    inline_code(
        SECTIONS["What is sought by its shape"].partition("Other numbers stay")[2].partition("\n\n")[0]
    ),
)
def test_the_numbers_that_stay_do(example: str) -> None:
    """What is shown as harmless is kept."""
    assert CLEANER.clean(f"CT {example} head", NOBODY) == f"CT {example} head"


def test_every_file_of_words_is_listed() -> None:
    """The table has what is there."""
    rows = table(SECTIONS["The vocabulary"])
    found = {each.name.removesuffix(".txt") for each in files("shared.deid.text").joinpath("words").iterdir()}

    assert {name for row in rows for name in inline_code(row[0])} == found


@pytest.mark.parametrize("row", table(SECTIONS["What is left around"]))
def test_the_examples_of_tidying_come_out_as_shown(row: list[str]) -> None:
    """Byte for byte."""
    assert CLEANER.clean(bare(row[0]), NOBODY) == bare(row[1])


@pytest.mark.parametrize("name", inline_code(SECTIONS["Names of regions of interest"]))
def test_the_names_of_regions_are_standard(name: str) -> None:
    """Each that is shown."""
    assert is_standard_roi_name(name)


def test_every_setting_is_listed() -> None:
    """The table has the fields of the struct, and so does the example, which loads."""
    example = msgspec.convert(yaml.safe_load(blocks(PAGE, "yaml")[0]), TextSettings)
    example.check("deidentify/example.yaml")

    assert [bare(row[0]) for row in table(SECTIONS["Settings"])] == list(TextSettings.__struct_fields__)
    assert example.classes == PATTERN_CLASSES


def test_the_limit_of_length_is_told() -> None:
    """With its number."""
    assert f"longer than {LONGEST_TEXT:,} characters" in PAGE


@pytest.mark.parametrize("word", ["smith", "miller", "rose", "mark"])
def test_names_that_are_no_words(word: str) -> None:
    """The examples of the policy are true."""
    assert word not in shipped_vocabulary()


@pytest.mark.parametrize("word", ["long", "young", "white", "parkinson", "gleason", "waters", "judet"])
def test_words_that_are_names_as_well(word: str) -> None:
    """They stay alone, and go beside a name."""
    assert word in shipped_vocabulary()
    assert word in shipped_vocabulary().surnames
