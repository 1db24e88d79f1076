"""Events of every type: any of them, or the simplest."""

import types
import typing
from typing import Any, Literal, get_args, get_origin

import msgspec
from hypothesis import strategies as st

from shared.events import AnyEvent, Event, OriginalMessage
from shared.identifiers import BlobRef, SeriesRef

TYPES: tuple[type[Event], ...] = get_args(AnyEvent)
#: stands in every name that a person may have given
SECRET = "\u00a7Doe^Jane\u00a7"
BLOB = BlobRef(bucket="clinical", name="intake/a.dcm", generation=7)
SERIES = SeriesRef(study_instance_uid="1.2.3", series_instance_uid="1.2.4")
MESSAGE = OriginalMessage(topic="arrivals", data=b"{}", attributes={})

_UIDS = st.lists(st.integers(10**6, 10**9).map(str), min_size=3, max_size=6).map(".".join)
_NUMBERS = st.integers(1, 2**53)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    BlobRef: st.builds(
        BlobRef, bucket=st.just("clinical"), name=st.text().map(f"{SECRET}{{}}".format), generation=_NUMBERS
    ),
    SeriesRef: st.builds(SeriesRef, study_instance_uid=_UIDS, series_instance_uid=_UIDS),
    bool: st.booleans(),
    bytes: st.binary(),
    dict[str, str]: st.dictionaries(st.text(), st.text(), max_size=3),
    int: _NUMBERS,
    str: st.text(),
    types.NoneType: st.none(),
}
_SIMPLEST: dict[Any, Any] = {BlobRef: BLOB, SeriesRef: SERIES, OriginalMessage: MESSAGE, str: "x", int: 1}


def _any_value(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(_any_value(arguments[0]), max_size=3).map(tuple)
    if origin is types.UnionType:
        return st.one_of([_any_value(each) for each in arguments])
    return any_struct(annotation)


def any_struct(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a struct; its version stays."""
    hints = typing.get_type_hints(kind)
    names = [field.name for field in msgspec.structs.fields(kind) if field.name != "version"]
    return st.builds(kind, **{name: _any_value(hints[name]) for name in names})


def example(kind: type[Event]) -> Event:
    """The simplest event of a type."""
    hints = typing.get_type_hints(kind)
    names = [field.name for field in msgspec.structs.fields(kind) if field.required]
    return kind(**{name: _simplest(hints[name]) for name in names})


def _simplest(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    return () if get_origin(annotation) is tuple else _SIMPLEST[annotation]
