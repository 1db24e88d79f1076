"""One instance on its way out: made part by part, and each part held at the release gate.

What is in memory is made and checked at once. What passes item by item is made while it is written, against
the identifiers of the whole instance.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain

from shared.deid.gate.harvest import Token
from shared.deid.gate.residue import Wanted, found_beside_pixels, found_in_meta
from shared.deid.gate.sought import own_texts, sought
from shared.deid.header import encode
from shared.deid.header.encode import FileMeta
from shared.deid.header.memos import Group, Memo, Piece
from shared.deid.header.sections import Block
from shared.deid.look import SOP_CLASS_UID, SOP_INSTANCE_UID, Knows, Long, Look
from shared.deid.people import People
from shared.deid.pixels.amend import amended, shared_out
from shared.deid.pixels.cleaned import Change, Cleaned
from shared.deid.readings.said import said_beside_pixels
from shared.deid.readings.words import pieces, words_of
from shared.deid.rules.actions import Action
from shared.deid.subject import Subject
from shared.dicom.dictionary import keyword_of
from shared.dicom.pixel_data import PixelData
from shared.dicom.read import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    DataSetStart,
)
from shared.dicom.scan import UNDEFINED_LENGTH
from shared.errors import AttributeMissing, Residue
from shared.identifiers import is_uid

_CHUNK = 64 << 10
_SEARCHED_AT_ONCE = 1 << 20


class Gate:
    """Holds what still carries an identifier of its original."""

    def __init__(self, people: People, seen: Look) -> None:
        """Take what `seen.people` is; the same object for all instances that have the same."""
        self._seen = seen
        self._everybody = people
        self._people = people.keys
        self._uids = frozenset[bytes]().union(*[each.keys for each in chain.from_iterable(seen.uids)])

    @cached_property
    def _wanted(self) -> Wanted:
        """Worked out with the first suspicion: most instances give none."""
        seen, scope = self._seen, self._seen.context.scope
        own = own_texts(scope, seen.fact, seen.character_sets) if scope else frozenset[bytes]()
        return Wanted(sought(_tokens_of([*seen.people, *seen.uids]), _tokens_of(seen.kept), own))

    def places(self, memos: Sequence[Memo], pieces: Sequence[Piece]) -> list[str]:
        """The keyword of each element that holds an identifier; nearly always none."""
        suspects = [number for number, piece in enumerate(pieces) if self._is_suspect(memos[number], piece)]
        wanted = self._people, self._uids
        values = chain.from_iterable(memos[each].outgoing(pieces[each].content, *wanted) for each in suspects)
        return [keyword_of(value.tag) for value in values if self._wanted.found_in(value)]

    def _is_suspect(self, memo: Memo, piece: Piece) -> bool:
        if piece.words is None:
            return True
        if piece.cleared is not self._people:
            if not self._people.isdisjoint(piece.words) and self._holds_people(memo, piece):
                return True
            piece.cleared = self._people
        return not self._uids.isdisjoint(piece.words)

    def _holds_people(self, memo: Memo, piece: Piece) -> bool:
        """Whether it names somebody, be it on purpose; if not, no instance of theirs asks again."""
        values = memo.outgoing(piece.content, self._people)
        return any(self._everybody.wanted.found_in(value) for value in values)

    def places_in_meta(self, meta: FileMeta) -> list[str]:
        """The same for the File Meta Information; its UID of the instance stands in the data set, too."""
        # There a number belongs to a UID, and is nobody's.
        uids = chain(meta.words_around, words_of(meta.uid))
        if self._people.isdisjoint(meta.letters_around) and self._uids.isdisjoint(uids):
            return []
        return ["File Meta Information"] * len(found_in_meta(self._wanted, b"".join(meta)))

    def _may_hold(self, words: Iterable[bytes]) -> bool:
        return not (self._people.isdisjoint(words) and self._uids.isdisjoint(words))

    def places_beside_pixels(self, texts: Iterable[bytes]) -> list[str]:
        """The same for text in compressed frames."""
        suspects = chain.from_iterable(few for few in _handfuls(texts) if self._are_suspect(few))
        return ["Pixel Data" for text in suspects if found_beside_pixels(self._wanted, text)]

    def _are_suspect(self, texts: Sequence[bytes]) -> bool:
        said = b"\0".join(map(said_beside_pixels, texts))
        return any(self._may_hold(words_of(piece)) for piece in pieces(said))

    @staticmethod
    def require_none(places: Sequence[str]) -> None:
        """Hold the instance if there are such places.

        Raises:
            Residue: with where and how many; never what.
        """
        if places:
            raise Residue(element=places[0], places=len(places))


class Passage:
    """One instance, looked at, on its way out.

    Attributes:
        sop_instance_uid: its new one.
    """

    def __init__(
        self,
        start: DataSetStart,
        seen: Look,
        subject: Subject,
        gate: Gate,
        knows: Knows,
        *,
        cleaned: Cleaned | None = None,
    ) -> None:
        """Make what is in memory and hold it at the gate; `cleaned` is the new Pixel Data, if it is new.

        Raises:
            Residue: an identifier of the original stands in the output.
        """
        self._start = start
        self._seen = seen
        self._subject = subject
        self._knows = knows
        self._gate = gate
        self._cleaned = cleaned
        self.sop_instance_uid = _new_uid(seen, subject)
        meta = FileMeta.of(
            _uid(seen.fact(SOP_CLASS_UID)),
            self.sop_instance_uid,
            released_syntax((cleaned or start).transfer_syntax_uid),
        )
        self._meta = b"".join(meta)
        places = self._gate.places_in_meta(meta)
        self._made = [self._make(each, places) if isinstance(each, Block) else b"" for each in seen.before]
        self._tail = self._make(seen.behind, places) if seen.behind else b""
        if cleaned:
            self._amend(cleaned)
        self._gate.require_none(places)

    def _make(self, block: Block, places: list[str]) -> bytes:
        memos = self._subject.memos(block.layout)
        sources = block.layout.sources(block.content)
        pieces = [memo[source] for memo, source in zip(memos, sources, strict=True)]
        places += self._gate.places(memos, pieces)
        return b"".join([piece.content for piece in pieces])

    def _amend(self, cleaned: Cleaned) -> None:
        lowest = {
            place: section.layout.lowest_tag
            for place, section in enumerate(self._seen.before)
            if isinstance(section, Block)
        }
        for place, changes in zip(lowest, shared_out(cleaned.changes, [*lowest.values()]), strict=True):
            self.amend(place, changes, cleaned.removed_groups)

    def amend(self, place: int, changes: Sequence[Change], removed_groups: Collection[int] = ()) -> None:
        """Put attributes into the section at a place, and take groups out of it."""
        self._made[place] = amended(self._made[place], self._start.encoding, changes, removed_groups)

    def content(self) -> Iterator[bytes]:
        """Yield the output in chunks; what waits on disk is gone in the end, however that comes.

        Raises:
            Residue: an identifier of the original stands in an item, or in a compressed frame.
            PixelsUncleanable: text may stand in a compressed frame that cannot be searched.
        """
        try:
            yield from self._sections()
        finally:
            if self._cleaned:
                self._cleaned.close()

    def _sections(self) -> Iterator[bytes]:
        gathered = [self._meta]
        for section, made in zip(self._seen.before, self._made, strict=True):
            if isinstance(section, Block):
                gathered.append(made)
            else:
                yield b"".join(gathered)
                gathered = []
                yield from self._long(section)
        pixel_data = self._seen.pixel_data
        if pixel_data:
            gathered.append(self._pixel_data_begins(pixel_data))
        yield b"".join(gathered)
        if pixel_data:
            yield from self._pixels(pixel_data)
        if self._tail:
            yield self._tail

    def _pixel_data_begins(self, pixel_data: PixelData) -> bytes:
        cleaned = self._cleaned
        if cleaned is None:
            return self._start.source.read(pixel_data.start, pixel_data.value - pixel_data.start)
        length = UNDEFINED_LENGTH if cleaned.encapsulated else cleaned.length
        return encode.element_begins(pixel_data.tag, pixel_data.vr, length, self._start.encoding)

    def _pixels(self, pixel_data: PixelData) -> Iterator[bytes]:
        if self._cleaned:
            return self._cleaned.chunks
        if pixel_data.fragments is None:
            return self._start.source.stream(pixel_data.value, pixel_data.end)
        return self._compressed(pixel_data)

    def _compressed(self, pixel_data: PixelData) -> Iterator[bytes]:
        # Only here: what is not compressed does not need it.
        from shared.deid.pixels.comments import stretches

        for content, texts in stretches(self._start.source, pixel_data, self._start.transfer_syntax_uid):
            self._gate.require_none(self._gate.places_beside_pixels(texts))
            yield content

    def _long(self, section: Long) -> Iterator[bytes]:
        sequence, encoding = section.sequence, self._start.encoding
        if section.rule.action is Action.REMOVE:
            return
        if section.rule.action is not Action.RECURSE:
            yield encode.element(sequence.tag, "SQ", b"", encoding)
            return
        inside = sequence.encoding
        chunk = bytearray(encode.element(sequence.tag, sequence.vr, b"", encoding, undefined=True))
        for item in section.items(self._knows):
            places: list[str] = []
            made = self._make(item, places)
            self._gate.require_none(places)
            chunk += encode.item_begins(inside) + made + encode.item_ends(inside)
            if len(chunk) >= _CHUNK:
                yield bytes(chunk)
                chunk.clear()
        yield bytes(chunk) + encode.sequence_ends(inside)


def _handfuls(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield small texts together, of which there may be many, and large ones alone."""
    few: list[bytes] = []
    size = 0
    for text in texts:
        few.append(text)
        size += len(text)
        if size > _SEARCHED_AT_ONCE:
            yield few
            few, size = [], 0
    if few:
        yield few


def _tokens_of(groups: Sequence[Group]) -> Iterator[Token]:
    return (token for each in chain.from_iterable(groups) for token in each.tokens)


def _new_uid(seen: Look, subject: Subject) -> str:
    original = _uid(seen.fact(SOP_INSTANCE_UID))
    if not is_uid(original):
        raise AttributeMissing(attribute="SOPInstanceUID")
    return original if seen.keeps_uid else subject.uid(original)


def _uid(raw: bytes) -> str:
    return raw.rstrip(b"\0 ").decode("ascii", "replace")


def released_syntax(transfer_syntax_uid: str) -> str:
    """A deflated data set is released inflated; all others keep their transfer syntax."""
    deflated = transfer_syntax_uid == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
    return EXPLICIT_VR_LITTLE_ENDIAN if deflated else transfer_syntax_uid
