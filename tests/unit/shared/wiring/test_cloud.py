"""The installation in a project: its settings from the environment, and what stands behind each port."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from google.oauth2.credentials import Credentials

from shared.adapters.dicom_stores import ClinicalBlobs, HealthcareDicomStores, NoDicomStores
from shared.adapters.files import FileKeys, FileSecrets
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.pubsub_bus import PubsubBus
from shared.adapters.push_tokens import AnybodyOnThisMachine, PushTokens
from shared.adapters.secret_manager import CloudKeys, CloudSecrets
from shared.errors import ConfigurationError
from shared.wiring import EmbeddedWiring, push_identity, wiring_from_environment
from shared.wiring.cloud import CloudSettings, CloudWiring
from tests.unit.shared.adapters.dicom_instances import OTHER, STORE, stored_at

REQUIRED = {
    "GOOGLE_CLOUD_PROJECT": "hospital",
    "AIRLOCK_RULESETS": "/rulesets",
    "AIRLOCK_CLINICAL_BUCKET": "hospital-clinical",
    "AIRLOCK_RELEASED_BUCKET": "hospital-released",
}
ALL = {
    **REQUIRED,
    "AIRLOCK_CLINICAL_DATABASE": "inner",
    "AIRLOCK_RELEASED_DATABASE": "outer",
    "AIRLOCK_DICOM_STORES": f"{STORE},{OTHER}",
    "AIRLOCK_PREFIX": "staging",
    "AIRLOCK_KMS_KEY": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    "AIRLOCK_SECRETS_FOLDER": "/secrets",
    "AIRLOCK_QUIET_PERIOD": "2.5",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
    "HEALTHCARE_EMULATOR_HOST": "http://127.0.0.1:2",
}
PUSH = {"AIRLOCK_PUSH_AUDIENCE": "https://validate.example", "AIRLOCK_PUSH_SERVICE_ACCOUNT": "push@h.example"}

Wire = Callable[..., CloudWiring]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Make wirings; nobody is asked for the identity of the process."""
    made: list[CloudWiring] = []
    monkeypatch.setattr("google.auth.default", lambda **_: (Credentials(token="token"), "hospital"))
    for name, port in (("PUBSUB", 1), ("FIRESTORE", 2)):
        monkeypatch.setenv(f"{name}_EMULATOR_HOST", f"127.0.0.1:{port}")

    def make(**environ: str) -> CloudWiring:
        made.append(CloudWiring(CloudSettings.from_environment({**REQUIRED, **environ}), environ={}))
        return made[-1]

    yield make
    for each in made:
        each.close()


# -- settings


def test_has_defaults_for_what_may_be_left_out() -> None:
    """Four variables make an installation."""
    assert CloudSettings.from_environment(REQUIRED) == CloudSettings(
        project="hospital",
        rulesets=Path("/rulesets"),
        clinical_bucket="hospital-clinical",
        released_bucket="hospital-released",
        clinical_database="clinical",
        released_database="released",
    )


def test_every_setting_has_its_variable() -> None:
    """Each field is read, and is documented with the variable that it comes from."""
    settings = CloudSettings.from_environment(ALL)
    defaults = CloudSettings.from_environment(REQUIRED)
    same = [
        each.name
        for each in msgspec.structs.fields(CloudSettings)
        if getattr(settings, each.name) == getattr(defaults, each.name) and not each.required
    ]

    assert same == []
    assert settings.dicom_stores == (STORE, OTHER)
    assert (settings.secrets_folder, settings.prefix) == (Path("/secrets"), "staging")
    assert [name for name in ALL if name not in (CloudSettings.__doc__ or "")] == []


@pytest.mark.parametrize("missing", [{name} for name in REQUIRED] + [set(REQUIRED)], ids=str)
@pytest.mark.parametrize("empty", [True, False])
def test_names_what_is_missing(missing: set[str], empty: bool) -> None:  # noqa: FBT001
    """All variables that are not set, or are empty, are named at once."""
    environ: Mapping[str, str] = {
        name: "" if name in missing else value for name, value in ALL.items() if empty or name not in missing
    }
    with pytest.raises(ConfigurationError) as caught:
        CloudSettings.from_environment(environ)

    named = str(caught.value.details["missing_variable"]).split(", ")
    assert (set(named), len(named)) == (missing, len(missing))


@pytest.mark.parametrize("stores", [f"{STORE}", f" {STORE} ", f"{STORE},", f",{STORE} , "])
def test_stores_are_separated_by_commas(stores: str) -> None:
    """Spaces and commas too many are no store."""
    assert CloudSettings.from_environment({**REQUIRED, "AIRLOCK_DICOM_STORES": stores}).dicom_stores == (
        STORE,
    )


@pytest.mark.parametrize("stores", ["inbox", f"{STORE}/dicomWeb", f"{STORE};{OTHER}x/y", f"{STORE},inbox"])
def test_a_store_has_its_full_name(stores: str) -> None:
    """What is no name of a DICOM store is a mistake of configuration, found at the start."""
    with pytest.raises(ConfigurationError):
        CloudSettings.from_environment({**REQUIRED, "AIRLOCK_DICOM_STORES": stores})


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "inf", "1e999"])
def test_a_quiet_period_has_an_end(seconds: str) -> None:
    """A series that is never complete, or complete before it began, is no policy."""
    with pytest.raises(ConfigurationError) as caught:
        CloudSettings.from_environment({**REQUIRED, "AIRLOCK_QUIET_PERIOD": seconds})

    assert caught.value.details == {"unreadable_variable": "AIRLOCK_QUIET_PERIOD"}


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("2.5", 2.5)])
def test_a_quiet_period_is_in_seconds(text: str, seconds: float) -> None:
    """It is read as a number, and none at all is one."""
    settings = CloudSettings.from_environment({**REQUIRED, "AIRLOCK_QUIET_PERIOD": text})

    assert settings.quiet_period == seconds


# -- ports

PORTS: dict[str, type[Any]] = {
    "bus": PubsubBus,
    "clinical": GcsBlobs,
    "released": GcsBlobs,
    "dicom_stores": NoDicomStores,
    "ledger": FirestoreClinicalLedger,
    "jobs": FirestoreReleasedLedger,
    "keys": CloudKeys,
    "secrets": CloudSecrets,
}


@pytest.mark.parametrize(("port", "adapter"), list(PORTS.items()), ids=list(PORTS))
def test_what_stands_behind_a_port(wire: Wire, port: str, adapter: type[Any]) -> None:
    """Every port has the adapter of its service, once a process."""
    wiring = wire()

    assert type(getattr(wiring, port)) is adapter
    assert getattr(wiring, port) is getattr(wiring, port)


def test_buckets_are_those_of_the_settings(wire: Wire) -> None:
    """The two sides are two buckets."""
    wiring = wire()

    assert (wiring.clinical.bucket, wiring.released.bucket) == ("hospital-clinical", "hospital-released")


def test_with_stores_originals_lie_there_too(wire: Wire) -> None:
    """Instances of the stores that are named are opened; those of others are not asked for."""
    wiring = wire(AIRLOCK_DICOM_STORES=str(STORE), HEALTHCARE_EMULATOR_HOST="http://127.0.0.1:2")

    assert type(wiring.clinical) is ClinicalBlobs
    assert type(wiring.dicom_stores) is HealthcareDicomStores
    with pytest.raises(ConfigurationError):
        wiring.clinical.open(stored_at(store=OTHER))


def test_secrets_may_lie_in_a_folder(wire: Wire, tmp_path: Path) -> None:
    """On emulators key and tokens are files; the key is never made here."""
    wiring = wire(AIRLOCK_SECRETS_FOLDER=str(tmp_path))
    FileKeys.create_if_absent(tmp_path / "deidentification.key")

    assert (type(wiring.keys), type(wiring.secrets)) == (FileKeys, FileSecrets)
    assert len(wiring.keys.derive("uid")) == 32


def test_emulators_need_no_identity(wire: Wire, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where every service is on this machine, nobody is asked for credentials, with stores or without."""

    def nobody(**_: Any) -> Any:
        raise AssertionError("the identity of the process was asked for")

    monkeypatch.setattr("google.auth.default", nobody)
    local = {
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
        "AIRLOCK_SECRETS_FOLDER": str(tmp_path),
    }
    with_stores = {"AIRLOCK_DICOM_STORES": str(STORE), "HEALTHCARE_EMULATOR_HOST": "http://127.0.0.1:2"}
    made = [getattr(wire(**local, **more), port) for more in ({}, with_stores) for port in PORTS]

    assert len(made) == 2 * len(PORTS)


def test_services_in_the_project_get_the_token(wire: Wire) -> None:
    """What is not on this machine is asked as the process's identity, and only that."""
    wiring = wire(
        STORAGE_EMULATOR_HOST="http://127.0.0.1:1",
        AIRLOCK_DICOM_STORES=str(STORE),
    )

    assert wiring.released._session._credentials is None
    assert wiring.dicom_stores._session._credentials is not None


def test_closing_opens_nothing(wire: Wire) -> None:
    """What was never used is not made to be closed."""
    wiring = wire()
    wiring.close()

    assert not set(PORTS) & set(vars(wiring))


# -- which installation


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that names no installation."""
    for name in (*ALL, *PUSH, "AIRLOCK_WORKSPACE", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("nothing")
def test_the_environment_names_the_installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A workspace goes before a project; an empty name is none."""
    kinds = []
    for environ in ({"AIRLOCK_WORKSPACE": "", **REQUIRED}, {"AIRLOCK_WORKSPACE": str(tmp_path)}):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        kinds.append(type(wiring_from_environment()))

    assert kinds == [CloudWiring, EmbeddedWiring]


@pytest.mark.usefixtures("nothing")
def test_no_installation_is_a_mistake_of_configuration() -> None:
    """The error names both variables."""
    with pytest.raises(ConfigurationError) as caught:
        wiring_from_environment()

    assert caught.value.details == {"missing_variable": "AIRLOCK_WORKSPACE or GOOGLE_CLOUD_PROJECT"}


# -- who may push


@pytest.mark.parametrize("more", [{}, {"AIRLOCK_WORKSPACE": "/w"}, {"PUBSUB_EMULATOR_HOST": "127.0.0.1:1"}])
def test_a_push_identity_that_is_named_is_asked_for(more: dict[str, str]) -> None:
    """Also on this machine."""
    assert type(push_identity({**REQUIRED, **PUSH, **more})) is PushTokens


@pytest.mark.parametrize(
    "environ", [{"AIRLOCK_WORKSPACE": "/w"}, {**REQUIRED, "PUBSUB_EMULATOR_HOST": "h:1"}]
)
def test_on_this_machine_nobody_needs_to_be_named(environ: dict[str, str]) -> None:
    """A workspace, and the emulator, have no tokens."""
    assert type(push_identity(environ)) is AnybodyOnThisMachine


@pytest.mark.parametrize(
    "environ",
    [
        {},
        REQUIRED,
        {**REQUIRED, "PUBSUB_EMULATOR_HOST": ""},
        {**REQUIRED, "AIRLOCK_WORKSPACE": ""},
        {**REQUIRED, "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1"},
        *({**REQUIRED, name: value} for name, value in PUSH.items()),
        *({**REQUIRED, name: value, "PUBSUB_EMULATOR_HOST": "h:1"} for name, value in PUSH.items()),
        {**REQUIRED, **PUSH, "AIRLOCK_PUSH_SIGNATURE": "off"},
        {**REQUIRED, **PUSH, "AIRLOCK_PUSH_SIGNATURE": ""},
    ],
    ids=range(11),
)
def test_in_a_project_the_check_is_never_off(environ: dict[str, str]) -> None:
    """Without an emulator, or with half a push identity, nothing is let in."""
    with pytest.raises(ConfigurationError):
        push_identity(environ)
