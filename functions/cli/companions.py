"""What runs beside the pipeline in a workspace: a DICOM store to push to, and the destination's double."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shared.errors import ConfigurationError
from shared.events import BlobFinalized
from shared.wiring import EmbeddedWiring
from shared.wiring.embedded import EMBEDDED_STORE

if TYPE_CHECKING:
    from shared.local.publishing import PubsubMessage

#: where the destination's address is looked for; without it the local double stands in
DESTINATION_VARIABLE = "AUTOSEGMENTATION_URL"
_STORE_PACKAGES = ("flask", "urllib3")


@contextmanager
def dicom_store(wiring: EmbeddedWiring, folder: Path, port: int) -> Iterator[None]:
    """Serve the DICOM store of a workspace at a port, a free one if 0; what is stored there arrives.

    Raises:
        ConfigurationError: a package is not on this machine, or the port is in use.
    """
    for name in _STORE_PACKAGES:
        if find_spec(name) is None:
            raise ConfigurationError(missing_package=name, problem="install Airlock with [local]")
    from shared.local.dicom_store.server import LocalDicomStore

    topic = f"projects/{EMBEDDED_STORE.project}/topics/{BlobFinalized.TOPIC}"

    def publish(_topic: str, messages: "Sequence[PubsubMessage]") -> None:
        for message in messages:
            wiring.bus.publish(BlobFinalized.TOPIC, message.data, message.attributes)

    store = {str(EMBEDDED_STORE): {"notificationConfigs": [{"pubsubTopic": topic}]}}
    with LocalDicomStore(folder, port=port, stores=store, publish=publish) as running:
        wiring.dicom_store_url = running.base_url.removesuffix("/v1")
        yield


def use_double(wiring: EmbeddedWiring, doubled: frozenset[str], folder: Path, stack: ExitStack) -> None:
    """Let the local double of the autosegmentation service stand in for real ones."""
    from shared.local.autosegmentation.process import double_process

    double = stack.enter_context(double_process(folder))
    wiring.environ = {**wiring.environ, DESTINATION_VARIABLE: double.base_url}
    for name in doubled:
        wiring.secrets.store_tokens(name, double.tokens)
    # The double answers a package that it has already with the same transaction, so a resend is safe.
    wiring.destination_settings = tuple(
        msgspec.structs.replace(settings, base_url=double.base_url, resend="deduplicated")
        if settings.name in doubled
        else settings
        for settings in wiring.destination_settings
    )
