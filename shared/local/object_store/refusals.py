"""What Cloud Storage answers to a request that it does not carry out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class Refused(Exception):
    """The request is not carried out.

    Args:
        status: the status code of HTTP.
        reason: the word for programs, as in "HTTP status and error codes for JSON" of Cloud Storage.
        message: the sentence for people; it names neither files nor folders of this machine.
        headers: further headers of the answer.
    """

    def __init__(
        self, status: int, reason: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.reason = reason
        self.message = message
        self.headers = dict(headers or {})
        super().__init__(message)


def error_body(status: int, reason: str, message: str) -> dict[str, Any]:
    """The JSON of an error, in the shape that all of Google's JSON APIs share."""
    details = [{"domain": "global", "reason": reason, "message": message}]
    return {"error": {"code": status, "message": message, "errors": details}}


def invalid(message: str) -> Refused:
    """A value that Cloud Storage does not take."""
    return Refused(HTTPStatus.BAD_REQUEST, "invalid", message)


def required(parameter: str) -> Refused:
    """A parameter is missing."""
    return Refused(HTTPStatus.BAD_REQUEST, "required", f"Required parameter: {parameter}")


def forbidden() -> Refused:
    """The caller lacks a permission; here only on demand, for this store knows no callers."""
    return Refused(HTTPStatus.FORBIDDEN, "forbidden", "Caller does not have the permission.")


def not_found(what: str) -> Refused:
    """There is no such bucket, object, generation, upload or notification configuration."""
    return Refused(HTTPStatus.NOT_FOUND, "notFound", f"{what} not found.")


def no_such_object(bucket: str, name: str) -> Refused:
    """There is no such object, in the words of Cloud Storage."""
    return Refused(HTTPStatus.NOT_FOUND, "notFound", f"No such object: {bucket}/{name}")


def conflict(message: str) -> Refused:
    """What is there already stands against it."""
    return Refused(HTTPStatus.CONFLICT, "conflict", message)


def condition_not_met() -> Refused:
    """A precondition does not hold."""
    message = "At least one of the pre-conditions you specified did not hold."
    return Refused(HTTPStatus.PRECONDITION_FAILED, "conditionNotMet", message)


def not_modified() -> Refused:
    """A reader has this generation or metageneration already."""
    return Refused(HTTPStatus.NOT_MODIFIED, "notModified", "Not Modified")


def range_not_satisfiable(size: int) -> Refused:
    """A range begins behind the end; `size` is in bytes."""
    return Refused(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "requestedRangeNotSatisfiable",
        "Request range not satisfiable",
        headers={"Content-Range": f"bytes */{size}"},
    )


def unavailable(message: str) -> Refused:
    """It may work later."""
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "backendError", message)
