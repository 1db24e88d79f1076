"""The WSGI application: which request is which operation, and what becomes of errors."""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from shared.errors import AirlockError
from shared.local.object_store import batch
from shared.local.object_store.answers import refusal
from shared.local.object_store.faults import Fault, Faults
from shared.local.object_store.refusals import Refused, forbidden, invalid, unavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

View = Callable[..., Response]

BATCH, MEDIA = "batch", "objects.getMedia"
_OBJECT = "/b/<bucket>/o/<name>"
_TO = "b/<to_bucket>/o/<to_name>"
#: operation, method, path; the names are those of the reference of the JSON API
ROUTES = (
    ("buckets.list", "GET", "/b"),
    ("buckets.insert", "POST", "/b"),
    ("buckets.get", "GET", "/b/<bucket>"),
    ("buckets.patch", "PATCH", "/b/<bucket>"),
    ("buckets.update", "PUT", "/b/<bucket>"),
    ("buckets.delete", "DELETE", "/b/<bucket>"),
    ("buckets.getStorageLayout", "GET", "/b/<bucket>/storageLayout"),
    ("notifications.list", "GET", "/b/<bucket>/notificationConfigs"),
    ("notifications.insert", "POST", "/b/<bucket>/notificationConfigs"),
    ("notifications.get", "GET", "/b/<bucket>/notificationConfigs/<notification>"),
    ("notifications.delete", "DELETE", "/b/<bucket>/notificationConfigs/<notification>"),
    ("objects.list", "GET", "/b/<bucket>/o"),
    ("objects.insert", "POST", "/b/<bucket>/o"),
    ("uploads.append", "PUT", "/b/<bucket>/o"),
    ("uploads.cancel", "DELETE", "/b/<bucket>/o"),
    ("objects.get", "GET", _OBJECT),
    ("objects.patch", "PATCH", _OBJECT),
    ("objects.update", "PUT", _OBJECT),
    ("objects.delete", "DELETE", _OBJECT),
    ("objects.compose", "POST", f"{_OBJECT}/compose"),
    ("objects.rewrite", "POST", f"{_OBJECT}/rewriteTo/{_TO}"),
    ("objects.copy", "POST", f"{_OBJECT}/copyTo/{_TO}"),
    ("objects.move", "POST", f"{_OBJECT}/moveTo/o/<to_name>"),
    (BATCH, "POST", "/batch"),
    ("faults.list", "GET", "/_faults"),
    ("faults.insert", "POST", "/_faults"),
    ("faults.delete", "DELETE", "/_faults"),
    ("reset", "POST", "/_reset"),
    ("health", "GET", "/"),
)
#: what a fault can be set for
OPERATIONS = (*(name for name, _method, path in ROUTES if path.startswith("/b")), MEDIA)
_PREFIXES = re.compile(r"/batch(?=/storage/v1)|(?:/resumable)?/(?:upload|download)(?=/)|/storage/v1(?=/|$)")


class Application:
    """Answers every request; `views` has one view an operation."""

    def __init__(self, views: Mapping[str, View], faults: Faults) -> None:
        self._views = {**views, BATCH: self._batch}
        self._faults = faults
        rules = [Rule(path, endpoint=name, methods=[method]) for name, method, path in ROUTES]
        # Whatever host a client calls it by.
        self._adapter = Map(rules, strict_slashes=False, merge_slashes=False).bind("localhost")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request by WSGI (PEP 3333)."""
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Answer one request, come what may."""
        try:
            return self._operate(request)
        except Refused as refused:
            return refusal(refused)
        except HTTPException as error:
            return refusal(_http_refused(error))
        except AirlockError as error:
            return refusal(unavailable(error.cause))
        except Exception as error:  # noqa: BLE001 - a defect of ours must not look like a broken connection
            # The class alone: texts of errors hold names of files, and people name files after patients.
            message = f"Internal error: {type(error).__name__}"
            return refusal(Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "backendError", message))

    def _operate(self, request: Request) -> Response:
        operation, arguments = self._match(request)
        fault = self._faults.take(operation) if operation in OPERATIONS else None
        if fault is not None:
            self._before(request, fault)
        response = self._views[operation](request, **arguments)
        if fault is not None and fault.kind == "drop_after":
            _drop(request)
        return response

    def _match(self, request: Request) -> tuple[str, dict[str, str]]:
        path = request_path(request)
        operation, arguments = self._adapter.match(path, method=request.method)
        if operation == "objects.get" and request.args.get("alt") == "media":
            operation = MEDIA
        return operation, {name: _unquoted(value) for name, value in arguments.items()}

    def _before(self, request: Request, fault: Fault) -> None:
        match fault.kind:
            case "403":
                raise forbidden()
            case "503":
                raise unavailable("Service Unavailable")
            case "drop_before":
                _drop(request)
                raise unavailable("dropped")
            case "slow":
                self._faults.wait(fault.seconds)

    def _batch(self, request: Request) -> Response:
        return batch.answered(request, self.answer)


def request_path(request: Request) -> str:
    """The path as it was sent, `%2F` and all, without what only says which host of Google's is meant."""
    raw = str(request.environ["RAW_URI"]).partition("?")[0]
    if raw.startswith("http"):
        raw = "/" + raw.split("/", 3)[-1]
    kind, rest = "", raw
    while match := _PREFIXES.match(rest):
        kind = "/batch" if match[0] == "/batch" else kind
        rest = rest[match.end() :]
    return kind or rest or "/"


def _unquoted(segment: Any) -> str:
    try:
        return unquote_to_bytes(str(segment)).decode()
    except UnicodeDecodeError:
        raise invalid("Names are UTF-8.") from None


def _http_refused(error: HTTPException) -> Refused:
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    reasons = {HTTPStatus.NOT_FOUND: "notFound", HTTPStatus.METHOD_NOT_ALLOWED: "methodNotAllowed"}
    return Refused(status, reasons.get(status, "badRequest"), status.phrase)


def _drop(request: Request) -> None:
    with suppress(OSError):  # the client may have gone itself
        request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
