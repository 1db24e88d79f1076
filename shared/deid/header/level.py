"""One level of a data set: its elements, and what becomes of each of them."""

from typing import NamedTuple

from shared.deid.header.fates import Fate, Fates, KnownFates, LevelKind, is_creator
from shared.deid.rules.actions import Action, Mode, Rule
from shared.deid.rules.codes import CODING_SCHEME_DESIGNATOR, STANDARD_SCHEMES
from shared.deid.rules.concept_codes import CONCEPT_NAME_CODE_SEQUENCE
from shared.deid.rules.concepts import identifies, ninety_years
from shared.deid.rules.scope import Scope
from shared.dicom.dataset import DataSet
from shared.dicom.scan import Element
from shared.errors import Malformed

_PRIVATE = 0x10000
_STANDARD_SCHEMES = frozenset(scheme.encode("ascii") for scheme in STANDARD_SCHEMES)


class Level(NamedTuple):
    """One level of a data set: its private creators are by their tags and the first tags of their blocks."""

    data_set: DataSet
    creators: dict[int, str]
    fates: Fates

    @classmethod
    def of(cls, data_set: DataSet, scope: Scope, known: KnownFates) -> "Level":
        """Find the creators; content that names a person says nothing afterwards.

        Raises:
            Malformed: an element comes twice.
        """
        elements = data_set.elements
        if len(data_set.tags) != len(elements):
            raise Malformed(reason="an element comes twice")
        creators = {tag: data_set.text(tag) for tag in data_set.tags if tag & _PRIVATE and is_creator(tag)}
        creators |= {_block_of(tag): creator for tag, creator in creators.items()}
        # A document's title is no content item's concept.
        has_concept = bool(scope.path) and CONCEPT_NAME_CODE_SEQUENCE in data_set
        is_somebodys = has_concept and identifies(data_set, keeps_characteristics=scope.keeps_characteristics)
        if is_somebodys and scope.keeps_characteristics and (oldest := ninety_years(data_set)):
            scope, is_somebodys = scope.of_age(oldest), False
        elif is_somebodys:
            scope = scope.somebodys
        standard = data_set.raw(CODING_SCHEME_DESIGNATOR) in _STANDARD_SCHEMES
        kind = LevelKind(scope, data_set.encoding, data_set.character_sets, standard, is_somebodys)
        return cls(data_set, creators, known.at(kind))

    @property
    def scope(self) -> Scope:
        """The rules for it."""
        return self.fates.level.scope

    def fate(self, element: Element) -> Fate:
        """What becomes of one of its elements."""
        tag = element.tag
        if not tag & _PRIVATE:
            return self.fates[tag, element.vr, ""]
        creator = self.creators.get(tag) or self.creators.get(tag & 0xFFFFFF00, "")
        return self.fates[tag, element.vr, creator]

    def inside(self, element: Element) -> Scope:
        """The rules for the items of one of its sequences."""
        rule = self.rule(element)
        return self.scope.inside(element.tag, rule.inside if rule.action is Action.RECURSE else Mode.NORMAL)

    def rule(self, element: Element) -> Rule:
        """The rule for one of its elements."""
        return self.fate(element).rule


def _block_of(creator: int) -> int:
    """The first tag of the block that a private creator reserves: (gggg,0010) has (gggg,1000)."""
    return creator & 0xFFFF0000 | (creator & 0xFF) << 8
