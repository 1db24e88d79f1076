"""Errors as the Cloud Healthcare API tells them: `{"error": {"code", "message", "status"}}`."""

from http import HTTPStatus

#: HTTP status codes and the names that google.rpc.Code has for them
_NAMES = {
    HTTPStatus.NOT_FOUND: "NOT_FOUND",
    HTTPStatus.METHOD_NOT_ALLOWED: "UNIMPLEMENTED",
    HTTPStatus.CONFLICT: "ALREADY_EXISTS",
    HTTPStatus.TOO_MANY_REQUESTS: "RESOURCE_EXHAUSTED",
    HTTPStatus.INTERNAL_SERVER_ERROR: "INTERNAL",
    HTTPStatus.SERVICE_UNAVAILABLE: "UNAVAILABLE",
}


class Refusal(Exception):
    """A request that is not done; `message` is a fixed text and never holds what the client sent."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        """Keep the status and the message."""
        super().__init__(message)
        self.status = status
        self.message = message


def error_body(status: HTTPStatus, message: str) -> dict[str, dict[str, str | int]]:
    """The body of an error."""
    name = _NAMES.get(status, "INVALID_ARGUMENT")
    return {"error": {"code": int(status), "message": message, "status": name}}


def bad_request(message: str) -> Refusal:
    """What the client sent makes no sense."""
    return Refusal(HTTPStatus.BAD_REQUEST, message)


def not_found(what: str) -> Refusal:
    """There is no such thing."""
    return Refusal(HTTPStatus.NOT_FOUND, f"{what} not found")


def not_acceptable(message: str) -> Refusal:
    """It is there, but not in a form that the client takes (PS3.18 section 8.7.8)."""
    return Refusal(HTTPStatus.NOT_ACCEPTABLE, message)
