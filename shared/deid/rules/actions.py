"""What can happen to an element, and the rule that says so."""

from enum import Enum
from typing import NamedTuple


class Action(Enum):
    """What happens to an element."""

    #: stays byte for byte
    KEEP = "keep"
    #: stays byte for byte, unless it is the patient's date of birth, one of the patient's numbers, or no date
    KEEP_UNLESS_OWN = "keep_unless_own"
    #: is removed (X)
    REMOVE = "remove"
    #: becomes empty (Z)
    EMPTY = "empty"
    #: gets a dummy value of its Value Representation (D)
    DUMMY = "dummy"
    #: each UID is mapped with the key (U)
    MAP_UID = "map_uid"
    #: the date moves by the patient's shift; a time of day stays
    SHIFT_DATE = "shift_date"
    #: what identifies is cut out of the text (C)
    CLEAN = "clean"
    #: an age over 89 years becomes 90, in whatever unit it is told
    CAP_AGE = "cap_age"
    #: becomes `#`
    MASK = "mask"
    #: becomes the value that the profile gives
    REPLACE = "replace"
    #: becomes the patient's pseudonym
    PSEUDONYM = "pseudonym"
    #: its items are de-identified in turn
    RECURSE = "recurse"
    #: the instance is held
    HOLD = "hold"

    # Members are compared by identity; the hash by name, which is theirs, costs ten times as much.
    __hash__ = object.__hash__


class Mode(Enum):
    """How the text of a data set is treated."""

    #: each attribute by its own rule
    NORMAL = "normal"
    #: content that is cleaned: all text loses what identifies (PS3.15 sections E.3.3 and E.3.4)
    CONTENT = "content"
    #: content that must be there and may say nothing: all text becomes a dummy
    DUMMY = "dummy"
    #: content that is somebody's identity: as before, and dates and codes of any scheme become dummies, too
    SOMEBODYS = "somebodys"


class Rule(NamedTuple):
    """The one rule that an element falls under.

    Attributes:
        name: why, as `airlock deid explain` and the reference page call it.
        value: what REPLACE puts in; the number at which CAP_AGE ends, where it is no Age String.
        required: the attribute must have a value in this object (Type 1).
        inside: how items are treated where the action is RECURSE.
    """

    name: str
    action: Action
    value: str = ""
    required: bool = False
    inside: Mode = Mode.NORMAL
