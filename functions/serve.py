"""The entry of the container image: `AIRLOCK_FUNCTION=validate python -m functions.serve`.

One image holds every function; the environment says which of them a service is.
"""

import os
import runpy
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from shared.errors import AirlockError, ConfigurationError

#: the variable that names the function
VARIABLE = "AIRLOCK_FUNCTION"
_FOLDER = Path(__file__).parent


def served() -> tuple[str, ...]:
    """The functions that there are: each folder with a `main.py`."""
    return tuple(sorted(main.parent.name for main in _FOLDER.glob("*/main.py")))


def framework_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """What functions-framework has to be told to serve the function that the environment names.

    Raises:
        ConfigurationError: it names none that there is.
    """
    name = environ.get(VARIABLE)
    if name not in served():
        raise ConfigurationError(variable=VARIABLE, known=", ".join(served()))
    return {
        "FUNCTION_SOURCE": str(_FOLDER / name / "main.py"),
        "FUNCTION_TARGET": "handle",
        "FUNCTION_SIGNATURE_TYPE": "http",
        "HOST": environ.get("HOST", "0.0.0.0"),  # noqa: S104 - in a container the platform is the only neighbour
        "PORT": environ.get("PORT", "8080"),
    }


def main(environ: MutableMapping[str, str]) -> int:
    """Serve until the process is told to end; gives the exit code."""
    try:
        environ.update(framework_settings(environ))
    except AirlockError as error:
        sys.stderr.write(f"{error.code}: {error.cause}\n")
        return 2
    sys.argv = ["functions-framework"]
    runpy.run_module("functions_framework", run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
