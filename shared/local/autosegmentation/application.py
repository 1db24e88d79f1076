"""The double's HTTP interface."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from socket import SHUT_RDWR
from typing import IO, cast

from flask import Flask, Request, Response, jsonify, request

from shared.errors import (
    AirlockError,
    ArchiveUnreadable,
    ChecksumMismatch,
    ObjectNotFound,
    TransitionIllegal,
)
from shared.local.autosegmentation.faults import Faults, Operation
from shared.local.autosegmentation.service import SegmentationService
from shared.ports.clock import Clock

CHECKSUM_HEADER = "X-Checksum-SHA256"
_STATUS_OF: dict[type[AirlockError], HTTPStatus] = {
    ArchiveUnreadable: HTTPStatus.BAD_REQUEST,
    ChecksumMismatch: HTTPStatus.BAD_REQUEST,
    ObjectNotFound: HTTPStatus.NOT_FOUND,
    TransitionIllegal: HTTPStatus.CONFLICT,
}


def application(service: SegmentationService, faults: Faults, clock: Clock) -> Flask:
    """Make the WSGI application; the name of each endpoint is the operation that faults are set for."""
    app = Flask("autosegmentation")
    app.request_class = _spooling(service.spool)
    views = _Views(service, faults, clock)
    app.before_request(views.guard)
    app.teardown_request(_clear_spool)
    app.register_error_handler(AirlockError, _refuse)
    app.add_url_rule("/api/health", "health", views.health)
    app.add_url_rule("/api/upload/", "upload", views.upload, methods=["POST"])
    app.add_url_rule("/api/token/refresh/", "refresh", views.refresh, methods=["POST"])
    app.add_url_rule("/api/upload/<task_id>/status/", "status", views.status)
    app.add_url_rule("/api/rtstruct/<task_id>/", "result", views.result)
    app.add_url_rule("/api/rtstruct/<task_id>/confirm/", "confirm", views.confirm, methods=["POST"])
    return app


class _Views:
    def __init__(self, service: SegmentationService, faults: Faults, clock: Clock) -> None:
        self._service = service
        self._faults = faults
        self._clock = clock

    def guard(self) -> Response | None:
        """Apply the faults, then demand an access token where one is needed."""
        if request.endpoint is None:
            return None
        operation = cast("Operation", request.endpoint)
        status = self._faults.next_answer(operation)
        if status is not None:
            return _error(status, "fault")
        if operation in {"health", "refresh"} or self._service.tokens.accepts("access", _bearer()):
            return None
        return _error(HTTPStatus.UNAUTHORIZED, "token_refused")

    def health(self) -> Response:
        return jsonify(status="ready")

    def upload(self) -> Response:
        file, checksum = request.files.get("file"), request.form.get("checksum")
        if file is None or checksum is None:
            return _error(HTTPStatus.BAD_REQUEST, "field_missing")
        file.stream.flush()
        task, new = self._service.accept(
            Path(str(file.stream.name)), checksum=checksum, client_id=request.form.get("client_id", "")
        )
        if self._faults.take("drop_uploads"):
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)
        if self._faults.take("garble_uploads"):
            return Response("<html>accepted</html>", mimetype="text/html")
        answer = jsonify(task_id=task.task_id)
        answer.status_code = HTTPStatus.CREATED if new else HTTPStatus.OK
        return answer

    def refresh(self) -> Response:
        tokens, old = self._service.tokens, _bearer()
        if not tokens.accepts("refresh", old):
            return _error(HTTPStatus.UNAUTHORIZED, "token_refused")
        if self._faults.rotate_refresh_tokens:
            pair = tokens.issue()
            tokens.revoke(old)
        else:
            pair = tokens.access()
        answer: dict[str, str | float] = {"access_token": pair.access_token}
        if pair.refresh_token:
            answer["refresh_token"] = pair.refresh_token
        return jsonify({**answer, **self._expiry(pair.expires_at or 0.0)})

    def status(self, task_id: str) -> Response:
        return jsonify(status=self._service.status(task_id))

    def result(self, task_id: str) -> Response:
        result = self._service.result(task_id)
        return Response(
            result.content, mimetype="application/dicom", headers={CHECKSUM_HEADER: result.sha256}
        )

    def confirm(self, task_id: str) -> Response:
        self._service.confirm(task_id)
        return jsonify(status=self._service.status(task_id))

    def _expiry(self, expires_at: float) -> dict[str, str | float]:
        match self._faults.expiry:
            case "expires_in":
                return {"expires_in": expires_at - self._clock.now()}
            case "expires_at":
                return {"expires_at": datetime.fromtimestamp(expires_at, UTC).isoformat()}
            case None:
                return {}


def _bearer() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _error(status: int, code: str) -> Response:
    answer = jsonify(error=code)
    answer.status_code = status
    return answer


def _refuse(error: AirlockError) -> Response:
    return _error(_STATUS_OF.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY), error.code)


def _spooling(folder: Path) -> type[Request]:
    """A request whose files are written to `folder` while they arrive, so that none is held in memory."""

    class SpooledRequest(Request):
        def _get_file_stream(self, *_hints: object, **_more_hints: object) -> IO[bytes]:
            stream = (folder / uuid.uuid4().hex).open("w+b")
            self.environ.setdefault("airlock.spooled", []).append(stream)
            return stream

    return SpooledRequest


def _clear_spool(_error: BaseException | None) -> None:
    """Remove what was not moved away, also after an upload that broke off."""
    for stream in request.environ.get("airlock.spooled", []):
        stream.close()
        Path(stream.name).unlink(missing_ok=True)
