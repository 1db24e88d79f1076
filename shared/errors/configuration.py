"""The installation, or what a person asked of it, is at fault; permanent."""

from shared.errors.base import AirlockError


class ConfigurationError(AirlockError):
    """The installation's configuration is invalid."""

    code = "configuration_invalid"
    category = "processing"
    remedy = "Correct the setting that is named."


class RulesetInvalid(ConfigurationError):
    """A ruleset file is invalid."""

    code = "ruleset_invalid"
    remedy = "Correct the file at the place that is named; `airlock doctor` checks all of them."


class KeyInvalid(ConfigurationError):
    """The de-identification key is missing or not 32 bytes."""

    code = "key_invalid"
    remedy = "Restore the key file from its backup; a new key makes output that cannot be linked to the old."


class EmulatorMissing(ConfigurationError):
    """A local emulator cannot be started: something that it needs is not on this machine."""

    code = "emulator_missing"
    remedy = (
        "Install the Google Cloud CLI with its components pubsub-emulator and cloud-firestore-emulator, "
        "and Java 11 or newer; set CLOUDSDK_ROOT or JAVA_HOME if they lie in an unusual place."
    )


class EmulatorFailed(ConfigurationError):
    """A local emulator did not start."""

    code = "emulator_failed"
    remedy = "Start it again; if it fails again, look for a firewall, too little memory or a broken Java."


class InputMissing(ConfigurationError):
    """There is nothing to take in at the given paths."""

    code = "input_missing"
    remedy = "Give files, folders or ZIP archives that exist and can be read."


class NameAmbiguous(ConfigurationError):
    """Several things have this name."""

    code = "name_ambiguous"
    remedy = "Give more of its characters; of a study, name one series."


class NothingFound(ConfigurationError):
    """Nothing has this name."""

    code = "nothing_found"
    remedy = "`airlock status` lists the series, `airlock exceptions list` the exceptions."


class TokensMissing(ConfigurationError):
    """There is no usable token pair for a destination."""

    code = "tokens_missing"
    remedy = "Store the pair that the destination gave you: `airlock secrets set DESTINATION`."


class WorkspaceBusy(ConfigurationError):
    """Another Airlock process works in this workspace."""

    code = "workspace_busy"
    remedy = "Wait until it has finished, or choose another --workspace."


class WorkspaceMissing(ConfigurationError):
    """There is no workspace here."""

    code = "workspace_missing"
    remedy = "Give the folder with --workspace, or make one with `airlock run PATH`."


class WorkspaceUnusable(ConfigurationError):
    """Airlock cannot work in this workspace."""

    code = "workspace_unusable"
    remedy = "Choose another folder with --workspace."
