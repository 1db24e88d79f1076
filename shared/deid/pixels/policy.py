"""The rules of Clean Pixel Data (PS3.15 E.3.1): policy as YAML, checked when it is loaded."""

from copy import copy
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from shared.deid.pixels.geometry import Rectangle
from shared.errors import RulesetInvalid
from shared.rules.conditions import Check, compile_condition
from shared.rules.document import read_document
from shared.rules.model import Condition, Name
from shared.rules.place import Place

Text = Annotated[str, Meta(min_length=1)]
_Count = Annotated[int, Meta(ge=0, le=0xFFFF)]
_Size = Annotated[int, Meta(ge=1, le=0xFFFF)]

_RECTANGLE = ("x", "y", "width", "height")


class Area(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area of an image: a rectangle, or a strip along one edge.

    Attributes:
        x: columns to the left of a rectangle.
        y: rows above a rectangle.
        width: columns of a rectangle.
        height: rows of a rectangle.
        edge: where a strip lies.
        pixels: how many rows or columns a strip has.
        percent: the same in hundredths of the image, rounded up.
    """

    x: _Count | UnsetType = UNSET
    y: _Count | UnsetType = UNSET
    width: _Size | UnsetType = UNSET
    height: _Size | UnsetType = UNSET
    edge: Literal["top", "bottom", "left", "right"] | UnsetType = UNSET
    pixels: _Size | UnsetType = UNSET
    percent: Annotated[int, Meta(ge=1, le=100)] | UnsetType = UNSET

    @property
    def given(self) -> tuple[str, ...]:
        """The keys that the file gives."""
        return tuple(name for name in self.__struct_fields__ if getattr(self, name) is not UNSET)

    def rectangle(self, columns: int, rows: int) -> Rectangle:
        """The area in an image of this size; it may reach beyond the image."""
        if self.given == _RECTANGLE:
            return Rectangle(*(getattr(self, name) for name in _RECTANGLE))
        across, along = (columns, rows) if self.edge in {"left", "right"} else (rows, columns)
        size = self.pixels or -(-across * (self.percent or 0) // 100)
        start = across - min(size, across) if self.edge in {"bottom", "right"} else 0
        if self.edge in {"left", "right"}:
            return Rectangle(start, 0, size, along)
        return Rectangle(0, start, along, size)

    def check(self, place: Place) -> None:
        """Refuse what is neither a rectangle nor a strip.

        Raises:
            RulesetInvalid: keys are missing or do not go together.
        """
        if self.given not in {_RECTANGLE, ("edge", "pixels"), ("edge", "percent")}:
            raise place.error("expected x, y, width and height; or edge with pixels or percent")


class PixelRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: what happens to the images for which its condition holds.

    Attributes:
        name: what reasons and logs call it; unique in its file.
        reason: why, for people.
        when: what an image must be; all attributes of its header can be asked for.
        action: what happens to the image.
        areas: what is blanked.
        outside_ultrasound_regions: blank what lies in no item of Sequence of Ultrasound Regions
            (0018,6011); an image without such items is held.
        yields_to_no: a hold that does not apply to an image whose Burned In Annotation (0028,0301) is NO,
            where the policy trusts that.
    """

    name: Name
    reason: Text
    when: Condition
    action: Literal["keep", "blank", "hold"]
    areas: tuple[Area, ...] = ()
    outside_ultrasound_regions: bool = False
    yields_to_no: bool = False

    def check(self, place: Place) -> None:
        """Refuse what contradicts itself.

        Raises:
            RulesetInvalid: the keys do not fit the action.
        """
        blanks = bool(self.areas) or self.outside_ultrasound_regions
        if (self.action == "blank") != blanks:
            raise place.error(
                "areas or outside_ultrasound_regions belong to the action blank, and to no other"
            )
        if self.yields_to_no and self.action != "hold":
            raise place.child("yields_to_no").error("belongs to the action hold")
        for index, area in enumerate(self.areas):
            area.check(place.child("areas").child(index))


class TextPolicy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether text is sought in the pixels that stay, and what happens where it is found.

    Attributes:
        search: whether it is sought at all; that takes a text finder.
        found: blank the rectangles around it, or hold the image.
        frames: how many frames of a longer image are searched.
        margin: how many pixels around found text are blanked with it.
    """

    search: bool = False
    found: Literal["blank", "hold"] = "hold"
    frames: Annotated[int, Meta(ge=2)] = 8
    margin: _Count = 4


class PixelDefinition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of `rulesets/pixels`.

    Attributes:
        name: the file's name without its ending.
        description: one sentence for people.
        rules: the first one whose condition holds decides.
        extends: another file, whose rules follow these; it extends none itself.
        otherwise: what happens to an image for which no rule's condition holds.
        trust_burned_in_annotation_no: whether NO in Burned In Annotation (0028,0301) lifts the holds that
            yield to it.
        text: the search for text in the pixels.
    """

    name: Name
    description: Text
    rules: Annotated[tuple[PixelRule, ...], Meta(min_length=1)]
    extends: Name | UnsetType = UNSET
    otherwise: Literal["keep", "hold"] = "hold"
    trust_burned_in_annotation_no: bool = False
    text: TextPolicy = TextPolicy()


class CompiledRule(NamedTuple):
    """A rule with its condition, ready to judge images."""

    rule: PixelRule
    check: Check


class PixelPolicy:
    """A file of pixel rules, checked and compiled."""

    def __init__(self, definition: PixelDefinition, place: Place) -> None:
        """Compile the rules.

        Raises:
            RulesetInvalid: a rule is wrong; the error names its place.
        """
        self.definition = definition
        self.rules = tuple(
            _compiled(rule, place.child("rules").child(index)) for index, rule in enumerate(definition.rules)
        )
        names = [rule.name for rule in definition.rules]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise place.child("rules").child(index).child("name").error("another rule has this name")

    @property
    def name(self) -> str:
        """The policy's name."""
        return self.definition.name

    def followed_by(self, base: "PixelPolicy") -> "PixelPolicy":
        """The same with the rules of `base` behind its own."""
        joined = copy(self)
        joined.rules = self.rules + base.rules
        return joined


def _compiled(rule: PixelRule, place: Place) -> CompiledRule:
    rule.check(place)
    return CompiledRule(rule, compile_condition(rule.when, place.child("when")))


def parse_policy(text: str, file: str) -> PixelPolicy:
    """Read and compile one file; `file` is what errors call it.

    Raises:
        RulesetInvalid: `text` is no valid file of pixel rules; the error names the place.
    """
    place = Place(file)
    document = read_document(text, place)
    try:
        definition = msgspec.convert(document, PixelDefinition, strict=False)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        raise Place(file, path.strip("`").removeprefix(".")).error(problem) from error
    return PixelPolicy(definition, place)


def load_policies(folder: Path) -> dict[str, PixelPolicy]:
    """Load every file of `rulesets/pixels` by name.

    Raises:
        RulesetInvalid: a file is invalid or not called as its policy.
    """
    policies = {}
    for path in sorted(folder.glob("*.yaml")):
        file = f"{folder.name}/{path.name}"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Place(file).error("cannot be read") from error
        policy = parse_policy(text, file)
        if policy.name != path.stem:
            raise RulesetInvalid(place=f"{file}: name", problem="is not the file's name")
        policies[policy.name] = policy
    return {name: _extended(policy, policies, folder.name) for name, policy in policies.items()}


def _extended(policy: PixelPolicy, policies: dict[str, PixelPolicy], folder: str) -> PixelPolicy:
    extends = policy.definition.extends
    if extends is UNSET:
        return policy
    base = policies.get(extends)
    if base is None or base.definition.extends is not UNSET:
        place = Place(f"{folder}/{policy.name}.yaml", "extends")
        raise place.error("expected the name of another file that extends none itself")
    return policy.followed_by(base)
