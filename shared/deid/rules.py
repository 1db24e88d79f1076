"""Which rule handles an element: private, marker, mask, Table E.1-1, or its Value Representation.

Every element falls under exactly one rule, and what no rule knows is removed.
"""

from enum import Enum

from shared.deid.profile import Profile
from shared.deid.table import basic_profile, keeps_modified_date
from shared.dicom.dictionary import entry_of, first_of_range, keyword_of

PATIENT_NAME = 0x00100010
PATIENT_ID = 0x00100020
#: the attributes that Airlock itself writes (PS3.15 section E.1.1)
MARKERS = frozenset({0x00120062, 0x00120063, 0x00120064, 0x00280303})

# Below stand commands, File Meta Information and directory records, never a data set's (PS3.5 section 7.1).
_FIRST_GROUP = 0x0008
# Padding has no meaning and may hide anything (PS3.10 section 7.2).
_DATA_SET_TRAILING_PADDING = 0xFFFCFFFC
_DATE_VRS = frozenset({"DA", "DT", "TM"})
_CLASS_KEYWORD_ENDS = (
    "ClassUID",
    "ClassesUID",
    "TransferSyntaxUID",
    "CodingSchemeUID",
    "ContextUID",
    "MappingResourceUID",
)


class Action(Enum):
    """What happens to an element."""

    #: stays byte for byte
    KEEP = "keep"
    #: is removed (X)
    REMOVE = "remove"
    #: becomes empty (Z)
    EMPTY = "empty"
    #: gets a dummy value of its Value Representation (D)
    DUMMY = "dummy"
    #: each UID is mapped with the key (U)
    MAP_UID = "map_uid"
    #: the date moves by the patient's shift
    SHIFT_DATE = "shift_date"
    #: becomes `#`
    MASK = "mask"
    #: becomes the patient's pseudonym
    PSEUDONYM = "pseudonym"
    #: its items are de-identified in turn
    RECURSE = "recurse"


_BY_CODE = {
    "X": Action.REMOVE,
    "Z": Action.EMPTY,
    "D": Action.DUMMY,
    "Z/D": Action.DUMMY,
    "X/Z": Action.EMPTY,
    "X/D": Action.DUMMY,
    "X/Z/D": Action.DUMMY,
    "X/Z/U*": Action.RECURSE,
    "U": Action.MAP_UID,
}
# A sequence has no dummy value: the items of those with D are persons and text, which no image needs, and
# where the code allows it, the sequence goes.
_SEQUENCE_BY_CODE = _BY_CODE | {
    "D": Action.EMPTY,
    "Z/D": Action.EMPTY,
    "X/D": Action.REMOVE,
    "X/Z/D": Action.REMOVE,
}


class Rules:
    """A profile, compiled: one lookup an element."""

    def __init__(self, profile: Profile) -> None:
        """Take the profile's masks and options."""
        self._profile = profile
        self._masked = profile.masked_tags
        self._actions: dict[tuple[int, str], Action] = {}

    def action(self, tag: int, vr: str) -> Action:
        """The action for an element as it is encoded."""
        key = (tag, vr)
        found = self._actions.get(key)
        if found is None:
            found = self._actions[key] = self._decide(tag, _effective_vr(tag, vr))
        return found

    def _decide(self, tag: int, vr: str) -> Action:
        group, number = tag >> 16, tag & 0xFFFF
        dropped = tag in MARKERS or tag == _DATA_SET_TRAILING_PADDING or group >> 8 in {0x50, 0x60}
        if dropped or group % 2 or group < _FIRST_GROUP or number == 0 or vr == "UN":
            return Action.REMOVE
        if tag in {PATIENT_ID, PATIENT_NAME} and not self._masks(tag, vr):
            return Action.PSEUDONYM
        code = basic_profile().get(first_of_range(tag))
        action = self._by_code(tag, vr, code) if code else self._by_vr(tag, vr)
        if action in {Action.REMOVE, Action.EMPTY, Action.DUMMY} and self._masks(tag, vr):
            return Action.MASK
        return action

    def _masks(self, tag: int, vr: str) -> bool:
        return tag in self._masked or (self._profile.mask_person_names and vr == "PN")

    def _by_code(self, tag: int, vr: str, code: str) -> Action:
        if self._profile.dates != "remove" and keeps_modified_date(tag):
            return Action.KEEP if vr == "TM" else Action.SHIFT_DATE
        if vr == "SQ":
            return _SEQUENCE_BY_CODE[code]
        return Action.REMOVE if code == "X/Z/U*" else _BY_CODE[code]

    def _by_vr(self, tag: int, vr: str) -> Action:
        """Attributes that Table E.1-1 does not list."""
        if entry_of(tag) is None or vr == "PN":
            return Action.REMOVE
        if vr == "SQ":
            return Action.RECURSE
        if vr == "UI":
            return Action.KEEP if keyword_of(tag).endswith(_CLASS_KEYWORD_ENDS) else Action.MAP_UID
        if vr in _DATE_VRS:
            return self._unlisted_date(vr)
        return Action.KEEP

    def _unlisted_date(self, vr: str) -> Action:
        if self._profile.dates == "remove":
            return Action.REMOVE
        return Action.KEEP if vr == "TM" else Action.SHIFT_DATE


def _effective_vr(tag: int, vr: str) -> str:
    """The Standard's VR where the file's could hide what it is; UN stays, as nobody can look inside.

    What only pretends to be a sequence, or hides a time of day, which would stay as it is, counts as UN.
    """
    entry = entry_of(tag)
    if entry is None or vr in {"UN", entry.vr}:
        return vr
    if vr == "SQ" or entry.vr == "TM":
        return "UN"
    guarded = {"UI", "SQ", "PN", "DA", "DT"}
    return entry.vr if entry.vr in guarded else vr
