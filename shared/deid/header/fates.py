"""What becomes of an element whatever its value and wherever it lies: worked out once for each kind.

Layouts are many, but they are made of few kinds of elements.
"""

from typing import NamedTuple

from shared.deid.gate.harvest import kind_of
from shared.deid.gate.residue import searched_vr
from shared.deid.header.limits import Limit
from shared.deid.header.memos import Copied, TokenMemo, token_memo, word_memo
from shared.deid.header.writing import WriteKey
from shared.deid.readings.words import FREE_TEXT_VRS
from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.codes import CODE_TAGS, CODING_SCHEME_DESIGNATOR
from shared.deid.rules.concept_codes import DECIDING_SEQUENCES, MEASURED_VALUE_SEQUENCE, NUMBERS
from shared.deid.rules.scope import CODING_SCHEME, METHOD_CODE_SEQUENCE, TEMPORAL_INFORMATION_MODIFIED, Scope
from shared.dicom.charset import SPECIFIC_CHARACTER_SET
from shared.dicom.dictionary import entry_of, vr_of
from shared.dicom.scan import Encoding

_MOST_LEVELS = 64
_MOST_KINDS = 1024
_SOP_CLASS_UID = 0x00080016
_CODING_SCHEME_VERSION = 0x00080103
# A code means nothing without its scheme.
_CODE_PARTS = CODE_TAGS | {CODING_SCHEME_DESIGNATOR, _CODING_SCHEME_VERSION}
_READING = frozenset({Action.CAP_AGE, Action.CLEAN, Action.KEEP_UNLESS_OWN, Action.SHIFT_DATE})
# A sequence in disguise, whose VR is not SQ, has no items that could be cleaned: it goes.
_NOT_WRITTEN = frozenset({Action.HOLD, Action.KEEP, Action.RECURSE, Action.REMOVE})
# The last is what an earlier de-identification says of dates.
_STEERING = frozenset(
    {SPECIFIC_CHARACTER_SET, _SOP_CLASS_UID, CODING_SCHEME_DESIGNATOR, TEMPORAL_INFORMATION_MODIFIED}
)
_DECIDING_SEQUENCES = DECIDING_SEQUENCES | {METHOD_CODE_SEQUENCE}


class ElementKind(NamedTuple):
    """What decides about an element of a level.

    Attributes:
        creator: the private creator of its block, or itself if it is one; empty for what is not private.
    """

    tag: int
    vr: str
    creator: str


class LevelKind(NamedTuple):
    """What decides about the elements of a level.

    Attributes:
        has_standard_code: it is a code of one of the Standard's coding schemes.
        is_somebodys: it is a content item whose concept is somebody's identity, which its scope knows.
    """

    scope: Scope
    encoding: Encoding
    character_sets: tuple[str, ...]
    has_standard_code: bool
    is_somebodys: bool

    @property
    def parent(self) -> int | None:
        """The sequence around it, where a code in it may be a person's."""
        return None if self.has_standard_code or not self.scope.path else self.scope.path[-1]


class Harvesting(NamedTuple):
    """What identifies in a value; `is_kept` tells that it stays on purpose."""

    memo: TokenMemo
    limit: Limit
    is_kept: bool


class Fate(NamedTuple):
    """What becomes of the elements of one kind.

    Attributes:
        steers: the value decides about other elements, so that it belongs to the layout.
        harvesting: what identifies in it.
        is_read: the value is read as text for the output.
        copied: how it stays byte for byte; None if it does not.
        write: how it is written anew; None if it stays or goes.
    """

    rule: Rule
    steers: bool
    harvesting: Harvesting | None
    is_read: bool
    copied: Copied | None
    write: WriteKey | None


class Fates(dict[tuple[int, str, str], Fate]):
    """The fates of the elements of one kind of level; it fills itself, and empties itself when large."""

    def __init__(self, level: LevelKind) -> None:
        """Know none."""
        super().__init__()
        self.level = level

    def __missing__(self, key: tuple[int, str, str]) -> Fate:
        if len(self) >= _MOST_KINDS:
            self.clear()
        fate = self[key] = self._fate(ElementKind(*key))
        return fate

    def _fate(self, kind: ElementKind) -> Fate:
        rule = self._rule(kind)
        return Fate(
            rule,
            self._steers(kind),
            self._harvesting(kind, rule),
            self._is_read(kind, rule),
            self._copied(kind) if rule.action is Action.KEEP else None,
            None if rule.action in _NOT_WRITTEN else self._write_key(kind, rule),
        )

    def _rule(self, kind: ElementKind) -> Rule:
        tag, vr, creator = kind
        level = self.level
        if level.is_somebodys and tag == MEASURED_VALUE_SEQUENCE:
            return Rule("dummy_content", Action.EMPTY)
        if level.is_somebodys and tag in NUMBERS:
            return Rule("dummy_content", Action.DUMMY)
        if is_creator(tag):
            return level.scope.creator_rule(creator)
        in_standard_code = level.has_standard_code and tag in _CODE_PARTS
        return level.scope.rule(tag, vr, creator, in_standard_code=in_standard_code)

    def _steers(self, kind: ElementKind) -> bool:
        if kind.tag in _STEERING or is_creator(kind.tag):
            return True
        # In content, codes decide, at depths that differ from item to item.
        scope = self.level.scope
        decides = scope.mode is not Mode.NORMAL or not _DECIDING_SEQUENCES.isdisjoint(scope.path[-1:])
        return decides and kind.tag in CODE_TAGS

    def _harvesting(self, kind: ElementKind, rule: Rule) -> Harvesting | None:
        what = kind_of(kind.tag, kind.vr, self.level.parent)
        # Whatever stands in place of a coding scheme's UID is no excuse for it elsewhere.
        if what is None or rule.name == CODING_SCHEME:
            return None
        memo = token_memo(what, self.level.character_sets)
        limit: Limit = "uid_bytes" if what == "uid" else "identifying_bytes"
        return Harvesting(memo, limit, is_kept_on_purpose(kind.tag, kind.vr, rule))

    def _is_read(self, kind: ElementKind, rule: Rule) -> bool:
        is_kept_text = rule.action is Action.KEEP and kind.vr in FREE_TEXT_VRS
        return is_kept_text or rule.action in _READING or is_creator(kind.tag)

    def _copied(self, kind: ElementKind) -> Copied:
        character_sets = self.level.character_sets
        is_code = self.level.has_standard_code and kind.tag in CODE_TAGS
        vr = searched_vr(kind.tag, kind.vr)
        return Copied(kind.tag, vr, character_sets, is_code, word_memo(vr, character_sets))

    def _write_key(self, kind: ElementKind, rule: Rule) -> WriteKey:
        vr = vr_of(kind.tag) if kind.vr == "UN" else kind.vr
        return WriteKey(rule, kind.tag, vr, self.level.encoding, self.level.character_sets)


class KnownFates:
    """The fates in all kinds of levels seen so far."""

    def __init__(self) -> None:
        """Know none."""
        self._by_level: dict[LevelKind, Fates] = {}

    def at(self, level: LevelKind) -> Fates:
        """The fates in one kind of level."""
        known = self._by_level.get(level)
        if known is None:
            if len(self._by_level) >= _MOST_LEVELS:
                self._by_level.clear()
            known = self._by_level[level] = Fates(level)
        return known


def is_creator(tag: int) -> bool:
    """Tell whether a tag is a private creator's (PS3.5 section 7.8.1)."""
    return tag & 0x1FF00 == 0x10000 and tag & 0xF0 != 0


def is_kept_on_purpose(tag: int, vr: str, rule: Rule) -> bool:
    """Tell whether what identifies stays because the rules say so; a name in place of a size is no name."""
    entry = entry_of(tag)
    is_disguised = vr == "PN" and entry is not None and entry.vr != "PN"
    return rule.action in {Action.KEEP, Action.KEEP_UNLESS_OWN} and not is_disguised
