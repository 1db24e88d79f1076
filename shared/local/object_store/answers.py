"""Answers of the JSON API."""

from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from werkzeug.wrappers import Response

from shared.local.object_store.refusals import Refused, error_body

_JSON = "application/json; charset=UTF-8"


def json_answer(
    body: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """A body of JSON."""
    return Response(msgspec.json.encode(body), status, dict(headers or {}), content_type=_JSON)


def no_content() -> Response:
    """Done, and nothing to say."""
    return Response(status=HTTPStatus.NO_CONTENT)


def refusal(refused: Refused) -> Response:
    """An error; a reader that has everything already is sent no body."""
    if refused.status == HTTPStatus.NOT_MODIFIED:
        return Response(status=refused.status)
    body = error_body(refused.status, refused.reason, refused.message)
    return json_answer(body, refused.status, refused.headers)
