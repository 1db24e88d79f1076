"""What the release gate seeks: all that identifies in an original, but for what stays on purpose."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from shared.deid.gate.harvest import Token, kind_of, tokens_of
from shared.deid.rules.actions import Action
from shared.deid.rules.scope import PATIENT_ID, PATIENT_NAME, Scope


def sought(found: Iterable[Token], kept: Iterable[Token], own: AbstractSet[bytes]) -> set[Token]:
    """The tokens to seek: what is kept in one place is no residue in another, unless it is of `own`."""
    excused = {token.text for token in kept if token.kind != "uid" or _is_numeric(token.text)} - own
    return {token for token in found if token.text not in excused}


def own_texts(scope: Scope, value_of: Callable[[int], bytes], character_sets: tuple[str, ...]) -> set[bytes]:
    """Every form of the patient's own name and id, where they do not stay on purpose.

    Args:
        scope: the rules of the top level.
        value_of: the raw value of an attribute of it, by its tag.
        character_sets: the values of Specific Character Set.
    """
    texts = set[bytes]()
    for tag, vr in ((PATIENT_NAME, "PN"), (PATIENT_ID, "LO")):
        kind = kind_of(tag, vr)
        if kind is not None and scope.rule(tag, vr).action is not Action.KEEP:
            texts |= {token.text for token in tokens_of(kind, value_of(tag), character_sets)}
    return texts


def _is_numeric(uid: bytes) -> bool:
    """What stands in place of a UID that is kept is no excuse for it elsewhere."""
    return uid.replace(b".", b"").isdigit()
