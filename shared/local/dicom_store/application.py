"""The store's HTTP interface: which path is which operation, faults, and errors."""

from contextlib import suppress
from http import HTTPStatus
from socket import SHUT_RDWR

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from shared.errors import AirlockError
from shared.local.dicom_store.control_views import ControlViews
from shared.local.dicom_store.faults import Faults
from shared.local.dicom_store.http_server import log_failure
from shared.local.dicom_store.multipart import CHUNK
from shared.local.dicom_store.refusal import Refusal, error_body, not_found
from shared.local.dicom_store.resource_views import ResourceViews
from shared.local.dicom_store.retrieve_views import RetrieveViews
from shared.local.dicom_store.storing import InstanceStore
from shared.local.dicom_store.study_views import StudyViews

_DATASETS = "/v1/projects/<project>/locations/<location>/datasets"
_STORES = f"{_DATASETS}/<dataset>/dicomStores"
_WEB = f"{_STORES}/<store>/dicomWeb"
_STUDY = f"{_WEB}/studies/<study>"
_SERIES = f"{_STUDY}/series/<series>"
_INSTANCE = f"{_SERIES}/instances/<instance>"
#: the operations; faults are asked for by their names
_ROUTES = (
    ("POST", _DATASETS, "create_dataset"),
    ("GET", f"{_DATASETS}/<dataset>", "get_dataset"),
    ("POST", _STORES, "create_store"),
    ("GET", _STORES, "list_stores"),
    ("GET", f"{_STORES}/<store>", "get_store"),
    ("PATCH", f"{_STORES}/<store>", "change_store"),
    ("DELETE", f"{_STORES}/<store>", "delete_store"),
    ("POST", f"{_WEB}/studies", "store"),
    ("POST", _STUDY, "store"),
    ("GET", f"{_WEB}/studies", "search_studies"),
    ("GET", f"{_WEB}/series", "search_series"),
    ("GET", f"{_STUDY}/series", "search_series"),
    ("GET", f"{_WEB}/instances", "search_instances"),
    ("GET", f"{_STUDY}/instances", "search_instances"),
    ("GET", f"{_SERIES}/instances", "search_instances"),
    ("DELETE", _STUDY, "delete"),
    ("DELETE", _SERIES, "delete"),
    ("DELETE", _INSTANCE, "delete"),
    ("GET", _STUDY, "retrieve"),
    ("GET", _SERIES, "retrieve"),
    ("GET", _INSTANCE, "retrieve"),
    ("GET", f"{_STUDY}/metadata", "metadata"),
    ("GET", f"{_SERIES}/metadata", "metadata"),
    ("GET", f"{_INSTANCE}/metadata", "metadata"),
    ("GET", f"{_INSTANCE}/frames/<numbers>", "frames"),
    ("GET", f"{_INSTANCE}/rendered", "rendered"),
    ("GET", f"{_INSTANCE}/frames/<numbers>/rendered", "rendered"),
    ("GET", f"{_INSTANCE}/bulkdata/<path:item>", "bulk_data"),
    ("POST", "/_faults", "_faults"),
    ("POST", "/_reset", "_reset"),
)


def application(store: InstanceStore, faults: Faults, control: ControlViews) -> Flask:
    """Make the WSGI application."""
    app = Flask("dicom_store")
    app.url_map.merge_slashes = False
    views = (ResourceViews(store), StudyViews(store), RetrieveViews(store), control)
    for method, path, operation in _ROUTES:
        name = operation.lstrip("_")
        view = next(getattr(each, name) for each in views if hasattr(each, name))
        app.add_url_rule(path, f"{operation} {path}", view, methods=[method])
    _before_and_after(app, faults)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(AirlockError, _airlock_error)
    app.register_error_handler(FileNotFoundError, _deleted_meanwhile)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)
    return app


def _before_and_after(app: Flask, faults: Faults) -> None:
    @app.before_request
    def take_fault() -> None:
        operation = (request.endpoint or "_").split(" ", 1)[0]
        fault = None if operation.startswith("_") else faults.take(operation)
        g.drop = fault is not None and fault.kind == "drop"
        if fault is not None and fault.kind.isdigit():
            raise Refusal(HTTPStatus(int(fault.kind)), "a fault that was asked for")

    @app.after_request
    def finish(response: Response) -> Response:
        if g.get("drop"):
            with suppress(OSError):
                request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        elif not _read_to_end():
            response.headers["Connection"] = "close"
        return response


def _read_to_end() -> bool:
    """Read what is left of the request's body, so that the next request can be found behind it."""
    try:
        while request.stream.read(CHUNK):
            pass
    except (OSError, HTTPException):
        return False
    return True


def _refused(refusal: Refusal) -> Response:
    answer = jsonify(error_body(refusal.status, refusal.message))
    answer.status_code = refusal.status
    return answer


def _airlock_error(error: AirlockError) -> Response:
    """What is stored cannot be told in the form that is asked for; the causes are free of patient data."""
    if error.category in {"storage", "resource"}:
        return _refused(Refusal(HTTPStatus.SERVICE_UNAVAILABLE, error.cause))
    # The class's own message is of another operation, on the same pixels.
    reason = error.details.get("reason", error.code)
    return _refused(Refusal(HTTPStatus.NOT_ACCEPTABLE, f"it cannot be sent in this form: {reason}"))


def _deleted_meanwhile(_error: FileNotFoundError) -> Response:
    return _refused(not_found("DICOM instance"))


def _http_error(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    return _refused(Refusal(status, status.phrase))


def _failed(error: Exception) -> Response:
    log_failure(error)
    return _refused(Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error"))
