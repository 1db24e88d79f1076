"""Which rule each element of a file falls under, and what happens to it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from shared.adapters.folder_streams import FolderReader
from shared.adapters.imaging import imaging_from
from shared.deid.header.fates import KnownFates
from shared.deid.header.level import Level
from shared.deid.look import SOP_CLASS_UID
from shared.deid.pixels.cleaner import PixelCleaner
from shared.deid.rules.actions import Action
from shared.deid.rules.iod import knows
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules, Scope
from shared.deid.rules.well_known import is_well_known
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.pixel_data import PixelData
from shared.dicom.read import read_accepted
from shared.dicom.scan import Element
from shared.errors import SopClassUnsupported


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One element: where it stands, the rule that it falls under, and the action."""

    place: str
    tag: str
    vr: str
    rule: str
    action: str


def explained(file: Path, profile: Profile, pixel_rules: Path) -> list[Explained]:
    """Explain every element at every depth, and Pixel Data by the rules of its own.

    Raises:
        ValidationError: the file cannot be read.
        SopClassUnsupported: no rule covers its SOP Class.
        RulesetInvalid, ConfigurationError: the rules for pixels are wrong or missing.
    """
    with FolderReader(str(file)) as reader:
        header = read_accepted(reader)
    data_set = DataSet.of(header)
    sop_class_uid = data_set.text(SOP_CLASS_UID)
    if not knows(sop_class_uid):
        raise SopClassUnsupported
    scope = Rules(profile).scope(sop_class_uid)
    behind = DataSet(header.trailer, header.trailing, header.encoding, data_set.character_sets)
    pixels = [] if header.pixel_data is None else [_pixels(header.pixel_data, data_set, profile, pixel_rules)]
    return [*_level(data_set, scope, ""), *pixels, *_level(behind, scope, "")]


def _pixels(pixel_data: PixelData, data_set: DataSet, profile: Profile, folder: Path) -> Explained:
    decision = PixelCleaner(profile, imaging_from(folder)).judge(data_set)
    return Explained(
        place=keyword_of(pixel_data.tag),
        tag=_written(pixel_data.tag),
        vr=pixel_data.vr,
        rule=f"{profile.pixel_policy}: {decision.reason}",
        action=type(decision).__name__.lower(),
    )


def _written(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _level(data_set: DataSet, scope: Scope, path: str) -> Iterator[Explained]:
    level = Level.of(data_set, scope, KnownFates())
    for element in data_set.elements:
        rule = level.rule(element)
        place = path + keyword_of(element.tag)
        tag = _written(element.tag)
        action = _action(rule.action, data_set, element)
        yield Explained(place=place, tag=tag, vr=element.vr, rule=rule.name, action=action.value)
        if element.items and rule.action is Action.RECURSE:
            for number, item in enumerate(data_set.items_of(element)):
                yield from _level(item, level.inside(element), f"{place}[{number}].")


def _action(action: Action, data_set: DataSet, element: Element) -> Action:
    """The action as this value meets it: UIDs that the Standard gave are nobody's, and stay."""
    uids = data_set.values_of(element) if action is Action.MAP_UID else ()
    return Action.KEEP if uids and all(map(is_well_known, uids)) else action


def draw(console: Console, elements: list[Explained]) -> None:
    """One row an element."""
    table = Table("Tag", "VR", "Action", "Rule", "Element", box=None, header_style="bold", pad_edge=False)
    for each in elements:
        style = "green" if each.action == "keep" else None
        table.add_row(each.tag, each.vr, each.action, each.rule, each.place, style=style)
    console.print(table)
