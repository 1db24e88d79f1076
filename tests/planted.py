"""Data sets with planted identifiers, made from a seed, and the key of what was planted where.

Written by pydicom, so that the product's own reader and writer are judged by another's.
"""

import hmac
import io
import random
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from pydicom.charset import convert_encodings, encode_string
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from shared.deid.instance import Deidentified, Deidentifier
from shared.deid.profile import load_profiles
from shared.dicom.read import Header, MemorySource, read_header

PROFILES = load_profiles(Path(__file__).parents[1] / "rulesets" / "deidentify")
NATIVE_SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big endian": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}
ENCAPSULATED_SYNTAX = JPEGBaseline8Bit
PIXELS = bytes(range(32))
FRAGMENTS = (b"\xff\xd8 first \xff\xd9", b"\xff\xd8 second fragment \xff\xd9")

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
    "Chinese": Script(("", "ISO 2022 IR 58"), "王小东张李刘陈杨赵黄周吴徐孙胡朱高林何", (1,)),
    "GB18030": Script(("GB18030",), "王小东张李刘陈杨赵黄周吴徐孙胡朱高林何", (1,)),
}


class FixedKeys:
    """Keys of a test: derived from a text."""

    def __init__(self, secret: str = "one") -> None:
        self._secret = secret.encode()

    def derive(self, purpose: str) -> bytes:
        """Derive the key of one purpose."""
        return hmac.digest(self._secret, purpose.encode(), sha256)


class Planted(NamedTuple):
    """A file and, by the place where it was planted, every form of bytes in which an identifier may survive."""

    content: bytes
    key: Mapping[str, frozenset[bytes]]

    def surviving(self, output: bytes) -> dict[str, list[bytes]]:
        """What of the key stands in `output`, without regard to case."""
        haystack = output.lower()
        found = {
            place: [form for form in forms if form.lower() in haystack] for place, forms in self.key.items()
        }
        return {place: forms for place, forms in found.items() if forms}


def ct_image(**changes: Any) -> Dataset:
    """A complete CT image of a patient; `changes` by keyword, None leaves an attribute out."""
    image = Dataset()
    values: dict[str, Any] = {
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": "1.3.6.1.4.1.99999.1.1",
        "StudyDate": "20200315",
        "StudyTime": "101530.25",
        "AccessionNumber": "",
        "Modality": "CT",
        "Manufacturer": "Acme",
        "PatientName": "Quarrington^Zebulon",
        "PatientID": "MRN-4711-0815",
        "PatientBirthDate": "19510204",
        "PatientSex": "O",
        "StudyInstanceUID": "1.3.6.1.4.1.99999.1",
        "SeriesInstanceUID": "1.3.6.1.4.1.99999.1.0",
        "FrameOfReferenceUID": "1.3.6.1.4.1.99999.1.9",
        "InstanceNumber": "1",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 4,
        "Columns": 4,
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
        "PixelData": PIXELS,
        **changes,
    }
    for keyword, value in values.items():
        if value is not None:
            setattr(image, keyword, value)
    return image


def part10(
    data_set: Dataset,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
    preamble: bytes = bytes(128),
    **meta: Any,
) -> bytes:
    """Write a DICOM file; `meta` are further elements of the File Meta Information by keyword."""
    file_meta = FileMetaDataset()
    file_meta.TransferSyntaxUID = transfer_syntax_uid
    file_meta.ImplementationClassUID = "2.25.999"
    for keyword, value in meta.items():
        setattr(file_meta, keyword, value)
    data_set.file_meta = file_meta
    data_set.preamble = preamble
    content = io.BytesIO()
    data_set.save_as(content, enforce_file_format=True)
    return content.getvalue()


def item(**values: Any) -> Dataset:
    """An item of a sequence."""
    content = Dataset()
    for keyword, value in values.items():
        setattr(content, keyword, value)
    return content


def encapsulated(fragments: Iterable[bytes]) -> bytes:
    """The value of encapsulated Pixel Data with an empty Basic Offset Table (PS3.5 Annex A.4)."""
    even = [fragment + b"\0" * (len(fragment) % 2) for fragment in fragments]
    items = [
        b"\xfe\xff\x00\xe0" + len(fragment).to_bytes(4, "little") + fragment for fragment in (b"", *even)
    ]
    return b"".join(items)


def header_of(content: bytes) -> Header:
    """The header of a file in memory."""
    return read_header(MemorySource(content))


def deidentifier(profile: str = "basic", secret: str = "one") -> Deidentifier:
    """A de-identifier with a shipped profile."""
    return Deidentifier(PROFILES[profile], FixedKeys(secret))


def written(instance: Deidentified, header: Header) -> bytes:
    """The file that is released."""
    pixels = b""
    if instance.pixels:
        start, end = instance.pixels
        pixels = header.source.read(start, end - start)
    return instance.head + pixels + instance.tail


def released(content: bytes, profile: str = "basic", secret: str = "one") -> bytes:
    """De-identify a file in memory."""
    header = header_of(content)
    return written(deidentifier(profile, secret).deidentify(header), header)


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
        image.RequestAttributesSequence = [
            item(RequestedProcedureID=self._ascii("RequestedProcedureID")[:16])
        ]
        image.ContentSequence = [item(ValueType="TEXT", TextValue=self._text("TextValue"))]
        for sequence in (image["ContributingEquipmentSequence"], outer["DerivationImageSequence"]):
            sequence.is_undefined_length = True
        middle.is_undefined_length_sequence_item = True

    def _plant_private(self, image: Dataset) -> None:
        block = image.private_block(0x0009, self._ascii("private creator"), create=True)
        block.add_new(0x01, "LO", self._text("private LO"))
        block.add_new(0x02, "PN", self._name("private PN"))
        block.add_new(0x03, "UN", self._ascii("private UN").encode())
        block.add_new(
            0x04, "SQ", Sequence([item(PatientName=self._name("PatientName in a private sequence"))])
        )
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
            yield encoded.removesuffix(b"\x1b(B")[4:]
