"""Exceptions of a profile: one attribute that is treated otherwise than the Standard says, and why."""

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from shared.deid.rules.actions import Action
from shared.dicom.dictionary import vr_of

if TYPE_CHECKING:
    from shared.rules.place import Place

_PRIVATE = re.compile(r"\((?P<group>[0-9A-Fa-f]{4}),(?P<creator>[^,]{1,64}),(?P<element>[0-9A-Fa-f]{2})\)")
_STRING_VRS = frozenset(
    {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"}
)
_MASKABLE_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UN", "UT"})
_CLEANABLE_VRS = _MASKABLE_VRS | {"AE", "CS", "UR"}

OverrideAction = Literal[
    "keep", "remove", "empty", "dummy", "map_uid", "shift_date", "clean", "mask", "replace", "hold"
]


class Target(NamedTuple):
    """What an override is about: a public attribute by its path, or a private one by its creator.

    A path of one tag means the attribute at every depth. Of a private attribute the block does not count:
    `tag` is (gggg,00ee).
    """

    path: tuple[int, ...]
    creator: str = ""

    @property
    def tag(self) -> int:
        """The attribute's own tag."""
        return self.path[-1]


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One exception.

    Attributes:
        attribute: a keyword, a tag `(gggg,eeee)`, a path of them joined by dots, or a private attribute as
            `(gggg,CREATOR,ee)`.
        action: what happens to it.
        value: what `replace` puts in, at most 64 characters of ASCII.
        reason: why; for whoever reads the profile.
        i_understand: why it may be released, where the Standard would remove, replace or clean it.
    """

    attribute: str
    action: OverrideAction
    reason: str
    value: str = ""
    i_understand: str = ""

    def target_in(self, source: str) -> Target:
        """What it is about; `source` is what an error calls the profile.

        Raises:
            RulesetInvalid: the attribute is not one.
        """
        from shared.rules.place import Place

        return self.target(Place(source, "overrides"))

    def target(self, place: "Place") -> Target:
        """What it is about.

        Raises:
            RulesetInvalid: the attribute is not one.
        """
        from shared.rules.attribute import parse_attribute

        if match := _PRIVATE.fullmatch(self.attribute):
            group = int(match["group"], 16)
            if group % 2 == 0:
                raise place.error("a creator stands in private attributes only, whose group is odd")
            return Target((group << 16 | int(match["element"], 16),), match["creator"].strip())
        return Target(parse_attribute(self.attribute, place).path)

    def check(self, source: str, where: str) -> None:
        """Refuse what cannot be done.

        Raises:
            RulesetInvalid: with what is wrong and the way out.
        """
        from shared.rules.place import Place

        place = Place(source, where)
        target = self.target(place)
        vr = vr_of(target.tag) if not target.creator else "UN"
        if not self.reason.strip():
            raise place.error("an override needs a reason")
        if bool(self.value) != (self.action == "replace"):
            raise place.error("`value` belongs to the action `replace`, and only to it")
        if self.action == "replace" and not self._is_fit(vr):
            raise place.error("a value is at most 64 characters of ASCII, for an attribute of text")
        if _is_wrong_kind(self.action, vr):
            raise place.error(f"`{self.action}` does not fit attributes of VR {vr}")

    def _is_fit(self, vr: str) -> bool:
        return (
            vr in _STRING_VRS and self.value.isascii() and self.value.isprintable() and len(self.value) <= 64
        )

    @property
    def act(self) -> Action:
        """The action as the rules know it."""
        return Action(self.action)


def _is_wrong_kind(action: str, vr: str) -> bool:
    return (
        (action == "map_uid" and vr not in {"UI", "UN"})
        or (action == "shift_date" and vr not in {"DA", "DT", "UN"})
        or (action == "mask" and vr not in _MASKABLE_VRS)
        or (action == "clean" and vr not in _CLEANABLE_VRS)
    )
