"""The release gate alone, for the output of any tool: what of an original is left in what was made of it?"""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from shared.deid.gate.harvest import Token
from shared.deid.gate.residue import Wanted, found_beside_pixels, found_in_meta, outgoing
from shared.deid.gate.sought import own_texts, sought
from shared.deid.header.fates import KnownFates
from shared.deid.header.level import Level
from shared.deid.instance import LIMITS
from shared.deid.look import SOP_CLASS_UID
from shared.deid.pixels.comments import comments
from shared.deid.pixels.judgements import behind_image, native_bytes_of
from shared.deid.rules.iod import knows
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules, Scope
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.read import Header, read_header
from shared.dicom.source import ByteSource
from shared.errors import SopClassUnsupported


def residue(original: ByteSource, output: ByteSource, profile: Profile) -> list[str]:
    """The keyword of each element of `output` that holds an identifier of `original`, in order.

    What `profile` keeps on purpose is no residue. Of Pixel Data, text beside pictures is searched.

    Raises:
        ValidationError: one of them cannot be read, or is beyond the limits of a header.
        SopClassUnsupported: no rule covers the original's SOP Class.
        PixelsUncleanable: text may stand in Pixel Data that cannot be searched.
    """
    wanted = Wanted(harvest_all(read_header(original, LIMITS, force=True), profile))
    made = read_header(output, LIMITS, force=True)
    start = min((each.start for each in made.elements), default=len(made.buffer))
    places = ["File Meta Information"] * len(found_in_meta(wanted, made.buffer[:start]))
    for data_set in _top_levels(made):
        places += [keyword_of(value.tag) for value in outgoing(data_set) if wanted.found_in(value)]
    return places + _beside_pixels(wanted, made)


def _beside_pixels(wanted: Wanted, made: Header) -> list[str]:
    if made.pixel_data is None:
        return []
    texts = chain(
        comments(made.source, made.pixel_data, made.transfer_syntax_uid),
        behind_image(made.source, made.pixel_data, native_bytes_of(DataSet.of(made))),
    )
    return [keyword_of(made.pixel_data.tag) for text in texts if found_beside_pixels(wanted, text)]


def harvest_all(header: Header, profile: Profile) -> set[Token]:
    """Every form of every identifier of an instance, but for what the profile keeps.

    Raises:
        SopClassUnsupported: no rule covers its SOP Class.
    """
    sop_class_uid = DataSet.of(header).text(SOP_CLASS_UID)
    if not knows(sop_class_uid):
        raise SopClassUnsupported
    scope = Rules(profile).scope(sop_class_uid)
    data_set, behind = _top_levels(header)
    harvested = [*harvest(data_set, scope), *harvest(behind, scope)]
    found = (each.token for each in harvested if not each.is_kept)
    kept = (each.token for each in harvested if each.is_kept)
    own = own_texts(scope, lambda tag: data_set.raw(tag) or b"", data_set.character_sets)
    return sought(found, kept, own)


class Harvested(NamedTuple):
    """One form of an identifier; `is_kept` tells that it stays on purpose."""

    token: Token
    is_kept: bool


def harvest(data_set: DataSet, scope: Scope) -> Iterator[Harvested]:
    """Yield the identifiers of a level and of all within."""
    level = Level.of(data_set, scope, KnownFates())
    for element in data_set.elements:
        for item in data_set.items_of(element):
            yield from harvest(item, level.inside(element))
        fate = level.fate(element)
        if element.items is None and fate.harvesting is not None:
            found = fate.harvesting.memo[data_set.buffer[element.value : element.end]]
            yield from (Harvested(token, fate.harvesting.is_kept) for token in found.tokens)


def _top_levels(header: Header) -> tuple[DataSet, DataSet]:
    """What stands before Pixel Data, and what stands behind it."""
    data_set = DataSet.of(header)
    return data_set, DataSet(header.trailer, header.trailing, header.encoding, data_set.character_sets)
