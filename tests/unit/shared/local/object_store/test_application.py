"""Routes and errors."""

import pytest
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from shared.errors import StorageUnavailable
from shared.local.object_store.application import ROUTES, Application, request_path
from shared.local.object_store.faults import Faults
from shared.local.object_store.server import LocalObjectStore
from tests.unit.shared.local.object_store.conftest import Api


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/storage/v1/b/x?alt=json", "/b/x"),
        ("/b/x", "/b/x"),
        ("/upload/storage/v1/b/x/o", "/b/x/o"),
        ("/resumable/upload/storage/v1/b/x/o", "/b/x/o"),
        ("/download/storage/v1/b/x/o/a%2Fb", "/b/x/o/a%2Fb"),
        ("http://127.0.0.1:1/storage/v1/b", "/b"),
        ("/batch/storage/v1", "/batch"),
        ("/batch", "/batch"),
        ("/", "/"),
    ],
)
def test_paths_of_all_hosts_lead_to_one(raw: str, path: str) -> None:
    """What is encoded stays so: it is part of a name."""
    environ = create_environ("/")
    environ["RAW_URI"] = raw

    assert request_path(Request(environ)) == path


def test_every_route_has_a_view(store: LocalObjectStore) -> None:
    """And every view a route; downloads and batches are told apart later."""
    running = store._started
    views = set(running._store.views)

    assert views == {name for name, _, _ in ROUTES} - {"batch"} | {"objects.getMedia"}


def test_errors_have_the_shape_of_google(api: Api) -> None:
    """A code, a sentence, and a word for programs."""
    answer = api.get("/o/missing")

    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "code": 404,
            "message": "No such object: clinical/missing",
            "errors": [
                {"domain": "global", "reason": "notFound", "message": "No such object: clinical/missing"}
            ],
        }
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/storage/v1/nothing", 404, "notFound"),
        ("PUT", "/storage/v1/b", 405, "methodNotAllowed"),
        ("GET", "/storage/v1/b/clinical/o/%ff", 400, "invalid"),
        ("GET", "/storage/v1/b/clinical/o/a?generation=x", 400, "invalid"),
        ("POST", "/upload/storage/v1/b/clinical/o?uploadType=media", 400, "required"),
        ("POST", "/upload/storage/v1/b/clinical/o?name=a", 400, "invalid"),
        ("POST", "/upload/storage/v1/b/clinical/o?uploadType=media&name=..", 400, "invalid"),
        ("POST", "/upload/storage/v1/b/clinical/o?uploadType=media&name=" + "x" * 1025, 400, "invalid"),
        ("PUT", "/upload/storage/v1/b/clinical/o?upload_id=unknown", 404, "notFound"),
    ],
)
def test_what_cannot_be_done_is_refused(api: Api, method: str, path: str, status: int, reason: str) -> None:
    """With the status and the word of Cloud Storage."""
    answer = api.http.request(method, path)

    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("error", "status"), [(FileNotFoundError("/home/Zylberquist"), 500), (StorageUnavailable(), 503)]
)
def test_a_defect_names_no_file(error: Exception, status: int) -> None:
    """An uncaught error is an answer like any other, without its text."""

    def fail(_request: Request) -> None:
        raise error

    environ = create_environ("/b")
    environ["RAW_URI"] = "/b"
    answer = Application({"buckets.list": fail}, Faults()).answer(Request(environ))  # type: ignore[dict-item]

    assert answer.status_code == status
    assert "Zylberquist" not in answer.get_data(as_text=True)
    assert '"reason":"backendError"' in answer.get_data(as_text=True)


def test_generations_are_the_time(api: Api) -> None:
    """In microseconds, and each one more than the last where the clock stands still."""
    generations = [int(api.upload(name)["generation"]) for name in ("a", "b")]

    assert generations == [1_763_807_445_500_000, 1_763_807_445_500_001]
