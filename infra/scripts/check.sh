#!/usr/bin/env bash
# Run all checks and all tests, those on the emulators included: without the programs they need, this fails.
set -euo pipefail

for program in gcloud java terraform; do
  if ! command -v "$program" >/dev/null; then
    echo "check: $program is missing, and tests would be left out without it" >&2
    exit 1
  fi
done

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec .ci/run
