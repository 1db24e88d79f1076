"""Character sets."""

import warnings
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from shared.dicom.charset import decode
from shared.dicom.dataset import DataSet
from shared.dicom.read import read_header
from shared.dicom.source import MemorySource
from tests import corpus

SINGLE = [
    ("ISO_IR 100", "latin_1", "Buc^J\u00e9r\u00f4me"),
    ("ISO_IR 101", "iso8859_2", "W\u0105\u017c"),
    ("ISO_IR 109", "iso8859_3", "\u0126al"),
    ("ISO_IR 110", "iso8859_4", "\u0136\u013c"),
    ("ISO_IR 126", "iso8859_7", "\u0394\u03b9\u03bf\u03bd\u03c5\u03c3\u03b9\u03bf\u03c2"),
    ("ISO_IR 127", "iso8859_6", "\u0642\u0628\u0627\u0646\u064a^\u0644\u0646\u0632\u0627\u0631"),
    ("ISO_IR 138", "iso8859_8", "\u05e9\u05e8\u05d5\u05df^\u05d3\u05d1\u05d5\u05e8\u05d4"),
    ("ISO_IR 144", "iso8859_5", "\u041b\u044e\u043ace\u043c\u0431yp\u0433"),
    ("ISO_IR 148", "iso8859_9", "\u0130\u015f\u011f"),
    ("ISO_IR 166", "tis_620", "\u0e01\u0e02"),
    ("ISO_IR 192", "utf_8", "\u738b^\u5c0f\u4e1c \U0001f600"),
    ("ISO_IR 203", "iso8859_15", "\u20ac\u0152"),
    ("ISO_IR 13", "shift_jis", "\uff94\uff8f\uff80\uff9e^\uff80\uff9b\uff73"),
    ("GB18030", "gb18030", "\u738b^\u5c0f\u4e1c"),
    ("GBK", "gbk", "\u738b^\u5c0f\u4e1c"),
]
TERMS = [
    *(term for term, _, _ in SINGLE),
    *("", "ISO_IR 6", "ISO 2022 IR 6", "ISO 2022 IR 13", "ISO 2022 IR 58", "ISO 2022 IR 87"),
    *("ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 149", "ISO 2022 IR 159", "ISO 2022 IR 166"),
    *("ISO IR 192", "ISO-IR 100", "ISO_IR 999", "ISO_IR\x00100", "hex", "rot13", "idna", "undefined"),
    *("unicode_escape", "utf-16", "latin-1", "\ufffd", "\\"),
]
ESCAPES = [b"\x1b(B", b"\x1b$B", b"\x1b(J", b"\x1b$)C", b"\x1b-A", b"\x1b$)A", b"\x1b(I", b"\x1b$(D", b"\x1b"]


@pytest.mark.parametrize(("term", "codec", "text"), SINGLE)
def test_single_character_sets(term: str, codec: str, text: str) -> None:
    """Each character set without code extensions gives its own characters."""
    assert decode(text.encode(codec), (term,)) == text


@pytest.mark.parametrize("term", TERMS)
def test_ascii_is_ascii_everywhere(term: str) -> None:
    """What is ASCII reads the same in every character set."""
    assert decode(b"Doe^Jane ~\\ 1", (term,)) == "Doe^Jane ~\\ 1"


@pytest.mark.parametrize(
    ("raw", "terms", "text"),
    [
        (b"J\xe9r\xf4me", (), "J\u00e9r\u00f4me"),
        (b"J\xe9r\xf4me", ("",), "J\u00e9r\u00f4me"),
        (b"J\xe9r\xf4me", ("ISO_IR 6",), "J\u00e9r\u00f4me"),
        (b"J\xe9r\xf4me", ("hex",), "J\u00e9r\u00f4me"),
        (b"J\xe9r\xf4me", ("utf-16",), "J\u00e9r\u00f4me"),
        (b"J\xe9r\xf4me", ("ISO_IR\x00100",), "J\u00e9r\u00f4me"),
        (b"J\xe9r\xf4me", ("", "undefined"), "J\u00e9r\u00f4me"),
    ],
)
def test_unknown_character_sets_are_latin_1(raw: bytes, terms: tuple[str, ...], text: str) -> None:
    """Where no known character set is declared, bytes beyond ASCII are Latin-1, and none is lost."""
    assert decode(raw, terms) == text


@pytest.mark.parametrize(
    ("raw", "term"), [(b"a\xffb", "ISO_IR 192"), (b"a\xffb", "GB18030"), (b"a\xffb", "ISO_IR 126")]
)
def test_undefined_bytes_are_replaced(raw: bytes, term: str) -> None:
    """Bytes that a character set does not define become U+FFFD."""
    assert decode(raw, (term,)) == "a\ufffdb"


@pytest.mark.parametrize(
    ("raw", "terms", "text"),
    [
        (
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
            ("", "ISO 2022 IR 87"),
            "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce",
        ),
        (
            b"Hong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7",
            ("", "ISO 2022 IR 149"),
            "Hong=\u6d2a^\u5409\u6d1e",
        ),
        (b"J\xe9r\xf4me", ("ISO 2022 IR 100",), "J\u00e9r\u00f4me"),
        (b"\x1b-F\xc4", ("ISO 2022 IR 100", "ISO 2022 IR 126"), "\u0394"),
    ],
)
def test_code_extensions(raw: bytes, terms: tuple[str, ...], text: str) -> None:
    """Escape sequences switch between the declared character sets (PS3.5 section 6.1.2.5)."""
    assert decode(raw, terms) == text


@given(
    st.lists(st.sampled_from(ESCAPES) | st.binary(max_size=4), max_size=8).map(b"".join),
    st.lists(st.sampled_from(TERMS) | st.text(max_size=12), max_size=3).map(tuple),
)
def test_any_bytes_become_text(raw: bytes, terms: tuple[str, ...]) -> None:
    """Whatever stands in a value and in Specific Character Set, text comes out and nothing is raised."""
    assert isinstance(decode(raw, terms), str)


def texts(data_set: Dataset) -> dict[int, str]:
    """The names and texts of a data set as pydicom decodes them, which drops last delimiters; by tag."""
    found = {}
    for element in data_set:
        if element.VR in {"PN", "LO", "SH"} and element.value and not element.tag.is_private:
            values = element.value if isinstance(element.value, MultiValue) else [element.value]
            joined = "\\".join(str(value).strip() for value in values)
            # pydicom leaves the escape sequence of GB 2312 in the text.
            found[int(element.tag)] = joined.replace("\x1b$)A", "")
    return found


def levels_by_pydicom(content: bytes) -> list[dict[int, str]]:
    """The texts of a file at the top and in the items below."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = dcmread(BytesIO(content))
        items = [item for element in data_set if element.VR == "SQ" for item in element.value]
        return [texts(level) for level in (data_set, *items)]


@pytest.mark.parametrize("name", [each.name for each in corpus.files() if each.folder == "charset"])
@pytest.mark.corpus
def test_real_names_are_decoded_like_pydicom_decodes_them(name: str) -> None:
    """Names and texts of files in many languages are pydicom's, at the top and in items."""
    content = corpus.file(name).read()
    expected = levels_by_pydicom(content)
    data_set = DataSet.of(read_header(MemorySource(content)))
    levels = [data_set, *(item for each in data_set.elements for item in data_set.items_of(each))]

    found = [
        {tag: level.text(tag).rstrip("=") for tag in by_tag}
        for level, by_tag in zip(levels, expected, strict=True)
    ]
    assert found == expected


def test_chinese_by_code_extensions_is_text_without_escape_sequences() -> None:
    """A name in GB 2312 by ISO 2022 reads as its characters alone, as a result carries it again."""
    raw = b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab="

    assert decode(raw, ("", "ISO 2022 IR 58")) == "Zhang^XiaoDong=\u5f20^\u5c0f\u4e1c="


@pytest.mark.parametrize("character_sets", [("", "ISO 2022 IR 87"), ("ISO_IR 192",)])
def test_very_many_escapes_are_no_text(
    character_sets: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Megabytes of them would take minutes; they are read as Latin-1, which loses nothing."""
    monkeypatch.setattr("pydicom.charset.decode_bytes", pytest.fail)
    raw = b"\x1b$B" * 20_001

    assert decode(raw, character_sets) == raw.decode("latin_1")
