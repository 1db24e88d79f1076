"""A double of Secret Manager and Cloud KMS on this machine, which takes only the requests that they document.

The shapes are those of the discovery documents: `secretmanager/v1` with `projects.secrets.versions.access`
and `projects.secrets.addVersion`, `cloudkms/v1` with `projects.locations.keyRings.cryptoKeys.decrypt`.
"""

import base64
import json
import re
import threading
from typing import Any, Self

import google_crc32c
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

PROJECT = "hospital"
KMS_KEY = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/wrapping"
_ACCESS = re.compile(r"/v1/projects/([^/]+)/secrets/([^/:]+)/versions/([^/:]+):access")
_ADD = re.compile(r"/v1/projects/([^/]+)/secrets/([^/:]+):addVersion")
_DECRYPT = re.compile(r"/v1/(projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/:]+):decrypt")
#: what stands before what Cloud KMS has encrypted here
_WRAPPED = b"wrapped:"


class Quiet(WSGIRequestHandler):
    """Writes no request log."""

    def log(self, *_message: object) -> None:
        """Say nothing."""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status = status
        self.body = json.dumps({"error": {"code": status, "message": "no", "status": name}}).encode()


def wrapped(key: bytes) -> bytes:
    """A key as Cloud KMS has encrypted it."""
    return _WRAPPED + key


class GoogleSecrets:
    """Both services behind one address; a context manager.

    Attributes:
        secrets: the versions of each secret, oldest first; a version that is None is disabled.
        tokens: the `Authorization` of each request.
        checksum_error: is added to every checksum in an answer; None leaves them out.
    """

    def __init__(self) -> None:
        self.secrets: dict[str, list[bytes | None]] = {}
        self.tokens: list[str] = []
        self.checksum_error: int | None = 0
        self.failures: list[Refused] = []
        self._lock = threading.Lock()
        self._server = make_server("127.0.0.1", 0, self._application, threaded=True, request_handler=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self._server.port}"

    def _application(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        with self._lock:
            self.tokens.append(request.headers.get("Authorization", ""))
            try:
                if self.failures:
                    raise self.failures.pop(0)
                response = Response(json.dumps(self._answer(request)), content_type="application/json")
            except Refused as refused:
                response = Response(refused.body, refused.status, content_type="application/json")
        return response(environ, start_response)

    def _answer(self, request: Request) -> dict[str, Any]:
        if access := _ACCESS.fullmatch(request.path):
            _require(request.method == "GET" and not request.get_data())
            return self._accessed(*access.groups())
        if add := _ADD.fullmatch(request.path):
            return self._added(*add.groups(), _body(request, {"payload"}))
        if decrypt := _DECRYPT.fullmatch(request.path):
            return self._decrypted(decrypt[1], _body(request, {"ciphertext", "ciphertextCrc32c"}))
        raise Refused(404, "NOT_FOUND")

    def _accessed(self, project: str, name: str, version: str) -> dict[str, Any]:
        """AccessSecretVersionResponse."""
        _require(version == "latest")
        versions = self.secrets.get(name, []) if project == PROJECT else []
        if not versions:
            raise Refused(404, "NOT_FOUND")
        if versions[-1] is None:
            raise Refused(400, "FAILED_PRECONDITION")
        resource = f"projects/123/secrets/{name}/versions/{len(versions)}"
        return {
            "name": resource,
            "payload": {"data": _text(versions[-1]), **self._sum("dataCrc32c", versions[-1])},
        }

    def _added(self, project: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """SecretVersion."""
        payload = body["payload"]
        _require(set(payload) == {"data", "dataCrc32c"})
        data = _checked(payload["data"], payload["dataCrc32c"])
        if project != PROJECT or name not in self.secrets:
            raise Refused(404, "NOT_FOUND")
        self.secrets[name].append(data)
        return {"name": f"projects/123/secrets/{name}/versions/{len(self.secrets[name])}", "state": "ENABLED"}

    def _decrypted(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """DecryptResponse."""
        ciphertext = _checked(body["ciphertext"], body["ciphertextCrc32c"])
        if key != KMS_KEY:
            raise Refused(404, "NOT_FOUND")
        if not ciphertext.startswith(_WRAPPED):
            raise Refused(400, "INVALID_ARGUMENT")
        plain = ciphertext.removeprefix(_WRAPPED)
        return {"plaintext": _text(plain), **self._sum("plaintextCrc32c", plain), "usedPrimary": True}

    def _sum(self, name: str, data: bytes) -> dict[str, str]:
        """A checksum; a number of 64 bits is text."""
        if self.checksum_error is None:
            return {}
        return {name: str((google_crc32c.value(data) + self.checksum_error) % (1 << 32))}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _body(request: Request, fields: set[str]) -> dict[str, Any]:
    _require(request.method == "POST" and request.mimetype == "application/json")
    body = json.loads(request.get_data())
    _require(set(body) == fields)
    return dict(body)


def _checked(encoded: Any, checksum: Any) -> bytes:
    """The bytes of a field, whose checksum is decimal text."""
    _require(isinstance(encoded, str) and isinstance(checksum, str))
    data = base64.b64decode(encoded, validate=True)
    _require(checksum == str(google_crc32c.value(data)))
    return data


def _require(condition: bool) -> None:  # noqa: FBT001 - an assertion that becomes an answer
    if not condition:
        raise Refused(400, "INVALID_ARGUMENT")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
