"""From scanned elements and rules to a layout: what is copied, what is written anew, what identifies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from shared.deid import encode
from shared.deid.actions import Action, Mode, Rule
from shared.deid.concepts import identifies
from shared.deid.gate import CODE_TAGS, CODING_SCHEME_DESIGNATOR, FREE_TEXT_VRS, STANDARD_SCHEMES
from shared.deid.harvest import PATIENT_BIRTH_DATE, kind_of
from shared.deid.layout import Layout
from shared.deid.limits import Allowances
from shared.deid.memos import TokenMemo, token_memo
from shared.deid.rules import CODING_SCHEME, Scope, effective_vr
from shared.deid.segments import NOWHERE, Segments
from shared.deid.writing import WriteKey
from shared.dicom.charset import SPECIFIC_CHARACTER_SET
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import entry_of, keyword_of
from shared.dicom.scan import Element
from shared.errors import ElementHeld, Malformed

if TYPE_CHECKING:
    from shared.dicom.pattern import Span

_SOP_CLASS_UID = 0x00080016
_CODING_SCHEME_VERSION = 0x00080103
# It is of Type 2 (PS3.3 section C.18.1).
_MEASURED_VALUE_SEQUENCE = 0x0040A300
# A code means nothing without its scheme.
_CODE_PARTS = CODE_TAGS | {CODING_SCHEME_DESIGNATOR, _CODING_SCHEME_VERSION}
_READING = frozenset({Action.CAP_AGE, Action.CLEAN, Action.SHIFT_DATE})


class Level(NamedTuple):
    """One level of a block: its elements, the rules for them, and the private creators of its blocks.

    `has_standard_code` tells whether it is a code of one of the Standard's coding schemes, `is_somebodys`
    whether it is a content item whose concept is somebody's identity.
    """

    data_set: DataSet
    scope: Scope
    creators: dict[int, str]
    has_standard_code: bool
    is_somebodys: bool

    @classmethod
    def of(cls, data_set: DataSet, scope: Scope) -> "Level":
        """Find the creators; content that names a person says nothing afterwards.

        Raises:
            Malformed: an element comes twice.
        """
        elements = data_set.elements
        if len({element.tag for element in elements}) != len(elements):
            raise Malformed(reason="an element comes twice")
        creators = {
            (element.tag & 0xFFFF0000) | (element.tag & 0xFF) << 8: data_set.text(element.tag)
            for element in elements
            if is_creator(element.tag)
        }
        is_somebodys = scope.mode is not Mode.NORMAL and identifies(data_set)
        scope = scope.dummy if is_somebodys and scope.mode is Mode.CONTENT else scope
        has_scheme = CODING_SCHEME_DESIGNATOR in data_set
        standard = has_scheme and data_set.text(CODING_SCHEME_DESIGNATOR) in STANDARD_SCHEMES
        return cls(data_set, scope, creators, standard, is_somebodys)

    def rule(self, element: Element) -> Rule:
        """The rule for one of its elements."""
        tag = element.tag
        if self.is_somebodys and tag == _MEASURED_VALUE_SEQUENCE:
            return Rule("dummy_content", Action.EMPTY)
        if not tag & 0x10000:
            in_standard_code = self.has_standard_code and tag in _CODE_PARTS
            return self.scope.rule(tag, element.vr, in_standard_code=in_standard_code)
        if is_creator(tag):
            return self.scope.creator_rule(self.data_set.text(tag))
        return self.scope.rule(tag, element.vr, self.creators.get(tag & 0xFFFFFF00, ""))


def is_creator(tag: int) -> bool:
    """Tell whether a tag is a private creator's (PS3.5 section 7.8.1)."""
    return tag & 0x1FF00 == 0x10000 and tag & 0xF0 != 0


def is_kept_on_purpose(element: Element, rule: Rule) -> bool:
    """Tell whether what identifies stays because the rules say so; a name in place of a size is no name."""
    entry = entry_of(element.tag)
    is_disguised = element.vr == "PN" and entry is not None and entry.vr != "PN"
    return rule.action is Action.KEEP and not is_disguised


class Compiler:
    """Compiles one block."""

    def __init__(self, facts: Sequence[int] = ()) -> None:
        """Take the tags of the block's first level whose values are asked for."""
        self._facts = facts
        self._skipped: list[Span] = []
        self._people: list[tuple[Span, TokenMemo]] = []
        self._uids: list[tuple[Span, TokenMemo]] = []
        self._kept: list[tuple[Span, TokenMemo]] = []
        self._allowances = Allowances()

    def compile(self, data_set: DataSet, scope: Scope, added: Sequence[tuple[int, bytes]] = ()) -> Layout:
        """Make the layout; `added` are encoded elements to put in at their place, by rising tag.

        Raises:
            ElementHeld: the profile holds instances with one of these elements.
            Malformed: an element comes twice in a level.
            LimitExceeded: too much is to be read as text.
        """
        level = Level.of(data_set, scope)
        segments = Segments()
        waiting = [*added[::-1]]
        for element in sorted(data_set.elements, key=lambda one: one.tag):
            while waiting and waiting[-1][0] < element.tag:
                segments.literal(waiting.pop()[1])
            self._element(level, element, segments)
        for _, encoded in reversed(waiting):
            segments.literal(encoded)
        spans = {each.tag: (each.value, each.end) for each in data_set.elements if each.items is None}
        facts = [spans.get(tag, NOWHERE) for tag in self._facts]
        self._allowances.take("identifying_bytes", sum(end - start for start, end in facts))
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
        rule = level.rule(element)
        if rule.action is Action.HOLD:
            raise ElementHeld(element=keyword_of(element.tag), rule=rule.name)
        if element.items is not None:
            self._sequence(level, element, rule, segments)
            return
        self._note(level, element, rule)
        self._require_text(element, rule)
        if rule.action is Action.KEEP:
            segments.copy(element, level.data_set, in_standard_code=level.has_standard_code)
        elif rule.action is not Action.REMOVE and rule.action is not Action.RECURSE:
            # A sequence in disguise, whose VR is not SQ, has no items that could be cleaned: it goes.
            segments.write(_write_key(level, element, rule), (element.value, element.end))

    def _note(self, level: Level, element: Element, rule: Rule) -> None:
        """Note where the value may differ from block to block, and whether it identifies."""
        if element.end > element.value and not _steers(level, element.tag):
            self._skipped.append((element.value, element.end))
        kind = kind_of(element.tag, element.vr)
        # Whatever stands in place of a coding scheme's UID is no excuse for it elsewhere.
        if kind is not None and rule.name != CODING_SCHEME:
            length = element.end - element.value
            self._allowances.take("uid_bytes" if kind == "uid" else "identifying_bytes", length)
            born = element.tag == PATIENT_BIRTH_DATE
            memo = token_memo(kind, level.data_set.character_sets, is_birth_date=born)
            found = self._uids if kind == "uid" else self._people
            found = self._kept if is_kept_on_purpose(element, rule) else found
            found.append(((element.value, element.end), memo))

    def _require_text(self, element: Element, rule: Rule) -> None:
        """Require that what is read as text for the output is no more than allowed."""
        is_kept_text = rule.action is Action.KEEP and element.vr in FREE_TEXT_VRS
        if is_kept_text or rule.action in _READING or is_creator(element.tag):
            self._allowances.take("text_bytes", element.end - element.value)

    def _sequence(self, level: Level, element: Element, rule: Rule, segments: Segments) -> None:
        inner = Segments()
        is_open = rule.action is Action.RECURSE
        scope = level.scope.inside(element.tag, rule.inside if is_open else Mode.NORMAL)
        for data_set in level.data_set.items_of(element):
            inner.literal(encode.item_begins(data_set.encoding))
            inside = Level.of(data_set, scope)
            for each in sorted(data_set.elements, key=lambda one: one.tag):
                self._element(inside, each, inner)
            inner.literal(encode.item_ends(data_set.encoding))
        encoding = level.data_set.encoding
        if is_open and not inner.is_untouched(element):
            segments.literal(encode.element(element.tag, "SQ", b"", encoding, undefined=True))
            segments.extend(inner)
            segments.literal(encode.sequence_ends(encoding))
        elif is_open:
            segments.copy_whole(element, inner)
        elif rule.action is not Action.REMOVE:
            segments.literal(encode.element(element.tag, "SQ", b"", encoding))


def _steers(level: Level, tag: int) -> bool:
    """Whether a value decides about other elements, so that it belongs to the layout."""
    if tag in _STEERING or is_creator(tag):
        return True
    # In content, codes and kinds of values decide, at depths that differ from item to item.
    return level.scope.mode is not Mode.NORMAL and tag in _STEERING_CONTENT


_STEERING = frozenset({SPECIFIC_CHARACTER_SET, _SOP_CLASS_UID, CODING_SCHEME_DESIGNATOR})
_STEERING_CONTENT = frozenset({0x0040A040, *CODE_TAGS})


def _write_key(level: Level, element: Element, rule: Rule) -> WriteKey:
    entry = entry_of(element.tag)
    vr = element.vr
    if vr == "UN" and entry is not None:
        vr = entry.vr
    elif entry is not None and not level.data_set.encoding.explicit:
        vr = effective_vr(vr, entry.vr)
    return WriteKey(rule, element.tag, vr, level.data_set.encoding, level.data_set.character_sets)
