"""What a request names and accepts."""

from flask import request

from shared.local.dicom_store.names import StoreName, Uids, is_uid
from shared.local.dicom_store.refusal import bad_request
from shared.local.processes import LOOPBACK


def named_store(parts: dict[str, str]) -> StoreName:
    """The store of a path."""
    return StoreName(parts["project"], parts["location"], parts["dataset"], parts["store"])


def named_uids(parts: dict[str, str]) -> Uids:
    """The study, series and instance of a path.

    Raises:
        Refusal: 400, what stands there is no UID.
    """
    uids = Uids(*(parts.get(field, "") for field in Uids._fields))
    if not all(is_uid(uid) for uid in uids if uid):
        raise bad_request("a path holds something else than a UID")
    return uids


def accept() -> str:
    """Accept, or the query parameter that takes its place (PS3.18 section 8.3.3.1)."""
    return request.args.get("accept") or request.headers.get("Accept", "")


def base_url(store: StoreName) -> str:
    """The URL of a store's `dicomWeb/`.

    It names the address that the server listens on, for some clients send a Host without the port.
    """
    return f"http://{LOOPBACK}:{request.environ['SERVER_PORT']}/v1/{store}/dicomWeb/"
