"""Look at an instance before anything of it is made: its layouts, its facts and its identifiers."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from shared.deid.header.fates import KnownFates
from shared.deid.header.layout import Layout, Layouts
from shared.deid.header.level import Level
from shared.deid.header.limits import TokenCount
from shared.deid.header.memos import Group
from shared.deid.header.sections import Block, Context, LongSequence
from shared.deid.header.top_level import TopLevel
from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.scope import PATIENT_ID, Scope
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of, tag_for_keyword
from shared.dicom.pixel_data import PixelData, locate_pixel_data
from shared.dicom.read import DataSetStart, read_trailer
from shared.dicom.scan import Limits
from shared.errors import ElementHeld, Malformed, SopClassUnsupported

#: what the way back needs besides the UIDs: the identity of patient and study (PS3.3 C.7.1.1, C.7.2.1)
IDENTITY_KEYWORDS = (
    "AccessionNumber",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "PatientSex",
    "ReferringPhysicianName",
    "StudyDate",
    "StudyDescription",
    "StudyID",
    "StudyTime",
)
IDENTITY_TAGS = tuple(tag_for_keyword(keyword) or 0 for keyword in IDENTITY_KEYWORDS)
SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID = 0x00080016, 0x00080018, 0x0020000D
#: the attributes of the top level whose values decide about the whole instance
FACTS = (*IDENTITY_TAGS, SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID)
_PLACE_OF_FACT = {tag: place for place, tag in enumerate(FACTS)}


class Knows(Protocol):
    """What is known across instances, and makes what is new."""

    @property
    def layouts(self) -> Layouts:
        """The layouts that were seen last."""
        ...

    def compile_block(self, data_set: DataSet, context: Context, follower: int | None, /) -> Layout:
        """Make the layout of a block of the top level."""
        ...

    def compile_item(self, data_set: DataSet, context: Context, follower: int | None, /) -> Layout:
        """Make the layout of an item of a long sequence, or of what stands behind Pixel Data."""
        ...


class Long(NamedTuple):
    """A long sequence, the rule for it and what decides about its items."""

    sequence: LongSequence
    rule: Rule
    context: Context

    def items(self, knows: Knows) -> Iterator[Block]:
        """Yield its items."""
        return self.sequence.items(knows.layouts, knows.compile_item, self.context)


class Look(NamedTuple):
    """What there is to see.

    Attributes:
        before: what stands before Pixel Data, section by section.
        pixel_data: where Pixel Data lies.
        behind: what stands behind it.
        facts: the raw values of `FACTS`, empty where there is none.
        people, uids: the identifiers at every depth, block by block; `kept` are those that stay on purpose.
        context: what decided at the top level in the end.
    """

    before: list[Block | Long]
    pixel_data: PixelData | None
    behind: Block | None
    facts: tuple[bytes, ...]
    people: list[Group]
    uids: list[Group]
    kept: list[Group]
    context: Context

    def fact(self, tag: int) -> bytes:
        """The raw value of one of `FACTS`."""
        return self.facts[_PLACE_OF_FACT[tag]]

    @property
    def unidentified(self) -> bytes:
        """The study, or the instance itself, where no Patient ID says who it is; else nothing."""
        if self.fact(PATIENT_ID).strip(b"\0 "):
            return b""
        return self.fact(STUDY_INSTANCE_UID) or self.fact(SOP_INSTANCE_UID)

    @property
    def character_sets(self) -> tuple[str, ...]:
        """Those of the top level."""
        return self.context.character_sets

    @property
    def keeps_uid(self) -> bool:
        """Whether the SOP Instance UID stays."""
        scope = self.context.scope
        return scope is not None and scope.rule(SOP_INSTANCE_UID, "UI").action is Action.KEEP


def look(start: DataSetStart, limits: Limits, knows: Knows) -> Look:
    """Look at everything once.

    Raises:
        SopClassUnsupported: the instance is of no SOP Class that a rule covers.
        ElementHeld: the profile holds instances with one of its elements.
        ValidationError: the bytes are no instance.
    """
    top = TopLevel(start, limits, knows.layouts, knows.compile_block)
    before: list[Block | Long] = []
    people: list[Group] = []
    uids: list[Group] = []
    kept: list[Group] = []
    tokens = TokenCount()
    for section in top.sections():
        seen = section if isinstance(section, Block) else _long(section, top.context)
        for block in (seen,) if isinstance(seen, Block) else seen.items(knows):
            people.append(block.layout.people.of(block.content))
            tokens.add(people[-1])
            uids.append(block.layout.uids.of(block.content))
            kept.append(block.layout.kept.of(block.content))
        before.append(seen)
    if top.context.scope is None:
        raise SopClassUnsupported
    pixel_data = behind = None
    if top.position < start.source.size:
        pixel_data = locate_pixel_data(start.source, top.position, start.encoding, limits)
        behind = _behind(pixel_data, start, limits, top.context, knows)
    if pixel_data and behind:
        _require_no_decision(behind.layout.data_set, pixel_data.tag, _tags(before), top.context.scope)
    if behind:
        people.append(behind.layout.people.of(behind.content))
        tokens.add(people[-1])
        uids.append(behind.layout.uids.of(behind.content))
        kept.append(behind.layout.kept.of(behind.content))
    return Look(before, pixel_data, behind, _facts(before), people, uids, kept, top.context)


def _long(sequence: LongSequence, context: Context) -> Long:
    if context.scope is None:
        raise SopClassUnsupported
    rule = context.scope.rule(sequence.tag, sequence.vr)
    if rule.action is Action.HOLD:
        raise ElementHeld(element=keyword_of(sequence.tag), rule=rule.name)
    mode = rule.inside if rule.action is Action.RECURSE else Mode.NORMAL
    return Long(sequence, rule, context._replace(scope=context.scope.inside(sequence.tag, mode), after=0))


def _behind(
    pixel_data: PixelData, start: DataSetStart, limits: Limits, context: Context, knows: Knows
) -> Block | None:
    content, elements = read_trailer(start.source, pixel_data.end, start.encoding, limits)
    if not elements:
        return None
    data_set = DataSet(content, elements, start.encoding, context.character_sets)
    return Block(knows.compile_item(data_set, context, None), content)


def _tags(sections: list[Block | Long]) -> Iterator[int]:
    for section in sections:
        yield from section.layout.data_set.tags if isinstance(section, Block) else (section.sequence.tag,)


def _require_no_decision(behind: DataSet, pixel_tag: int, before: Iterable[int], scope: Scope) -> None:
    """Refuse what stands behind Pixel Data in wrong order and would have decided, or would stay.

    Raises:
        Malformed: there is such an element, or one that stands before Pixel Data as well.
    """
    if not behind.tags.isdisjoint({*before, pixel_tag}):
        raise Malformed(reason="an element comes twice")
    level = Level.of(behind, scope, KnownFates())
    misplaced = (each for each in behind.elements if each.tag < pixel_tag)
    if any(each.tag in FACTS or level.rule(each).action is not Action.REMOVE for each in misplaced):
        raise Malformed(reason="an element behind Pixel Data that belongs before it")


def _facts(sections: list[Block | Long]) -> tuple[bytes, ...]:
    blocks = [section for section in sections if isinstance(section, Block)]
    found = [block.layout.facts(block.content) for block in blocks]
    return found[0] if len(found) == 1 else tuple(map(_first, *found))


def _first(*values: bytes) -> bytes:
    return next(filter(None, values), b"")
