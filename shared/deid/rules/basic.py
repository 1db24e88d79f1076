"""What the Basic Profile does to an attribute of any object: what an override is measured against."""

from collections.abc import Iterator, Sequence
from functools import cache

from shared.deid.rules.actions import Action, Mode
from shared.deid.rules.concept_codes import CONCEPT_CODE_SEQUENCE, CONTENT_SEQUENCE, MEASURED_VALUE_SEQUENCE
from shared.deid.rules.iod import types_of
from shared.deid.rules.left_out import left_out_row
from shared.deid.rules.overrides import Target
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules, Scope
from shared.deid.rules.table import row_of
from shared.dicom.dictionary import vr_of

# An object that has content, and the places in it where attributes fare otherwise than elsewhere.
_COMPREHENSIVE_SR = "1.2.840.10008.5.1.4.1.1.88.33"
_CONTENT_PLACES = (
    (CONTENT_SEQUENCE,),
    (CONTENT_SEQUENCE, CONCEPT_CODE_SEQUENCE),
    (CONTENT_SEQUENCE, MEASURED_VALUE_SEQUENCE),
)
# A sequence that Table E.1-1 does not list.
_SOME_SEQUENCE = 0x00082112
_RELEASING = frozenset({Action.KEEP, Action.MAP_UID, Action.SHIFT_DATE})
_PATIENT_GROUP = 0x0010


def releases(action: Action, target: Target) -> bool:
    """Tell whether an override lets something stay that the Basic Profile would not let stay like this."""
    return action in _RELEASING and (_identifies(target) or not _is_basic(action, target))


def _identifies(target: Target) -> bool:
    """Private attributes may hold anything; of public ones Table E.1-1 and the patient's module count."""
    if target.creator or target.tag >> 16 == _PATIENT_GROUP:
        return True
    listed = row_of(target.tag) or left_out_row(target.tag)
    return listed is not None or vr_of(target.tag) == "PN"


def _is_basic(action: Action, target: Target) -> bool:
    """Whether the Basic Profile does the same, or keeps it, in the place or everywhere."""
    return basic_actions(target.path) <= {action, Action.KEEP, Action.RECURSE}


def basic_actions(path: Sequence[int]) -> frozenset[Action]:
    """What happens to an attribute in one place, or of a path of one tag wherever it may stand."""
    *sequences, tag = path
    scopes = [_inside(sequences)] if sequences else _anywhere(tag)
    return frozenset(scope.rule(tag, vr_of(tag)).action for scope in scopes)


def _anywhere(tag: int) -> Iterator[Scope]:
    yield from (_top(), _inside((_SOME_SEQUENCE,)))
    types = types_of(_COMPREHENSIVE_SR)
    yield from (_inside(place) for place in _CONTENT_PLACES if types.type_of(place, tag) is not None)


def _inside(sequences: Sequence[int]) -> Scope:
    scope = _top()
    for sequence in sequences:
        rule = scope.rule(sequence, "SQ")
        scope = scope.inside(sequence, rule.inside if rule.action is Action.RECURSE else Mode.NORMAL)
    return scope


@cache
def _top() -> Scope:
    return Rules(Profile(name="basic", description="The Basic Profile.")).scope(_COMPREHENSIVE_SR)
