"""The whole system on one machine, on Google's emulators and the local stores, every function a process."""

import json
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Self

from functions.cli.engine import tick
from functions.pipeline import PIPELINE
from shared.adapters.files import FileKeys, FileSecrets
from shared.adapters.google_http import GoogleSession
from shared.errors import ConfigurationError
from shared.events import AUDIT, BlobFinalized
from shared.identifiers import INTAKE_PREFIX
from shared.local.autosegmentation.process import double_process
from shared.local.dicom_store.server import LocalDicomStore
from shared.local.emulators import FirestoreEmulator, PubsubEmulator, running
from shared.local.function_process import FunctionProcess, Line
from shared.local.object_store.server import LocalObjectStore
from shared.local.publishing import PubsubPublisher
from shared.local.push_bridge import PushBridge
from shared.local.topology import create_subscriptions, create_topics
from shared.ports.bus import Subscription
from shared.wiring.cloud import CloudSettings, CloudWiring

PROJECT = "airlock-local"
CLINICAL, RELEASED = "clinical", "released"
STORE = f"projects/{PROJECT}/locations/local/datasets/hospital/dicomStores/images"
_JSON = {"Content-Type": "application/json"}
#: what a function needs of this process's environment: to find programs, its home, and its own code
_INHERITED = ("HOME", "LANG", "PATH", "PYTHONPATH", "TMPDIR")

Policy = Callable[[Subscription], Subscription]


class Servers(NamedTuple):
    """What runs before the functions do."""

    pubsub: PubsubEmulator
    environment: Mapping[str, str]


class EmulatedSystem:
    """A running system.

    Attributes:
        environment: what leads Google's clients, and `CloudWiring`, to it.
        functions: the processes of the functions, by name.
        wiring: the same ports as the functions have, to look inside.
    """

    def __init__(
        self, servers: Servers, functions: Mapping[str, FunctionProcess], wiring: CloudWiring
    ) -> None:
        self.environment = servers.environment
        self.functions = functions
        self.wiring = wiring

    def tick(self) -> None:
        """Let the scheduler's minute come."""
        tick(self.wiring.bus, self.wiring.clock)

    @property
    def dicomweb_url(self) -> str:
        """Where a hospital's DICOM store is."""
        return f"{self.environment['HEALTHCARE_EMULATOR_HOST']}/v1/{STORE}/dicomWeb"


@contextmanager
def emulated_system(
    folder: Path,
    rulesets: Path,
    *,
    line: Line,
    quiet_period: float,
    policy: Policy = lambda subscription: subscription,
    settings: Mapping[str, str] | None = None,
    bridge: Mapping[str, int] | None = None,
) -> Iterator[EmulatedSystem]:
    """Run everything until the context ends; the emulators keep what they know in memory.

    Args:
        folder: for objects, instances, key and tokens.
        rulesets: the policies.
        line: is called with what the functions log.
        quiet_period: after so many seconds without a new instance a series is complete.
        settings: variables that the functions have besides, such as `AIRLOCK_REQUEST_SECONDS`.
        policy: changes the delivery policy of a subscription, such as for shorter back-off.
        bridge: settings of `PushBridge`.

    Raises:
        ConfigurationError: the emulators are not on this machine, or something did not start.
    """
    with ExitStack() as stack:
        servers = stack.enter_context(emulated_servers(folder, rulesets, quiet_period=quiet_period))
        stack.enter_context(_exported(servers.environment))
        wiring = CloudWiring(CloudSettings.from_environment(servers.environment), environ=servers.environment)
        stack.callback(wiring.close)
        functions = _functions({**servers.environment, **(settings or {})}, line)
        stack.callback(_stop, functions.values())
        for function in functions.values():
            function.start()
        endpoints = _subscribe(servers, functions, policy)
        for function in functions.values():
            function.wait()
        stack.enter_context(PushBridge(servers.pubsub.host, endpoints, **(bridge or {})))
        yield EmulatedSystem(servers, functions, wiring)


@contextmanager
def emulated_servers(folder: Path, rulesets: Path, *, quiet_period: float) -> Iterator[Servers]:
    """Run the emulators with the topics, the stores with their buckets, and the destination's double.

    Args:
        folder: for objects, instances, key and tokens.
        rulesets: the policies.
        quiet_period: after so many seconds without a new instance a series is complete.

    Raises:
        ConfigurationError: the emulators are not on this machine, or something did not start.
    """
    pubsub, firestore = PubsubEmulator(), FirestoreEmulator()
    arrivals = f"projects/{PROJECT}/topics/{BlobFinalized.TOPIC}"
    for name in ("objects", "dicom", "double", "secrets"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    FileKeys.create_if_absent(folder / "secrets" / "deidentification.key")
    with ExitStack() as stack:
        double = stack.enter_context(double_process(folder / "double"))
        FileSecrets(folder / "secrets").store_tokens("autosegmentation", double.tokens)
        stack.enter_context(running(pubsub, firestore))
        create_topics(pubsub.host, PROJECT, sorted(_topics()))
        publish = PubsubPublisher(pubsub.host)
        objects = stack.enter_context(LocalObjectStore(folder / "objects", publish=publish))
        _create_buckets(objects.base_url)
        stores = stack.enter_context(
            LocalDicomStore(
                folder / "dicom",
                stores={STORE: {"notificationConfigs": [{"pubsubTopic": arrivals}]}},
                publish=publish,
            )
        )
        yield Servers(
            pubsub,
            {
                **{name: os.environ[name] for name in _INHERITED if name in os.environ},
                **pubsub.environment,
                **firestore.environment,
                "STORAGE_EMULATOR_HOST": objects.base_url,
                "HEALTHCARE_EMULATOR_HOST": stores.base_url.removesuffix("/v1"),
                "GOOGLE_CLOUD_PROJECT": PROJECT,
                "AIRLOCK_RULESETS": str(rulesets.resolve()),
                "AIRLOCK_CLINICAL_BUCKET": CLINICAL,
                "AIRLOCK_RELEASED_BUCKET": RELEASED,
                "AIRLOCK_DICOM_STORES": STORE,
                "AIRLOCK_QUIET_PERIOD": str(quiet_period),
                "AIRLOCK_SECRETS_FOLDER": str((folder / "secrets").resolve()),
                "AUTOSEGMENTATION_URL": double.base_url,
            },
        )


def _stop(functions: Collection[FunctionProcess]) -> None:
    """Ask all to stop before waiting for any."""
    for function in functions:
        function.ask_to_stop()
    for function in functions:
        function.stop()


@contextmanager
def _exported(environment: Mapping[str, str]) -> Iterator[None]:
    """Lead Google's clients in this process to the emulators."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _functions(environ: Mapping[str, str], line: Line) -> dict[str, FunctionProcess]:
    return {
        stage.name: FunctionProcess(stage.name, _source(stage.name), environ, line=line) for stage in PIPELINE
    }


def _source(name: str) -> Path:
    found = find_spec(f"functions.{name}.main")
    if found is None or found.origin is None:
        raise ConfigurationError(missing_function=name)
    return Path(found.origin)


def _subscribe(servers: Servers, functions: Mapping[str, FunctionProcess], policy: Policy) -> dict[str, str]:
    """Make the subscriptions of the pipeline; return the endpoints by subscription."""
    subscriptions = {
        subscription: functions[stage.name].url
        for stage in PIPELINE
        for subscription in map(policy, stage.subscriptions())
    }
    names = create_subscriptions(servers.pubsub.host, PROJECT, subscriptions)
    return dict(zip(names, subscriptions.values(), strict=True))


def _topics() -> set[str]:
    subscriptions = [each for stage in PIPELINE for each in stage.subscriptions()]
    dead_letters = {each.dead_letter_topic for each in subscriptions if each.dead_letter_topic}
    return {AUDIT, *(each.topic for each in subscriptions), *dead_letters}


def _create_buckets(url: str) -> None:
    session = GoogleSession(None)
    for name in (CLINICAL, RELEASED):
        body = json.dumps({"name": name}).encode()
        session.json("POST", f"{url}/storage/v1/b", query={"project": PROJECT}, headers=_JSON, body=body)
    notification = {
        "topic": f"//pubsub.googleapis.com/projects/{PROJECT}/topics/{BlobFinalized.TOPIC}",
        "payload_format": "JSON_API_V1",
        "event_types": ["OBJECT_FINALIZE"],
        "object_name_prefix": INTAKE_PREFIX,
    }
    configs = f"{url}/storage/v1/b/{CLINICAL}/notificationConfigs"
    session.json("POST", configs, headers=_JSON, body=json.dumps(notification).encode())
    session.close()


class Ticking:
    """Lets minutes come, as Cloud Scheduler does; a context manager.

    Args:
        system: whose.
        seconds: between two of them.
    """

    def __init__(self, system: EmulatedSystem, seconds: float) -> None:
        self._system = system
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticking", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self._system.tick()
