#!/usr/bin/env bash
# Run checkov on the Terraform files, pinned and in an environment of its own. Skips stand beside what they are about.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
venv=.cache/checkov pins=infra/scripts/checkov.txt

if [ "$(cat "$venv/.pins" 2>/dev/null)" != "$(cksum <"$pins")" ]; then
  echo "Installing checkov into $venv ..."
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$pins"; then
    echo "SKIPPED: checkov cannot be installed here" >&2
    exit 0
  fi
  cksum <"$pins" >"$venv/.pins"
fi

exec "$venv/bin/checkov" --directory infra --framework terraform --compact --quiet --skip-download
