"""A second de-identification, slow and simple: what PS3.15 Table E.1-1 wants of each element, by pydicom.

It says nothing of how texts are cleaned; all else of the reference page is here once more, in other words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag
from pydicom.uid import UID_dictionary

from shared.deid.rules.iod import knows, types_of
from shared.deid.rules.left_out import left_out_row
from shared.deid.rules.options import OPTIONS, Option
from shared.deid.rules.table import rows
from shared.dicom.dictionary import entry_of, keyword_of
from tests.tables import basic_codes


class Fate(Enum):
    """What has to come of an element."""

    GONE = "gone"
    EMPTY = "empty"
    DUMMY = "dummy"
    KEPT = "kept"
    MAPPED = "mapped"
    PSEUDONYM = "the patient's pseudonym"
    MOVED = "moved"
    CAPPED = "capped"
    CLEANED = "cleaned"
    INSIDE = "inside"
    INSIDE_DUMMY = "inside, where all text is a dummy"


_GONE, _EMPTY, _DUMMY = Fate.GONE, Fate.EMPTY, Fate.DUMMY
#: what a code means for Type 1, 1C, 2 or 2C, and 3 or none
_BY_TYPE = {
    "X": (_DUMMY, _GONE, _EMPTY, _GONE),
    "Z": (_DUMMY, _DUMMY, _EMPTY, _EMPTY),
    "D": (_DUMMY, _DUMMY, _DUMMY, _DUMMY),
    "X/Z": (_DUMMY, _DUMMY, _EMPTY, _GONE),
    "X/D": (_DUMMY, _DUMMY, _EMPTY, _GONE),
    "X/Z/D": (_DUMMY, _DUMMY, _EMPTY, _GONE),
    "Z/D": (_DUMMY, _DUMMY, _EMPTY, _EMPTY),
}
_COLUMN = {"1": 0, "1C": 1, "2": 2, "2C": 2}
_DATES = frozenset({"DA", "DT", "TM"})
_TELLING = _DATES | {"AE", "AS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"}
_TEXT = frozenset({"AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"})
_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "OB or OW", "UN"})
_MARKERS = frozenset({0x00120062, 0x00120063, 0x00120064, 0x00280303})
_PSEUDONYMS = frozenset({0x00100010, 0x00100020})
_PATIENT_AGE = 0x00101010
_SCHEMES = frozenset({"DCM", "SCT", "SRT", "SNM3", "UCUM", "FMA", "LN", "RADLEX", "NCIt"})
_CODE = frozenset({0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119})


class Difference(NamedTuple):
    """An element that came out otherwise than it has to."""

    keyword: str
    fate: Fate


class Oracle:
    """What has to come of the elements of one SOP Class under the Basic Profile with options.

    Attributes:
        uids: pairs of an original UID and what stands in its place.
        shifts: by how much dates moved.
        pseudonyms: what stands in the place of names and ids of patients.
    """

    def __init__(self, sop_class_uid: str, options: Iterable[Option] = ()) -> None:
        """Take what PS3.3 and the profile say."""
        self._types = types_of(sop_class_uid)
        self._options = frozenset(options)
        self.uids: set[tuple[str, str]] = set()
        self.shifts: set[timedelta] = set()
        self.pseudonyms: set[str] = set()
        self._judges: dict[Fate, Callable[[DataElement, DataElement], bool]] = {
            Fate.EMPTY: lambda _old, new: new.is_empty,
            Fate.DUMMY: lambda old, new: not new.is_empty and (new.value != old.value or _says_nothing(new)),
            Fate.KEPT: lambda old, new: bool(new.value == old.value),
            Fate.MAPPED: self._are_mapped,
            Fate.PSEUDONYM: self._is_pseudonym,
            Fate.MOVED: self._are_moved,
            Fate.CAPPED: lambda old, new: bool(new.value == min(str(old.value), "090Y")),
            Fate.CLEANED: lambda _old, _new: True,
        }

    def differences(self, before: Dataset, after: Dataset) -> list[Difference]:
        """Every element of `before` that came out wrong, and every one that came from nowhere."""
        return list(self._level(before, after, (), is_dummy=False))

    def _level(
        self, before: Dataset, after: Dataset, path: tuple[int, ...], *, is_dummy: bool
    ) -> Iterator[Difference]:
        in_code = str(before.get("CodingSchemeDesignator", "")) in _SCHEMES
        for tag in before.keys() | after.keys():
            if tag not in before:
                if path or tag not in _MARKERS:
                    yield Difference(keyword_of(int(tag)), Fate.GONE)
                continue
            if tag in _MARKERS and not path:
                continue
            fate = self._fate(tag, path, is_dummy=is_dummy, in_code=in_code)
            yield from self._judged(before[tag], after.get(tag), fate, (*path, int(tag)))

    def _judged(
        self, old: DataElement, new: DataElement | None, fate: Fate, path: tuple[int, ...]
    ) -> Iterator[Difference]:
        if fate in {Fate.INSIDE, Fate.INSIDE_DUMMY} and new is not None and len(old.value) == len(new.value):
            for one, other in zip(old.value, new.value, strict=True):
                yield from self._level(one, other, path, is_dummy=fate is Fate.INSIDE_DUMMY)
        elif not self._is_right(old, new, fate):
            yield Difference(keyword_of(int(old.tag)), fate)

    def _is_right(self, old: DataElement, new: DataElement | None, fate: Fate) -> bool:
        if new is None or fate is Fate.GONE:
            return new is None and fate is Fate.GONE
        judge = self._judges.get(fate)
        return judge is not None and judge(old, new)

    def _are_mapped(self, old: DataElement, new: DataElement) -> bool:
        pairs = list(zip(_values(old), _values(new), strict=False))
        self.uids.update(pairs)
        return len(_values(old)) == len(_values(new)) and all(
            (one == other) == (one in UID_dictionary or knows(one)) for one, other in pairs
        )

    def _is_pseudonym(self, old: DataElement, new: DataElement) -> bool:
        self.pseudonyms.add(str(new.value))
        return not new.is_empty and new.value != old.value

    def _are_moved(self, old: DataElement, new: DataElement) -> bool:
        if old.VR == "TM":
            return bool(new.value == old.value)
        values = [[each.replace(".", "", 2) for each in _values(element)] for element in (old, new)]
        pairs = list(zip(*values, strict=False))
        self.shifts.update(_day(other) - _day(one) for one, other in pairs)
        return len(values[0]) == len(values[1]) and all(one[8:] == other[8:] for one, other in pairs)

    @property
    def is_one_to_one(self) -> bool:
        """Whether equal UIDs became equal ones, and different UIDs different ones."""
        old, new = (len({pair[place] for pair in self.uids}) for place in (0, 1))
        return old == new == len(self.uids)

    def _fate(self, tag: BaseTag, path: tuple[int, ...], *, is_dummy: bool, in_code: bool) -> Fate:
        """What has to come of one element of a level."""
        if tag.is_private or tag.group < 8 or tag.element == 0 or tag.group >> 8 in {0x50, 0x60}:
            return Fate.GONE
        if tag in _MARKERS or tag == 0xFFFCFFFC or (entry := entry_of(int(tag))) is None:
            return Fate.GONE
        vr = entry.vr
        type_ = self._types.type_of(path, int(tag))
        if tag in _PSEUDONYMS:
            return Fate.PSEUDONYM
        if is_dummy and vr != "UI":
            return Fate.KEPT if in_code and tag in _CODE else self._dummied(int(tag), vr, type_)
        return self._retained(int(tag), vr) or _basic(int(tag), vr, type_)

    def _retained(self, tag: int, vr: str) -> Fate | None:
        """What the options want; None where they have no say."""
        row = rows().get(tag) or left_out_row(tag)
        codes: Mapping[str, str] = row.options if row else {}
        unlisted = tag not in basic_codes()
        may_move = unlisted or codes.get("retain_long_modified_dates") == "C"
        if vr in _DATES and may_move and "modified_dates" in self._options:
            return Fate.MOVED
        chosen = {(codes.get(OPTIONS[option].column), option) for option in self._options}
        if any(code == "K" for code, _ in chosen):
            return Fate.INSIDE if vr == "SQ" else Fate.CAPPED if tag == _PATIENT_AGE else Fate.KEPT
        is_cleaned = any(code == "C" and option != "modified_dates" for code, option in chosen)
        if is_cleaned and vr in _TEXT | {"SQ"}:
            return Fate.CLEANED
        keeping = "full_dates" if vr in _DATES else "uids" if vr == "UI" else ""
        return Fate.KEPT if unlisted and keeping in self._options else None

    @staticmethod
    def _dummied(tag: int, vr: str, type_: str | None) -> Fate:
        code = basic_codes().get(tag, "")
        if vr == "SQ":
            return Fate.GONE if code == "X" and type_ not in {"1", "1C"} else Fate.INSIDE_DUMMY
        if vr in _BULK or (code.startswith("X") and type_ in {None, "3"}):
            return _BY_TYPE["X"][_COLUMN.get(type_ or "", 3)]
        return Fate.DUMMY if vr in _TELLING else Fate.KEPT


def _basic(tag: int, vr: str, type_: str | None) -> Fate:
    code = basic_codes().get(tag)
    if code is None:
        return _unlisted(tag, vr, type_)
    if code == "X/Z/U*":
        return Fate.INSIDE if vr == "SQ" else Fate.GONE
    fate = Fate.MAPPED if code == "U" else _BY_TYPE[code][_COLUMN.get(type_ or "", 3)]
    if fate is Fate.DUMMY:
        return {"SQ": Fate.INSIDE_DUMMY, "UI": Fate.MAPPED}.get(vr, fate)
    return fate


def _unlisted(tag: int, vr: str, type_: str | None) -> Fate:
    if vr in _DATES or vr == "PN":
        return _BY_TYPE["X"][_COLUMN.get(type_ or "", 3)]
    if vr == "UI":
        names_a_scheme = keyword_of(tag).endswith(("CodingSchemeUID", "ContextUID", "MappingResourceUID"))
        return Fate.KEPT if names_a_scheme else Fate.MAPPED
    return Fate.INSIDE if vr == "SQ" else Fate.KEPT


def _values(element: DataElement) -> list[str]:
    many = element.value if element.VM > 1 else [element.value]
    return [str(each) for each in many if each not in {None, ""}]


def _day(value: str) -> date:
    return date(int(value[:4]), int(value[4:6]), int(value[6:8]))


def _says_nothing(element: DataElement) -> bool:
    return str(element.value) in {"ANONYMIZED", "AIRLOCK", "000D", "19000101", "19000101000000", "0", "0.0"}
