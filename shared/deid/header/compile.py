"""From scanned elements and rules to a layout: what is copied, what is written anew, what identifies."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from shared.deid.header import encode
from shared.deid.header.fates import Fate, KnownFates
from shared.deid.header.layout import Layout
from shared.deid.header.level import Level
from shared.deid.header.limits import ALLOWED, Limit, require_allowed
from shared.deid.header.segments import NOWHERE, Segments
from shared.deid.rules.actions import Action, Rule
from shared.deid.rules.scope import Scope
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.scan import Element
from shared.errors import ElementHeld

if TYPE_CHECKING:
    from shared.deid.header.memos import TokenMemo
    from shared.dicom.pattern import Span

_BY_TAG = attrgetter("tag")


class Compiler:
    """Compiles one block."""

    def __init__(self, known: KnownFates, facts: Sequence[int] = ()) -> None:
        """Take the fates known so far, and the tags of the block's first level whose values are asked for."""
        self._known = known
        self._facts = facts
        self._skipped: list[Span] = []
        self._people: list[tuple[Span, TokenMemo]] = []
        self._uids: list[tuple[Span, TokenMemo]] = []
        self._kept: list[tuple[Span, TokenMemo]] = []
        self._asked: dict[Limit, int] = dict.fromkeys(ALLOWED, 0)

    def compile(self, data_set: DataSet, scope: Scope, added: Sequence[tuple[int, bytes]] = ()) -> Layout:
        """Make the layout; `added` are encoded elements to put in at their place, by rising tag.

        Raises:
            ElementHeld: the profile holds instances with one of these elements.
            Malformed: an element comes twice in a level.
            LimitExceeded: too much is to be read as text.
        """
        level = Level.of(data_set, scope, self._known)
        segments = Segments()
        waiting = [*added[::-1]]
        for element in sorted(data_set.elements, key=_BY_TAG):
            while waiting and waiting[-1][0] < element.tag:
                segments.literal(waiting.pop()[1])
            self._element(level, element, segments)
        for _, encoded in reversed(waiting):
            segments.literal(encoded)
        facts = [_span_of(data_set.element(tag)) for tag in self._facts]
        self._asked["identifying_bytes"] += sum(end - start for start, end in facts)
        require_allowed(self._asked)
        return Layout(
            data_set,
            scope,
            skipped=sorted(self._skipped),
            segments=segments.finished(),
            people=self._people,
            uids=self._uids,
            kept=self._kept,
            facts=facts,
        )

    def _element(self, level: Level, element: Element, segments: Segments) -> None:
        fate = level.fate(element)
        if fate.rule.action is Action.HOLD:
            raise ElementHeld(element=keyword_of(element.tag), rule=fate.rule.name)
        if element.items is not None:
            self._sequence(level, element, fate.rule, segments)
            return
        span = element.value, element.end
        self._note(fate, span)
        if fate.copied is not None:
            segments.copy(element, fate.copied)
        elif fate.write is not None:
            segments.write(fate.write, span)

    def _note(self, fate: Fate, span: "Span") -> None:
        """Note where the value may differ from block to block, and whether it identifies."""
        length = span[1] - span[0]
        if length and not fate.steers:
            self._skipped.append(span)
        if fate.harvesting is not None:
            memo, limit, is_kept = fate.harvesting
            self._asked[limit] += length
            found = self._uids if limit == "uid_bytes" else self._people
            (self._kept if is_kept else found).append((span, memo))
        if fate.is_read:
            self._asked["text_bytes"] += length

    def _sequence(self, level: Level, element: Element, rule: Rule, segments: Segments) -> None:
        inner = Segments()
        is_open = rule.action is Action.RECURSE
        scope = level.inside(element)
        for data_set in level.data_set.items_of(element):
            inner.literal(encode.item_begins(data_set.encoding))
            inside = Level.of(data_set, scope, self._known)
            for each in sorted(data_set.elements, key=_BY_TAG):
                self._element(inside, each, inner)
            inner.literal(encode.item_ends(data_set.encoding))
        encoding = level.data_set.encoding
        if is_open and not inner.is_untouched(element):
            segments.literal(encode.element(element.tag, element.vr, b"", encoding, undefined=True))
            segments.extend(inner)
            segments.literal(encode.sequence_ends(encoding.inside(element.vr)))
        elif is_open:
            segments.copy_whole(element, inner)
        elif rule.action is not Action.REMOVE:
            segments.literal(encode.element(element.tag, "SQ", b"", encoding))


def _span_of(element: Element | None) -> "Span":
    return NOWHERE if element is None or element.items is not None else (element.value, element.end)
