#!/usr/bin/env bash
# Check all shell scripts with shellcheck, pinned and in an environment of its own; with bash alone where it cannot be installed.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
venv=.cache/shellcheck pins=infra/scripts/shellcheck.txt
scripts=(.ci/run infra/scripts/*.sh scripts/*.sh)

if [ "$(cat "$venv/.pins" 2>/dev/null)" != "$(cksum <"$pins")" ]; then
  echo "Installing shellcheck into $venv ..."
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --requirement "$pins"; then
    for script in "${scripts[@]}"; do bash -n "$script"; done
    echo "SKIPPED: shellcheck cannot be installed here; bash finds no error of syntax" >&2
    exit 0
  fi
  cksum <"$pins" >"$venv/.pins"
fi

"$venv/bin/shellcheck" "${scripts[@]}"
echo "shellcheck: ${#scripts[@]} scripts are well"
