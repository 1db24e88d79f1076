"""Rewrite a scanned data set under the rules: unchanged runs are copied, the rest is written anew."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from shared.deid import encode
from shared.deid.dates import shift_date, shift_datetime
from shared.deid.rules import Action
from shared.dicom.dataset import DataSet
from shared.dicom.scan import Element

_DUMMY_TEXT = "ANONYMIZED"
_DUMMIES = {
    "AE": "AIRLOCK",
    "AS": "000D",
    "CS": "ANONYMIZED",
    "DA": "19000101",
    "DT": "19000101000000",
    "DS": "0",
    "IS": "0",
    "TM": "000000",
    "UR": "urn:airlock",
}
_TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


class Patient(NamedTuple):
    """What the rules need to know of the patient and the study.

    Attributes:
        pseudonym: the new Patient ID.
        shift_days: the patient's date shift.
        study_date: the study's shifted date where the profile puts it in place of all dates, else None.
    """

    pseudonym: str
    shift_days: int
    study_date: str | None


class Decides(Protocol):
    """Says what happens to an element."""

    def action(self, tag: int, vr: str, /) -> Action:
        """The action for an element as it is encoded."""
        ...


class MapsUids(Protocol):
    """Says what becomes of a UID."""

    def uid(self, original: str, /) -> str:
        """The UID to write in place of `original`."""
        ...


class Rewriter:
    """Rewrites data sets of one patient."""

    def __init__(self, rules: Decides, pseudonyms: MapsUids, patient: Patient) -> None:
        """Take the compiled rules, the keyed functions and the patient."""
        self._rules = rules
        self._pseudonyms = pseudonyms
        self._patient = patient
        self._writers: dict[Action, Callable[[DataSet, Element], bytes]] = {
            Action.REMOVE: lambda _data_set, _element: b"",
            Action.EMPTY: lambda data_set, element: self._replaced(data_set, element, ""),
            Action.DUMMY: self._dummy,
            Action.MAP_UID: self._mapped_uids,
            Action.SHIFT_DATE: self._shifted,
            Action.MASK: lambda data_set, element: self._replaced(data_set, element, "#"),
            Action.PSEUDONYM: lambda data_set, element: self._replaced(
                data_set, element, self._patient.pseudonym
            ),
            Action.RECURSE: self._sequence,
        }

    def rewrite(self, data_set: DataSet, added: Sequence[tuple[int, bytes]] = ()) -> bytes:
        """Rewrite one level; `added` are encoded elements to put in at their place, by rising tag."""
        return b"".join(self._pieces(data_set, iter(added)))

    def _pieces(self, data_set: DataSet, added: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
        """Yield what stays in as long runs as possible, and what is written anew."""
        next_tag, next_bytes = next(added, (1 << 32, b""))
        run_start = run_end = 0
        for element in sorted(data_set.elements, key=lambda one: one.tag):
            while element.tag > next_tag:
                yield data_set.buffer[run_start:run_end]
                yield next_bytes
                run_start = run_end
                next_tag, next_bytes = next(added, (1 << 32, b""))
            action = self._rules.action(element.tag, element.vr)
            if action is Action.KEEP and element.start == run_end:
                run_end = element.end
                continue
            yield data_set.buffer[run_start:run_end]
            run_start = run_end = element.end
            if action is Action.KEEP:
                run_start = element.start
            else:
                yield self._writers[action](data_set, element)
        yield data_set.buffer[run_start:run_end]
        if next_bytes:
            yield next_bytes
        yield from (encoded for _, encoded in added)

    def _replaced(self, data_set: DataSet, element: Element, text: str) -> bytes:
        return encode.element(element.tag, element.vr, text.encode("ascii"), data_set.encoding)

    def _dummy(self, data_set: DataSet, element: Element) -> bytes:
        """Binary and numeric attributes become empty: no dummy of theirs would mean nothing."""
        text = _DUMMIES.get(element.vr, _DUMMY_TEXT if element.vr in _TEXT_VRS else "")
        return self._replaced(data_set, element, text)

    def _mapped_uids(self, data_set: DataSet, element: Element) -> bytes:
        raw = data_set.buffer[element.value : element.end]
        originals = raw.decode("ascii", "replace").split("\\")
        mapped = "\\".join(self._pseudonyms.uid(uid.strip("\0 ")) for uid in originals)
        return self._replaced(data_set, element, mapped)

    def _shifted(self, data_set: DataSet, element: Element) -> bytes:
        values = [self._shift_one(value) for value in data_set.values_of(element)]
        return self._replaced(data_set, element, "\\".join(values))

    def _shift_one(self, value: str) -> str:
        """What is no date is emptied: it could be anything."""
        days, study_date = self._patient.shift_days, self._patient.study_date
        shifted = shift_date(value, days) or shift_datetime(value, days) or ""
        return shifted if study_date is None else study_date[: len(shifted)] + shifted[8:]

    def _sequence(self, data_set: DataSet, element: Element) -> bytes:
        """A sequence in disguise, whose VR is not SQ, has no items that could be cleaned: it goes."""
        if element.items is None:
            return b""
        encoding = data_set.encoding
        content = b"".join(
            encode.item(self.rewrite(level), encoding, undefined=item.undefined)
            for level, item in zip(data_set.items_of(element), element.items, strict=True)
        )
        return encode.sequence(element.tag, content, encoding, undefined=element.undefined)
