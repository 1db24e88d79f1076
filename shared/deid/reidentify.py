"""The way back: a result under the identity of its patient again.

It passes through a small window twice: once to see whose it is, once to be written. UIDs are mapped by value
wherever they stand. Sequences come out with undefined length, so that none has to be held.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from shared.deid.crosswalk import Crosswalk
from shared.deid.header import encode
from shared.deid.header.dates import day_of, shift_date
from shared.deid.look import IDENTITY_KEYWORDS
from shared.deid.passage import released_syntax
from shared.deid.result import (
    OWN_UIDS,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    Survey,
    kind_of,
    require_own,
)
from shared.deid.rules.scope import MARKERS
from shared.dicom.charset import CHARSET_VRS, SPECIFIC_CHARACTER_SET, decode, terms
from shared.dicom.dictionary import tag_for_keyword, vr_of
from shared.dicom.read import DataSetStart, find_data_set
from shared.dicom.scan import Encoding, Limits
from shared.dicom.source import ByteSource
from shared.dicom.stream import Bulk, ItemBegins, ItemEnds, SequenceBegins, SequenceEnds, Step, Value, Walk
from shared.errors import ResultUnreadable, ValidationError

_STUDY_INSTANCE_UID = 0x0020000D
_UTF_8 = "ISO_IR 192"
# Text in these character sets is UTF-8 already.
_WITHIN_UTF_8 = frozenset({(), ("",), ("ISO_IR 6",), (_UTF_8,)})
# Twice as many as a structure set of 200,000 contours has; many more would take longer than a person waits.
_LIMITS = Limits(element_count=3_000_000)
_CHUNK = 256 << 10


class Returning:
    """A result on its way back to its patient.

    Attributes:
        kind: what it is, such as `rtstruct`.
        sop_instance_uid: its own, which stays.
    """

    def __init__(self, source: ByteSource, crosswalk: Crosswalk) -> None:
        """Look through the whole result.

        Raises:
            ResultUnreadable: it cannot be read, or is no kind of result that leads back.
            ResultForeign: it does not reference the series that was sent, or other images besides.
        """
        try:
            self._start = find_data_set(source, _LIMITS)
            self._survey = Survey.of(Walk(self._start, _LIMITS))
        except ValidationError as error:
            raise ResultUnreadable(reason=error.code) from error
        kind = kind_of(self._survey)
        require_own(self._survey, kind, crosswalk)
        self.kind = kind.name
        self.sop_instance_uid = self._survey.text(SOP_INSTANCE_UID)
        self._crosswalk = crosswalk

    def content(self) -> Iterator[bytes]:
        """Yield it with its patient, study and references as in the original; its own UIDs stay.

        What is yielded, in chunks of about 256 KiB, is whole only when the iteration ends without an error.

        Raises:
            ResultUnreadable: a value does not fit any more once it is led back.
        """
        told, syntax = self._survey.text, released_syntax(self._start.transfer_syntax_uid)
        meta = encode.file_meta(told(SOP_CLASS_UID), told(SOP_INSTANCE_UID), syntax)
        try:
            way_back = _WayBack(self._start, self._survey, self._crosswalk)
            yield from _gathered(chain([meta], way_back.pieces()))
        except ValidationError as error:
            raise ResultUnreadable(reason=error.code) from error


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Join small pieces, for every write of one costs a call."""
    chunk = bytearray()
    for piece in pieces:
        chunk += piece
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    yield bytes(chunk)


class _WayBack:
    """Writes a result under its original identity, step by step."""

    def __init__(self, start: DataSetStart, survey: Survey, crosswalk: Crosswalk) -> None:
        self._start = start
        self._originals = crosswalk.uids
        self._study_date = day_of(crosswalk.identity.get("StudyDate", ""))
        self._released_date = shift_date(self._study_date, crosswalk.shift_days) or ""
        character_sets = terms(survey.top.get(SPECIFIC_CHARACTER_SET, b""))
        needs_utf_8 = not all(value.isascii() for value in crosswalk.identity.values())
        self._is_transcoded = needs_utf_8 and character_sets not in _WITHIN_UTF_8
        self._character_sets = [character_sets]
        self._restored = {tag: survey.text(tag) for tag in OWN_UIDS} | _identity(crosswalk)
        if needs_utf_8:
            self._restored[SPECIFIC_CHARACTER_SET] = _UTF_8

    def pieces(self) -> Iterator[bytes]:
        """Yield the data set: what is restored goes in at its place, the marks of de-identification go."""
        waiting = sorted(self._restored.items(), reverse=True)
        encoding = self._start.encoding
        skipped = depth = 0
        for step in Walk(self._start, _LIMITS):
            if depth == 0 and isinstance(step, Value | Bulk | SequenceBegins):
                while waiting and waiting[-1][0] <= step.tag:
                    yield _restored(*waiting.pop(), encoding)
                if step.tag in self._restored or step.tag in MARKERS:
                    skipped = 1
            depth += _DEPTH.get(type(step), 0)
            if not skipped:
                yield from self._written(step)
            elif depth == 0:
                skipped = 0
        while waiting:
            yield _restored(*waiting.pop(), encoding)

    def _written(self, step: Step) -> Iterator[bytes]:
        match step:
            case Value(tag, vr, raw, encoding):
                yield encode.element(tag, vr, self._value(tag, vr, raw), encoding)
            case Bulk(_, vr, start, end):
                if self._is_transcoded and vr in CHARSET_VRS:
                    raise ResultUnreadable(reason="text too long")
                for offset in range(start, end, _CHUNK):
                    yield self._start.source.read(offset, min(_CHUNK, end - offset))
            case SequenceBegins(tag, vr, encoding):
                yield encode.element(tag, vr, b"", encoding, undefined=True)
            case ItemBegins(encoding):
                self._character_sets.append(self._character_sets[-1])
                yield encode.item_begins(encoding)
            case ItemEnds(encoding):
                self._character_sets.pop()
                yield encode.item_ends(encoding)
            case SequenceEnds(encoding):
                yield encode.sequence_ends(encoding)

    def _value(self, tag: int, vr: str, raw: bytes) -> bytes:
        if vr == "UI":
            uids = (uid.strip("\0 ") for uid in raw.decode("ascii", "replace").split("\\"))
            return "\\".join(self._originals.get(uid, uid) for uid in uids).encode("ascii", "replace")
        if vr in {"DA", "DT"}:
            dates = (date.strip(" \0") for date in raw.decode("ascii", "replace").split("\\"))
            return "\\".join(map(self._date, dates)).encode("ascii", "replace")
        if not self._is_transcoded:
            return raw
        if tag == SPECIFIC_CHARACTER_SET:
            self._character_sets[-1] = terms(raw)
            return _UTF_8.encode()
        return decode(raw, self._character_sets[-1]).encode() if vr in CHARSET_VRS else raw

    def _date(self, value: str) -> str:
        """The released study's date becomes the original one; other dates are the destination's own."""
        is_released = self._released_date and value.startswith(self._released_date)
        return self._study_date + value[8:] if is_released else value


_DEPTH = {SequenceBegins: 1, SequenceEnds: -1}


def _identity(crosswalk: Crosswalk) -> dict[int, str]:
    identity = {
        tag: crosswalk.identity.get(keyword, "")
        for keyword in IDENTITY_KEYWORDS
        if (tag := tag_for_keyword(keyword)) is not None
    }
    return {**identity, _STUDY_INSTANCE_UID: crosswalk.series.study_instance_uid}


def _restored(tag: int, value: str, encoding: Encoding) -> bytes:
    return encode.element(tag, vr_of(tag), value.encode(), encoding)
