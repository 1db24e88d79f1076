"""The generated parts of `docs/reference`, made from the code that they describe."""

import enum
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, get_args

import msgspec
import typer.main

from functions.cli.app import app
from functions.pipeline import PIPELINE
from shared import errors, events
from shared.errors import AirlockError, Category
from shared.events import AnyEvent, Event, OriginalMessage
from shared.runtime import handled_events, required_ports

_ENUM_MEMBER = re.compile(r"#: (?P<meaning>.+)\n +(?P<name>[A-Z_]+) = ")
_ATTRIBUTE_LINE = re.compile(r"(?P<names>[a-z_0-9]+(?:, [a-z_0-9]+)*): (?P<text>.+)")
_MODULE_PREFIX = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])")
_NO_DATA = sha256(b"").hexdigest()
_YAML_NAMES = {
    "array": "list",
    "boolean": "`true` or `false`",
    "null": "nothing",
    "object": "mapping",
    "string": "text",
}
_BOUNDS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


def error_classes(base: type[AirlockError] = AirlockError) -> Iterator[type[AirlockError]]:
    """Yield the product's error classes, each before its subclasses."""
    if base.__module__.startswith(errors.__name__):
        yield base
    for each in base.__subclasses__():
        yield from error_classes(each)


def error_tables() -> str:
    """One table a category."""
    header = ("Code", "Tried again", "Message", "Way out")
    parts = []
    for category in get_args(Category):
        rows = [
            (f"`{each.code}`", _yes(each.retryable), _first_line(each), each.remedy)
            for each in error_classes()
            if each.category == category
        ]
        parts.append(f"## Category `{category}`\n\n{table(header, rows)}")
    return "\n\n".join(parts)


def event_sections() -> str:
    """One section an event: what it says, where it goes, under which key it is handled once."""
    return "\n\n".join(_event_section(event) for event in get_args(AnyEvent))


def topic_table() -> str:
    """One row a topic: what it carries and who is subscribed."""
    carried: dict[str, list[str]] = {}
    for event in get_args(AnyEvent):
        carried.setdefault(event.TOPIC, []).append(f"`{event.__name__}`")
    alone = ", ".join(carried.pop(events.AUDIT))
    rows = [(f"`{topic}`", ", ".join(names), _subscribers(topic)) for topic, names in carried.items()]
    rows.append((f"`{events.AUDIT}`", f"every event; these alone: {alone}", _subscribers(events.AUDIT)))
    return table(("Topic", "Carries", "Subscribed stages"), rows)


def stage_table() -> str:
    """One row a handler: the events it takes and the ports it may touch."""
    rows = [
        (
            f"`{stage.name}`",
            f"`{handler.__name__}`",
            ", ".join(f"`{event.__name__}`" for event in handled_events(handler)),
            ", ".join(f"`{port}`" for port in required_ports(handler)),
            f"`{stage.claims}`",
        )
        for stage in PIPELINE
        for handler in stage.handlers
    ]
    return table(("Stage", "Handler", "Takes", "May touch", "Claims in"), rows)


def enumeration(path: str) -> str:
    """One row a member of a documented enumeration, named by its dotted path."""
    rows = [(f"`{member}`", meaning) for member, meaning in _members(_object(path)).items()]
    return table(("Value", "Meaning"), rows)


def transitions(path: str) -> str:
    """A diagram and a table of a transition table, named by its dotted path."""
    moves: Mapping[enum.StrEnum, frozenset[enum.StrEnum]] = _object(path)
    first, meanings = next(iter(moves)), _members(type(next(iter(moves))))
    arrows = [f"    {state} --> {to}" for state, targets in moves.items() for to in sorted(targets)]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *arrows, "```", ""]
    rows = [
        (f"`{state}`", meanings[state], ", ".join(f"`{to}`" for to in sorted(targets)) or "-")
        for state, targets in moves.items()
    ]
    return "\n".join(lines) + "\n" + table(("State", "Meaning", "May become"), rows)


def struct(path: str) -> str:
    """One row a field of a settings struct, named by its dotted path."""
    kind = _object(path)
    schema = msgspec.json.schema(kind)["$defs"][kind.__name__]
    meanings = described_attributes(kind)
    rows = [
        (f"`{name}`", _type(field), _default(name, field, schema), meanings.get(name, "-"))
        for name, field in schema["properties"].items()
    ]
    return table(("Key", "Value", "Default", "Meaning"), rows)


def port(path: str) -> str:
    """One row a method of a port, named by its dotted path."""
    kind = _object(path)
    rows = [
        (f"`{_signature(name, member)}`", _first_line(member))
        for name, member in vars(kind).items()
        if (name == "__call__" or not name.startswith("_"))
        and (callable(member) or isinstance(member, property))
    ]
    return f"{_first_line(kind)}\n\n" + table(("Method", "What it does"), rows)


def command_sections() -> str:
    """One section a command of the command line."""
    return "\n\n".join(_command_section(name, command) for name, command in commands())


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command of `airlock` that has something to describe, by its words."""
    yield from _leaves("airlock", typer.main.get_command(app))


def described_attributes(kind: type) -> dict[str, str]:
    """Read the `Attributes:` of a docstring: name to meaning."""
    section = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in textwrap.dedent(section).splitlines():
        match = _ATTRIBUTE_LINE.fullmatch(line)
        if match:
            names = match["names"].split(", ")
            found.update(dict.fromkeys(names, match["text"]))
        else:
            found.update({name: f"{found[name]} {line.strip()}" for name in names})
    return found


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.strip().replace("|", "\\|")


def _yes(fact: object) -> str:
    return "yes" if fact else "no"


def _first_line(documented: object) -> str:
    return inspect.cleandoc(documented.__doc__ or "").partition("\n")[0]


def _object(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _members(kind: type[enum.Enum]) -> dict[str, str]:
    comments = {match["name"]: match["meaning"] for match in _ENUM_MEMBER.finditer(inspect.getsource(kind))}
    return {member.value: comments[member.name] for member in kind}


def _subscribers(topic: str) -> str:
    return ", ".join(f"`{stage.name}`" for stage in PIPELINE if topic in stage.topics) or "-"


def _event_section(event: type[Event]) -> str:
    handlers = (
        f"`{stage.name}`" for stage in PIPELINE for each in stage.handlers if event in handled_events(each)
    )
    fields = ", ".join(f"`{name}`" for name in event.__struct_fields__ if name != "version")
    topics = " and ".join(f"`{topic}`" for topic in dict.fromkeys((event.TOPIC, events.AUDIT)))
    lines = (
        f"### {event.__name__}\n",
        f"{_first_line(event)}\n",
        f"- published to {topics}, version {event.VERSION}",
        f"- handled by: {', '.join(handlers) or 'no stage; for the record'}",
        f"- fields: {fields}",
        f"- key: {_keys(event)}",
    )
    return "\n".join(lines)


def _keys(event: type[Event]) -> str:
    """The form of an event's key: that of an event whose fields hold their own names."""
    keys = (_named_after_fields(event, flag=flag).key for flag in (False, True))
    return " or ".join(dict.fromkeys(f"`{key.replace(_NO_DATA, '{digest of the message}')}`" for key in keys))


class _Named(str):
    """The name of a field in the place of its value, which may be an archive."""

    __slots__ = ()

    def at_member(self, index: object) -> str:
        return f"{self}!{index}"


def _named_after_fields(event: type[Event], *, flag: bool) -> Event:
    values: dict[str, Any] = {
        field.name: flag if field.type is bool else _Named(f"{{{field.name}}}")
        for field in msgspec.structs.fields(event)
    }
    if "message" in values:
        values["message"] = OriginalMessage(topic="", data=b"", attributes={})
    return event(**values)


def _type(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    if "enum" in field:
        return " or ".join(f"`{value}`" for value in field["enum"])
    name = _YAML_NAMES.get(field.get("type", "object"), str(field.get("type")))
    bounds = [f"{words} {field[bound]:,}" for bound, words in _BOUNDS.items() if bound in field]
    return " ".join([name, *bounds])


def _default(name: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if name in schema.get("required", ()):
        return "required"
    default = field.get("default")
    if isinstance(default, dict):
        return "the defaults below"
    values = default if isinstance(default, list | tuple) else [default]
    return ", ".join("-" if value is None else f"`{_written(value)}`" for value in values)


def _written(value: str | float) -> str:
    """A value as one would write it in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _signature(name: str, member: Any) -> str:
    is_property = isinstance(member, property)
    signature = inspect.signature(member.fget if is_property else member)
    own = signature.replace(parameters=list(signature.parameters.values())[1:])
    text = _MODULE_PREFIX.sub("", str(own))
    return name + text.removeprefix("()") if is_property else name.removeprefix("__call__") + text


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """A group is worth a section if it has options of its own."""
    groups = getattr(command, "commands", {})
    if command.params or not groups:
        yield name, command
    for word, each in groups.items():
        yield from _leaves(f"{name} {word}", each)


def _command_section(name: str, command: Any) -> str:
    rows = [
        (", ".join(f"`{word}`" for word in _words(each)), each.help, _given(each), _environment(each))
        for each in command.params
    ]
    text = inspect.cleandoc(command.help)
    example = re.search(r"^Example: (.+)$", text, re.MULTILINE)
    prose = re.sub(r"^Example: .+$", "", text, flags=re.MULTILINE).strip()
    shown = f"\n\n```sh\n{example[1]}\n```" if example else ""
    header = ("Argument or option", "Meaning", "Default", "Environment")
    return f"## {name}\n\n{prose}{shown}\n\n{table(header, rows)}"


def _words(parameter: Any) -> list[str]:
    return [word if word.startswith("-") else word.upper() for word in parameter.opts]


def _given(parameter: Any) -> str:
    if parameter.required:
        return "required"
    return f"`{parameter.default}`" if parameter.default not in {None, False} else "-"


def _environment(parameter: Any) -> str:
    return f"`{parameter.envvar}`" if parameter.envvar else "-"
