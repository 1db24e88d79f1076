"""Writes what is in the image as a bill of materials in CycloneDX: `delivery/sbom.json`.

The image itself is asked: Debian's packages by dpkg, Python's by their metadata.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_DEBIAN = ("dpkg-query", "--show", "--showformat", "${Package}\t${Version}\n")
_PYTHON = (
    "python",
    "-c",
    "from importlib.metadata import distributions as d\nfor e in d(): print(e.name, e.version, sep='\\t')",
)


def listed(image: str, command: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The names and versions that a command prints within the image, sorted."""
    program, *arguments = command
    words = ["docker", "run", "--rm", "--network", "none", "--entrypoint", program, image, *arguments]
    printed = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603 - no shell
    for line in sorted(set(printed.splitlines())):
        name, _, version = line.partition("\t")
        yield name, version


def bill(image: str, commit: str) -> dict[str, object]:
    """The bill of materials of an image."""
    debian = [_component("deb", f"debian/{name}", version) for name, version in listed(image, _DEBIAN)]
    python = [_component("pypi", name.lower(), version) for name, version in listed(image, _PYTHON)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": "airlock", "version": commit}},
        "components": [*debian, *python],
    }


def _component(kind: str, path: str, version: str) -> dict[str, str]:
    name = path.rpartition("/")[2]
    return {"type": "library", "name": name, "version": version, "purl": f"pkg:{kind}/{path}@{version}"}


def main(environ: Mapping[str, str]) -> int:
    """Write the bill of the image that was built."""
    made = bill(f"{environ['REPOSITORY']}/airlock:{environ['BUILD']}", environ["COMMIT"])
    components = made["components"]
    if not isinstance(components, list) or not any(
        "pkg:pypi/airlock-dicom@" in each["purl"] for each in components
    ):
        sys.stderr.write("this image is not Airlock's: it does not list airlock-dicom\n")
        return 1
    folder = Path("delivery")
    folder.mkdir(exist_ok=True)
    (folder / "sbom.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
    sys.stdout.write(f"{len(components)} components\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
