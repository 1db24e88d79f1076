"""Data sets with planted identifiers, made from a seed, and the key of what was planted where.

Written by pydicom, so that the product's own reader and writer are judged by another's.
"""

import random
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydicom.charset import convert_encodings, encode_string
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage

from tests.images import (
    ENCAPSULATED_SYNTAX,
    FRAGMENTS,
    NATIVE_SYNTAXES,
    ct_image,
    encapsulated,
    item,
    part10,
)

_CONSONANTS = "bcdfghjklmnpqrstvwxz"


class Script(NamedTuple):
    """How a hospital writes names: Specific Character Set (0008,0005) and letters to make them of.

    `groups` are the component groups of a PN (PS3.5 section 6.2.1) in which these letters stand.
    """

    character_sets: tuple[str, ...]
    letters: str
    groups: tuple[int, ...] = (0,)


SCRIPTS = {
    "Latin": Script(("ISO_IR 100",), "äéîõüçñåøßbdfgklmnprst"),
    "UTF-8": Script(("ISO_IR 192",), "äéîõüłžğşçñåøßbdfgklmnprst"),
    "Greek": Script(("ISO_IR 126",), "αβγδεζηθικλμνξοπρστυφχψω"),
    "Cyrillic": Script(("ISO_IR 144",), "абвгдежзийклмнопрстуфхцчшщэюя"),
    "Arabic": Script(("ISO_IR 127",), "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"),
    "Hebrew": Script(("ISO_IR 138",), "אבגדהוזחטיכלמנסעפצקרשת"),
    "Thai": Script(("ISO_IR 166",), "กขคงจฉชซญดตถทธนบปผฝพฟภมยรลวศสหอ"),
    "katakana": Script(("ISO_IR 13",), "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉ"),
    "Japanese": Script(("", "ISO 2022 IR 87"), "山田太郎佐藤鈴木高橋渡辺伊中村小林加", (1, 2)),
    "Korean": Script(("", "ISO 2022 IR 149"), "김이박최정강조윤장임한오서신권황안송류홍", (1,)),
    # pydicom leaves out the escape sequence of this one, as some systems do
    "Chinese without escapes": Script(("", "ISO 2022 IR 58"), "王小东张李刘陈杨赵黄周吴徐孙胡朱高林何", (1,)),
    "GB18030": Script(("GB18030",), "王小东张李刘陈杨赵黄周吴徐孙胡朱高林何", (1,)),
}


class Planted(NamedTuple):
    """A file and its key: by the place of each identifier every form of bytes in which it may survive."""

    content: bytes
    key: Mapping[str, frozenset[bytes]]

    def surviving(self, output: bytes) -> dict[str, list[bytes]]:
        """What of the key stands in `output`, without regard to case."""
        haystack = output.lower()
        found = {
            place: [form for form in forms if form.lower() in haystack] for place, forms in self.key.items()
        }
        return {place: forms for place, forms in found.items() if forms}


def planted(seed: int, script: str = "Latin", syntax: str = "explicit") -> Planted:
    """A CT image with an identifier in every kind of place, each one different, and the key to them.

    Args:
        seed: equal seeds give equal files.
        script: a key of `SCRIPTS`.
        syntax: a key of `NATIVE_SYNTAXES`, or `encapsulated`.
    """
    return _Planter(seed, SCRIPTS[script]).plant(syntax)


class _Planter:
    """Makes identifiers and writes down where each of them goes."""

    def __init__(self, seed: int, script: Script) -> None:
        self._random = random.Random(f"{seed} {script}")
        self._script = script
        self._codecs = convert_encodings(list(script.character_sets))
        self._key: dict[str, frozenset[bytes]] = {}

    def plant(self, syntax: str) -> Planted:
        """Build the file."""
        image = ct_image(SpecificCharacterSet=list(self._script.character_sets), **self._top_level())
        self._plant_nested(image)
        self._plant_private(image)
        self._plant_bulk(image)
        if syntax == "encapsulated":
            transfer_syntax_uid = ENCAPSULATED_SYNTAX
            image["PixelData"] = DataElement(0x7FE00010, "OB", encapsulated(FRAGMENTS))
            image.BitsAllocated, image.BitsStored, image.HighBit = 8, 8, 7
        else:
            transfer_syntax_uid = NATIVE_SYNTAXES[syntax]
        preamble = self._ascii("preamble").encode().ljust(128, b"\0")
        meta = {
            "SourceApplicationEntityTitle": self._ascii("file meta AE title")[:16],
            "PrivateInformationCreatorUID": self._uid("file meta creator"),
            "PrivateInformation": self._ascii("file meta private information").encode(),
        }
        return Planted(part10(image, transfer_syntax_uid, preamble, **meta), self._key)

    def _top_level(self) -> dict[str, Any]:
        return {
            "SOPInstanceUID": self._uid("SOPInstanceUID"),
            "StudyInstanceUID": self._uid("StudyInstanceUID"),
            "SeriesInstanceUID": self._uid("SeriesInstanceUID"),
            "FrameOfReferenceUID": self._uid("FrameOfReferenceUID"),
            "AccessionNumber": self._ascii("AccessionNumber")[:16],
            "InstitutionName": self._text("InstitutionName"),
            "InstitutionAddress": self._text("InstitutionAddress"),
            "ReferringPhysicianName": self._name("ReferringPhysicianName"),
            "ReferringPhysicianTelephoneNumbers": self._ascii("ReferringPhysicianTelephoneNumbers"),
            "StationName": self._ascii("StationName")[:16],
            "StudyDescription": self._text("StudyDescription"),
            "SeriesDescription": self._text("SeriesDescription"),
            "OperatorsName": [self._name("OperatorsName 1"), self._name("OperatorsName 2")],
            "PatientName": self._name("PatientName"),
            "PatientID": self._ascii("PatientID"),
            "IssuerOfPatientID": self._ascii("IssuerOfPatientID"),
            "OtherPatientIDs": [self._ascii("OtherPatientIDs 1"), self._ascii("OtherPatientIDs 2")],
            "OtherPatientNames": self._name("OtherPatientNames"),
            "PatientMotherBirthName": self._name("PatientMotherBirthName"),
            "PatientAddress": self._text("PatientAddress"),
            "PatientTelephoneNumbers": self._ascii("PatientTelephoneNumbers"),
            "PatientComments": self._text("PatientComments"),
            "DeviceSerialNumber": self._ascii("DeviceSerialNumber"),
            "ProtocolName": self._text("ProtocolName"),
            "StudyID": self._ascii("StudyID")[:16],
            "ImageComments": self._text("ImageComments"),
            "RequestedProcedureDescription": self._text("RequestedProcedureDescription"),
            "CommentsOnTheScheduledProcedureStep": self._text("CommentsOnTheScheduledProcedureStep"),
            "RetrieveURL": f"https://{self._ascii('RetrieveURL')}.example/studies",
        }

    def _plant_nested(self, image: Dataset) -> None:
        """Identifiers at the depths 1, 2 and 3, in sequences that stay."""
        deepest = item(
            OperatorsName=self._name("OperatorsName at depth 3"),
            InstitutionName=self._text("InstitutionName at depth 3"),
            SOPInstanceUID=self._uid("UID at depth 3"),
        )
        deepest.private_block(0x0009, "DEEP", create=True).add_new(1, "LO", self._text("private at depth 3"))
        middle = item(
            StationName=self._ascii("StationName at depth 2")[:16],
            PersonIdentificationCodeSequence=[
                item(CodeValue="1", CodingSchemeDesignator="99LOCAL", CodeMeaning=self._text("person's code"))
            ],
            DerivationImageSequence=[deepest],
        )
        outer = item(
            PatientID=self._ascii("PatientID at depth 1"),
            PatientName=self._name("PatientName at depth 1"),
            DerivationImageSequence=[item(), middle],
        )
        image.ContributingEquipmentSequence = [outer]
        image.ReferencedImageSequence = [
            item(
                ReferencedSOPClassUID=CTImageStorage,
                ReferencedSOPInstanceUID=self._uid("ReferencedSOPInstanceUID"),
            )
        ]
        image.RequestAttributesSequence = [item(RequestedProcedureID=self._ascii("RequestedProcedureID"))]
        image.ContentSequence = [item(ValueType="TEXT", TextValue=self._text("TextValue"))]
        for sequence in (image["ContributingEquipmentSequence"], outer["DerivationImageSequence"]):
            sequence.is_undefined_length = True
        middle.is_undefined_length_sequence_item = True

    def _plant_private(self, image: Dataset) -> None:
        block = image.private_block(0x0009, self._ascii("private creator"), create=True)
        block.add_new(0x01, "LO", self._text("private LO"))
        block.add_new(0x02, "PN", self._name("private PN"))
        block.add_new(0x03, "UN", self._ascii("private UN").encode())
        nested = item(PatientName=self._name("PatientName in a private sequence"))
        block.add_new(0x04, "SQ", Sequence([nested]))
        block.add_new(0x05, "OB", self._ascii("private OB").encode())
        # a standard attribute in VR UN, as converters write it that do not know it (PS3.5 section 6.2.2)
        image.add(DataElement(0x00081050, "UN", self._ascii("UN in public").encode()))

    def _plant_bulk(self, image: Dataset) -> None:
        """Overlays, curves, and what stands behind Pixel Data."""
        image.add(DataElement(0x60003000, "OW", self._ascii("overlay data").encode().ljust(32, b"\0")))
        image.add(DataElement(0x60024000, "LT", self._text("overlay comments")))
        image.add(DataElement(0x50003000, "OW", self._ascii("curve data").encode().ljust(32, b"\0")))
        image.DigitalSignaturesSequence = [
            item(
                CertificateOfSigner=self._ascii("certificate").encode().ljust(32, b"\0"),
                DigitalSignatureUID=self._uid("DigitalSignatureUID"),
            )
        ]
        image.DataSetTrailingPadding = self._ascii("padding").encode().ljust(32, b"\0")

    def _word(self, letters: str) -> str:
        return "".join(self._random.choice(letters) for _ in range(8))

    def _ascii(self, place: str) -> str:
        """Eight letters that are no word, and four digits."""
        word = f"{self._word(_CONSONANTS).upper()}{self._random.randrange(1000, 10000)}"
        self._key[place] = frozenset({word.encode()})
        return word

    def _uid(self, place: str) -> str:
        uid = f"1.3.6.1.4.1.99999.{self._random.randrange(10**20, 10**21)}"
        self._key[place] = frozenset({uid.encode()})
        return uid

    def _text(self, place: str) -> str:
        text = self._word(self._script.letters)
        self._key[place] = frozenset(self._forms(text))
        return text

    def _name(self, place: str) -> str:
        """Family and given name in letters of the script, with an ASCII group where that is the custom."""
        latin = [self._word(_CONSONANTS).capitalize(), self._word(_CONSONANTS).capitalize()]
        native = [self._word(self._script.letters), self._word(self._script.letters)]
        groups = ["^".join(native if group in self._script.groups else latin) for group in range(3)]
        kept = groups[: max(self._script.groups) + 1]
        used = native if self._script.groups == (0,) else native + latin
        self._key[place] = frozenset(form for word in used for form in self._forms(word))
        return "=".join(kept)

    def _forms(self, text: str) -> Iterator[bytes]:
        """The text as the file holds it and in UTF-8, also without what shifts code tables (ISO 2022)."""
        encoded = encode_string(text, self._codecs)
        yield from (encoded, text.encode(), text.upper().encode())
        if b"\x1b" in encoded:
            yield re.sub(rb"\x1b[$()]{1,2}[A-Z]", b"", encoded)
