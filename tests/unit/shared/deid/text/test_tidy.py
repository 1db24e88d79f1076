"""What is left around the parts that went."""

import re

import pytest

from shared.deid.text.tidy import without


def cut(text: str) -> str:
    """The text without every # and what stands between two of them, which stand for what goes."""
    return without(text, [match.span() for match in re.finditer("#+", text)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ## b", "a b"),
        ("a, ## b", "a, b"),
        ("a ##, b", "a, b"),
        ("a, ##; b", "a, b"),
        ("a_##_b", "a_b"),
        ("a^## b", "a^b"),
        ("a##b", "ab"),
        ("## a", "a"),
        ("##: a", "a"),
        ("a, ##", "a"),
        ("a ##.", "a"),
        ("##", ""),
        ("a (##) b", "a b"),
        ("a (##, x) b", "a (x) b"),
        ("a (x, ##) b", "a (x) b"),
        ("a ## (x) b", "a (x) b"),
        ("a [(##)] b", "a b"),
        ('a "##" b', "a b"),
        ("a \u201c##\u201d b", "a b"),
        ("a (##", "a"),
        ("##) a", "a"),
        ("a ## (##, x) b", "a (x) b"),
        ("a ##. ## b", "a b"),
        ("a (##) ##, b", "a, b"),
        ("a ##\nb", "a\nb"),
        ("a\n## b", "a\nb"),
        ("a ##\n## b", "a\nb"),
        ("KM+ ## b", "KM+ b"),
        ("a + ## b", "a + b"),
        ("50% ##", "50%"),
        ("  a  ##", "  a"),
        ("头部##平扫", "头部平扫"),
        ("a（##）b", "ab"),  # noqa: RUF001 - brackets of East Asian text
        ("a ##; (b) ## c", "a; (b) c"),
    ],
)
def test_one_separator_is_left(text: str, expected: str) -> None:
    """And no empty bracket, and nothing at the edges."""
    assert cut(text) == expected


@pytest.mark.parametrize("text", ["", " a  b ", "(a, )", "--", "a  (( ))\n"])
def test_without_a_cut_nothing_changes(text: str) -> None:
    """However untidy it was."""
    assert without(text, []) == text
