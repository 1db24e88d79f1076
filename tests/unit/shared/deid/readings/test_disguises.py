"""Identifiers in disguise: look-alike letters, invisible ones, encodings for transport, UTF-16."""

from base64 import b64encode, urlsafe_b64encode
from quopri import encodestring
from time import process_time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.readings.disguises import revealed
from shared.errors import Residue
from tests.images import NATIVE_SYNTAXES, ct_image, part10, released

UTF_8 = "ISO_IR 192"
NAME = "Quarrington"


def held(profile: str = "basic", syntax: str = "explicit", **changes: Any) -> str | None:
    """The element at which an image is held, None if it is released."""
    values = {"SpecificCharacterSet": UTF_8, **changes}
    try:
        released(part10(ct_image(**values), NATIVE_SYNTAXES[syntax]), profile)
    except Residue as error:
        return str(error.details["element"])
    return None


def is_found(text: str, **changes: Any) -> bool:
    """Whether the text in an attribute that stays holds the image."""
    return held(ContrastBolusRoute=text, **changes) == "ContrastBolusRoute"


@pytest.mark.parametrize(
    "text",
    [
        "Qu\u0430rringt\u043en",  # Cyrillic a and o
        "QU\u0410RRINGT\u041eN",
        "Quarr\u0456ngt\u03bfn",  # Ukrainian i, Greek o
        "\uff31\uff35\uff21\uff32\uff32\uff29\uff2e\uff27\uff34\uff2f\uff2e",  # full width
        "".join(chr(0x1D400 + ord(letter) - ord("A")) for letter in NAME.upper()),  # mathematical
        "Qua\u0301rri\u0308ngton",  # accents that combine
        "Quarr\u0131ngton",  # no dot
        "Quar\u200b\u2060rin\u00adgton",
        "Quar\u034frin\ufe0fgton\U000e0101",  # grapheme joiner, variation selectors
        "Quar\u3164ring\u115fton",  # fillers
    ],
)
@pytest.mark.parametrize("profile", ["basic", "safe_private"])
def test_a_name_in_other_letters_is_found(text: str, profile: str) -> None:
    """What people cannot tell from the name is the name."""
    assert is_found(text, profile=profile, PatientName=f"{NAME}^Zebulon")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Петров^Иван", "Пeтpoв"),  # Latin e, p, o in a Cyrillic name
        ("Müller^Jörg", "MUELLER"),
        ("Møller^Bo", "MOLLER"),
        ("Møller^Bo", "Moeller"),
        ("Mueller^Joerg", "Müller"),
        ("Żółkiewski^Jan", "ZOLKIEWSKI"),
        ("Æbelø^Jan", "AEBELO"),
        ("ΝΙΚΗΤΑΡΑΣ^A", "NIKHTAPAΣ"),
    ],
)
def test_names_of_other_alphabets_are_found_in_mixed_letters(name: str, text: str) -> None:
    """Whichever of the two spellings the name itself has."""
    assert is_found(f"ask {text} first", PatientName=name)


@pytest.mark.parametrize("number", ["٤٧١١٠٨١٥", "४७११०८१५", "๔๗๑๑๐๘๑๕", "4711\u200b0815"])
def test_digits_of_other_scripts_are_digits(number: str) -> None:
    """Arabic, Indian, Thai."""
    assert is_found(f"id {number}", PatientID="47110815")


def hexadecimal(text: str) -> str:
    """Two digits for each byte."""
    return text.encode().hex()


ENCODINGS = {
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64 behind a byte": lambda text: b64encode(b"x " + text.encode()).decode(),
    "base64 behind two bytes": lambda text: b64encode(b"xy " + text.encode()).decode().rstrip("="),
    "base64 in a path": lambda text: "https://pacs/q/" + urlsafe_b64encode(text.encode()).decode(),
    "base64 of UTF-16": lambda text: b64encode(text.encode("utf-16-le")).decode(),
    "hexadecimal": hexadecimal,
    "hexadecimal with spaces": lambda text: text.encode().hex(" ").upper(),
    "hexadecimal of a program": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent of some": lambda text: quote(text.replace("r", "ř")).replace("%C5%99", "%72"),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "references": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "hexadecimal references": lambda text: "".join(f"&#x{ord(letter):x};" for letter in text),
    "escapes": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "changes", [{"PatientName": f"{NAME}^Zebulon"}, {"PatientID": "MRN-4711-0815"}], ids=["name", "id"]
)
def test_what_is_encoded_for_transport_is_found(encoding: str, changes: dict[str, str]) -> None:
    """In text that stays, wherever the encoded part begins."""
    (value,) = changes.values()
    hidden = ENCODINGS[encoding](value)

    assert held(MaskOperationExplanation=f"see {hidden} there", **changes) == "MaskOperationExplanation"


def test_letters_beyond_ascii_are_found_in_what_is_encoded() -> None:
    """The quoted-printable of a form, the URL of a browser, the HTML of a report."""
    name = "Müller-Lüdenscheidt^J"

    for text in ("L=C3=BCdenscheidt", "L%C3%BCdenscheidt", "L%FCdenscheidt", "L&uuml;denscheidt"):
        assert is_found(text, PatientName=name)
    assert is_found(encodestring("for Lüdenscheidt".encode("latin_1")).decode(), PatientName=name)


def test_base64_is_found_across_lines() -> None:
    """Mail folds it after 76 characters."""
    encoded = b64encode(b"x" * 52 + b" Quarrington is the name").decode()
    folded = f"{encoded[:76]}\r\n{encoded[76:]}"

    assert held(MaskOperationExplanation=folded, PatientName=NAME) == "MaskOperationExplanation"


@pytest.mark.parametrize(
    "text",
    [
        "4711 0815",
        "47-11-08-15",
        "4711.0815",
        "call 030/1234567",
        "(030) 123 45 67",
        "+49-30-1234567",
        "q u a r r i n g t o n",
        "Q.U.A.R.R.I.N.G.T.O.N",
        "for Quarring-\r\nton",
        "done 20200315101530",
        "born 195103040815",
        "born 510304",
    ],
)
def test_what_is_spread_or_written_together_is_found(text: str) -> None:
    """Numbers in groups, letter by letter, at the end of a line, dates with the time."""
    values = {"PatientName": NAME, "PatientID": "47110815", "PatientBirthDate": "19510304"}
    values |= {"StudyDate": "20200315", "PatientTelephoneNumbers": "+49 30 1234567"}

    assert held(MaskOperationExplanation=text, **values) == "MaskOperationExplanation"


@pytest.mark.parametrize("text", ["4711 0816", "1 4711", "A P L R", "12 34 56 78", "201903151015"])
def test_other_numbers_and_letters_are_not(text: str) -> None:
    """Settings of machines have many numbers."""
    values = {"PatientName": NAME, "PatientID": "47110815", "StudyDate": "20200315"}

    assert held(MaskOperationExplanation=text, **values) is None


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "a ",
        "1 ",
        "a b c ",
        "ab-",
        "aa ",
        " ",
        "\t \n",
        "- ",
        "=",
        "%4",
        "&am",
        "\\u00",
        "1.",
        "\0a",
        "Aa1/",
    ],
)
@pytest.mark.parametrize("end", ["", "zz", "\nx", "\xe9"])
def test_a_long_value_takes_no_longer_than_its_length(text: str, end: str) -> None:
    """What repeats begins at few places only: twice the length may not take four times as long."""
    started = process_time()
    revealed("UT", (text * (400_000 // len(text)) + end).encode(), ("ISO_IR 192",))

    assert process_time() - started < 10


@pytest.mark.parametrize("number", ["9" * 5000, "0" * 5000 + "81", "x" + "f" * 5000, "9999999", "xd800"])
def test_a_reference_to_no_character_hides_nothing_behind_it(number: str) -> None:
    """A number of thousands of digits is none that Python reads; the references before and after are."""
    found = revealed("UT", f"see &#81;uar &#{number}; &#114;ington &#90;".encode(), ())

    assert b"quar " in found
    assert b" rington z" in found


@given(st.binary(max_size=200) | st.text("&#x0123456789;\\u%=dfq \n+/_-", max_size=200).map(str.encode))
def test_whatever_a_value_is_it_can_be_read(raw: bytes) -> None:
    """Nothing that somebody writes into a file raises."""
    texts = [revealed(vr, raw, ("ISO_IR 192",)) for vr in ("UT", "OB")]

    assert all(isinstance(text, bytes) for text in texts)


def test_a_large_binary_value_is_not_looked_behind() -> None:
    """It would take many times its size."""
    assert revealed("OB", b64encode(NAME.encode()) + bytes(1 << 20), ()) == b""


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_in_a_binary_value_is_found(codec: str) -> None:
    """As the description of an ICC profile is written."""
    profile = b"\0\0\0\x1cdesc" + "for Quarrington".encode(codec) + b"\0\1"

    assert held(ICCProfile=profile + b"\0" * (len(profile) % 2), PatientName=NAME) == "ICCProfile"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ho^Ann", "\u043d\u043e \u043d\u0435 \u0442\u0430\u043a"),  # Russian "but not so"
        ("Pot^Ann", "\u0440\u043e\u0442"),  # Russian "mouth"
        ("Routine^Ann", "cm91dGlu"),
    ],
)
def test_other_words_are_not(name: str, text: str) -> None:
    """Short words of another language only look like short names; parts of words are none."""
    assert held(ContrastBolusRoute=text, PatientName=name) is None


@pytest.mark.parametrize(
    "text", ["", "AX T2 FLAIR", "CONTRAST", "Routine", "20240229", "1.25", "HEAD/NECK", "L4/5 0.5mm"]
)
def test_ordinary_text_hides_nothing(text: str) -> None:
    """One search tells so."""
    assert revealed("LO", text.encode(), ()) == b""


@pytest.mark.parametrize("vr", ["UI", "DS", "OW", "US"])
def test_numbers_hide_nothing(vr: str) -> None:
    """They are not looked into."""
    assert revealed(vr, b64encode(NAME.encode()), ()) == b""
