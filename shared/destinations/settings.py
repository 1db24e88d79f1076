"""Destinations and their templates, as YAML in `rulesets/destinations` and `rulesets/templates`.

Loading is strict: an unknown key, a key given twice or a value of the wrong type is an error that names the
file and the place in it, never the value.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from shared.documents import load_document, parse_document
from shared.errors import ConfigurationError, RulesetInvalid

TASK_ID = "{task_id}"
_FROM_ENVIRONMENT = "env:"
_VISIBLE = re.compile(r"[!-~]+")

# `$` alone would let a line end pass behind it.
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$(?!\n)")]
#: also the name of the file that holds its tokens
DestinationName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
HeaderName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]+$(?!\n)")]
UrlPath = Annotated[str, msgspec.Meta(pattern=r"^/[A-Za-z0-9_.~/{}-]*$(?!\n)")]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class DestinationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to talk to one autosegmentation service.

    Attributes:
        name: what rulesets and jobs call it.
        base_url: `https://host[:port][/path]`, or `env:NAME` to take it from the environment. Plain `http` is
            accepted for loopback addresses only, because every request carries a bearer token.
        health_path, upload_path, refresh_path: appended to `base_url`.
        status_path, result_path, confirm_path: the same, `{task_id}` standing for the transaction id.
        client_id: sent with every upload where the service wants one.
        checksum_header: the header of a result that carries its SHA-256.
        health_wait_seconds: how long to wait before asking again whether it accepts work.
        health_tries: how many times to wait and ask again.
        request_seconds: how long a connection may stay silent.
        resend: whether the service answers a package that it has already with the same transaction
            (`deduplicated`) or may take it for a second one (`hold`: a person decides).
        result_ready: status texts that mean that the result can be fetched; compared without regard to case.
        failed: how status texts begin that mean that there will be no result; likewise.
        closed: status texts that mean that the transfer is over.
    """

    name: DestinationName
    base_url: str
    health_path: UrlPath = "/api/health"
    upload_path: UrlPath = "/api/upload/"
    refresh_path: UrlPath = "/api/token/refresh/"
    status_path: UrlPath = "/api/upload/{task_id}/status/"
    result_path: UrlPath = "/api/rtstruct/{task_id}/"
    confirm_path: UrlPath = "/api/rtstruct/{task_id}/confirm/"
    client_id: Name | None = None
    checksum_header: HeaderName = "X-Checksum-SHA256"
    health_wait_seconds: Seconds = 60.0
    health_tries: Annotated[int, msgspec.Meta(ge=0)] = 3
    request_seconds: Seconds = 60.0
    resend: Literal["hold", "deduplicated"] = "hold"
    result_ready: tuple[Text, ...] = (
        "Segmentation Completed",
        "Segmentation Retrieved",
        "Delivered to Client",
    )
    failed: tuple[Text, ...] = ("Failed", "Error")
    closed: tuple[Text, ...] = ("Transfer Completed",)

    def __post_init__(self) -> None:
        """Refuse a path without its transaction id, and a URL that would send tokens in the clear."""
        if not all(TASK_ID in path for path in (self.status_path, self.result_path, self.confirm_path)):
            raise ValueError(f"status_path, result_path and confirm_path need {TASK_ID}")
        if not self.base_url.startswith(_FROM_ENVIRONMENT):
            _require_safe_url(self.base_url)


class SegmentationModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model of a template; `map` gives the structure name of each of the model's map ids."""

    name: Text
    config: Text
    trainer_name: Text
    postprocess: str | None = None
    map: dict[int, Text]

    def __post_init__(self) -> None:
        """Refuse a model that makes no structure."""
        if not self.map:
            raise ValueError("map needs at least one structure")


class AutosegmentationTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which structures to draw: the content of a package's `autosegmentation_template.yml`.

    Attributes:
        name: for people.
        protocol: the service's name of the protocol.
        models: by model id.
    """

    name: Text
    protocol: Text
    models: dict[int, SegmentationModel]

    def __post_init__(self) -> None:
        """Refuse a template that asks for nothing."""
        if not self.models:
            raise ValueError("models needs at least one model")

    def to_yaml(self) -> bytes:
        """Write it as `autosegmentation_template.yml`; equal templates give equal bytes."""
        import yaml

        content = msgspec.to_builtins(self)
        models = {key: {**model, "map": _by_id(model["map"])} for key, model in content["models"].items()}
        ordered = {**content, "models": _by_id(models)}
        text: str = yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=1000)
        return text.encode()


def load_destinations(
    folder: Path, *, environ: Mapping[str, str] = os.environ
) -> tuple[DestinationSettings, ...]:
    """Load every destination of `folder` (`*.yaml`), with its URL resolved; ordered by file name.

    Raises:
        RulesetInvalid: a file is invalid, or two destinations have one name.
        ConfigurationError: `base_url` names a variable of the environment that is not set.
    """
    loaded: dict[str, DestinationSettings] = {}
    for path in _files(folder):
        settings = _resolved(load_document(path, DestinationSettings), path, environ)
        if settings.name in loaded:
            raise RulesetInvalid(file=_shown(path), place="$.name", problem="this name is taken")
        loaded[settings.name] = settings
    return tuple(loaded.values())


def load_templates(folder: Path) -> dict[str, AutosegmentationTemplate]:
    """Load every template of `folder` (`*.yaml`), by file name without its suffix.

    Raises:
        RulesetInvalid: a file is invalid.
    """
    return {path.stem: load_document(path, AutosegmentationTemplate) for path in _files(folder)}


def parse_template(content: bytes, *, file: str) -> AutosegmentationTemplate:
    """Read an `autosegmentation_template.yml`; `file` is what an error calls it.

    Raises:
        RulesetInvalid: it is not a template.
    """
    return parse_document(content, AutosegmentationTemplate, file)


def _by_id(items: dict[int, Any]) -> dict[int, Any]:
    return dict(sorted(items.items()))


def _require_safe_url(url: str) -> None:
    parts = _split(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("base_url needs https://host")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("base_url holds no user, query or fragment")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ValueError("base_url needs https, except for loopback addresses")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        # Reading the port checks it.
        if _VISIBLE.fullmatch(url) and parts.port != 0:
            return parts
    except ValueError:
        # Its text quotes the URL: say the same without.
        pass
    raise ValueError("base_url is not a URL")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigurationError(missing=f"{folder.parent.name}/{folder.name}")
    return sorted(folder.glob("*.yaml"))


def _shown(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _resolved(settings: DestinationSettings, path: Path, environ: Mapping[str, str]) -> DestinationSettings:
    if not settings.base_url.startswith(_FROM_ENVIRONMENT):
        return settings
    variable = settings.base_url.removeprefix(_FROM_ENVIRONMENT)
    if not environ.get(variable):
        raise ConfigurationError(file=_shown(path), place="$.base_url", unset_variable=variable)
    try:
        _require_safe_url(environ[variable])
    except ValueError as exc:
        raise ConfigurationError(file=_shown(path), variable=variable, problem=str(exc)) from exc
    return msgspec.structs.replace(settings, base_url=environ[variable])
