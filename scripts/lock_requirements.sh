#!/usr/bin/env bash
# Regenerate requirements/{build,runtime,local,pixels,cloud,dev}.txt with hashes from the .in files beside them.
#
# Usage: scripts/lock_requirements.sh [--upgrade] [other options of pip-compile]
#
# Pins that are already there stay unless --upgrade (or --upgrade-package NAME) is given.
# PYTHON names the interpreter; use the lowest version that pyproject.toml allows.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

workdir=$(mktemp -d)
trap 'rm -rf "$workdir"' EXIT

echo "Preparing pip-compile in a temporary environment ..."
"${PYTHON:-python3}" -m venv "$workdir/venv"
"$workdir/venv/bin/python" -m pip install --quiet --disable-pip-version-check pip-tools

lock() {
  local name=$1
  shift
  echo "Locking requirements/$name.txt ..."
  (
    cd requirements
    "$workdir/venv/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
      --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
      --output-file "$name.txt" "$@" "$name.in"
  )
}

# dev includes the others, so its versions bind them: all files agree.
lock dev "$@"
lock build --constraint dev.txt
lock local --constraint dev.txt
lock pixels --constraint dev.txt
lock cloud --constraint dev.txt
lock runtime --constraint dev.txt
