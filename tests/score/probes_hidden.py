"""Places where nobody looks: around the data set, in bulk, in private elements and in what nobody defines."""

from struct import pack

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian

from tests.images import item
from tests.score.draft import EVERYONE, Draft, Plant, Probe, added, at, element, even, raw

_BULK = 32


def _bulk(secret: str) -> bytes:
    return secret.encode().ljust(_BULK, b"\0")


def _preamble(draft: Draft) -> None:
    draft.preamble = draft.secret.encode().ljust(128, b"\0")


def _meta(keyword: str) -> Plant:
    def plant(draft: Draft) -> None:
        draft.meta[keyword] = draft.secret

    return plant


def _private_meta(draft: Draft) -> None:
    draft.meta |= {"PrivateInformationCreatorUID": "2.25.5", "PrivateInformation": draft.hidden}


def _behind(tag: int, vr: str) -> Plant:
    def plant(draft: Draft) -> None:
        draft.behind += element(tag, vr, _bulk(draft.secret))

    return plant


def _private(creator: str, number: int, vr: str, group: int = 0x0009) -> Plant:
    def plant(draft: Draft) -> None:
        value = _bulk(draft.secret) if vr in {"OB", "UN"} else draft.secret
        draft.data_set.private_block(group, creator, create=True).add_new(number, vr, value)

    return plant


def _private_sequence(draft: Draft) -> None:
    inner = item(PatientName=draft.secret)
    draft.data_set.private_block(0x0009, "ACME", create=True).add_new(4, "SQ", Sequence([inner]))


def _private_item(draft: Draft) -> None:
    inner = Dataset()
    inner.private_block(0x0009, "ACME", create=True).add_new(1, "LO", draft.secret)
    draft.data_set.ContributingEquipmentSequence = [inner]


def _creator(draft: Draft) -> None:
    draft.data_set.private_block(0x0009, draft.secret, create=True).add_new(1, "US", 1)


def _icon(draft: Draft) -> None:
    draft.data_set.IconImageSequence = [
        item(Rows=4, Columns=8, BitsAllocated=8, PixelData=_bulk(draft.secret))
    ]
    draft.data_set.IconImageSequence[0]["PixelData"].VR = "OB"


def _signature(draft: Draft) -> None:
    signature = item(CertificateOfSigner=_bulk(draft.secret), DigitalSignatureUID="2.25.6")
    draft.data_set.DigitalSignaturesSequence = [signature]


def _encrypted(draft: Draft) -> None:
    inner = item(EncryptedContent=_bulk(draft.secret), EncryptedContentTransferSyntaxUID="1.2.840.10008.1.2")
    draft.data_set.EncryptedAttributesSequence = [inner]


def _unknown_sequence(draft: Draft) -> None:
    """In VR UN with undefined length, its items in implicit VR (PS3.5 section 6.2.2)."""
    value = even(draft.secret.encode())
    name = pack("<HHI", 0x0010, 0x0010, len(value)) + value
    items = pack("<HHI", 0xFFFE, 0xE000, len(name)) + name + pack("<HHI", 0xFFFE, 0xE0DD, 0)
    draft.front += pack("<HH2sHI", 0x000D, 0x1001, b"UN", 0, 0xFFFFFFFF) + items


def _behind_the_end(draft: Draft) -> None:
    """Bytes that are no element."""
    draft.behind += draft.secret.encode()


def _behind_deflated(draft: Draft) -> None:
    """What stands behind the end of a deflated data set belongs to none."""
    draft.syntax = DeflatedExplicitVRLittleEndian
    draft.behind += draft.hidden


_PLACES: dict[str, Plant] = {
    "preamble": _preamble,
    "meta source AE title": _meta("SourceApplicationEntityTitle"),
    "meta sending AE title": _meta("SendingApplicationEntityTitle"),
    "meta receiving AE title": _meta("ReceivingApplicationEntityTitle"),
    "meta version name": _meta("ImplementationVersionName"),
    "meta private information": _private_meta,
    "group 0000": raw(0x00000900, "LO"),
    "group 0002 in the data set": raw(0x00020016, "AE"),
    "group 0004": raw(0x00041130, "CS"),
    "group 0006": raw(0x00060010, "LO"),
    "a group length": raw(0x00080000, "LO"),
    "bytes behind the end": _behind_the_end,
    "bytes behind a deflated data set": _behind_deflated,
    "trailing padding": _behind(0xFFFCFFFC, "OB"),
    "an unknown element at the end": _behind(0xFFFA0010, "LO"),
    "an unknown public text": raw(0x0018FFF0, "LO"),
    "an unknown public name": raw(0x0018FFF0, "PN"),
    "an unknown public UN": raw(0x0028FFF0, "UN"),
    "an unknown public group": raw(0x00F80010, "LT"),
    "a retired repeating group": raw(0x002031F8, "LO"),
    "overlay data": added(0x60003000, "OW", _bulk),
    "overlay label": added(0x60001500, "LO"),
    "overlay description": added(0x60020022, "LO"),
    "overlay comments": added(0x601E4000, "LT"),
    "the last overlay": added(0x60FE3000, "OB", _bulk),
    "curve data": added(0x50003000, "OW", _bulk),
    "curve label": added(0x50022500, "LO"),
    "audio comments": added(0x5000200E, "LT"),
    "icon": _icon,
    "digital signature": _signature,
    "encrypted attributes": _encrypted,
    "private LO": _private("ACME", 1, "LO"),
    "private PN": _private("ACME", 2, "PN"),
    "private UN": _private("ACME", 3, "UN"),
    "private OB": _private("ACME", 5, "OB"),
    "private sequence": _private_sequence,
    "private sequence in UN": _unknown_sequence,
    "private in an item": _private_item,
    "private creator": _creator,
    "private without a creator": raw(0x000B1001, "LO"),
    "private of a safe creator": _private("SIEMENS MR HEADER", 0x08, "LO", 0x0019),
    "private in another group of a safe creator": _private("SIEMENS MR HEADER", 0x0C, "LO", 0x0021),
    "private name under a safe tag": _private("SIEMENS MR HEADER", 0x0C, "PN", 0x0019),
    "a retired identifier": at("PatientReligiousPreference"),
}
#: what is no data set at all
_NO_DATA_SET = frozenset({"group 0000", "bytes behind the end"})
PROBES = [
    Probe(name, plant, held=EVERYONE if name in _NO_DATA_SET else frozenset())
    for name, plant in _PLACES.items()
]
