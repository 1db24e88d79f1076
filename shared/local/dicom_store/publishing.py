"""A publisher for the Pub/Sub emulator, or whatever speaks its REST interface."""

from base64 import b64encode
from collections.abc import Mapping

from shared.local.dicom_store.notifications import Publisher

_TIMEOUT = 10.0


def emulator_publisher(host: str) -> Publisher:
    """Publish by `POST http://{host}/v1/{topic}:publish`; `host` is that of PUBSUB_EMULATOR_HOST."""

    def publish(topic: str, data: bytes, attributes: Mapping[str, str]) -> None:
        import httpx

        message = {"data": b64encode(data).decode(), "attributes": dict(attributes)}
        url = f"http://{host}/v1/{topic}:publish"
        # The environment's proxies are for the outside.
        answer = httpx.post(url, json={"messages": [message]}, timeout=_TIMEOUT, trust_env=False)
        answer.raise_for_status()

    return publish
