#!/usr/bin/env bash
# Scan the image, before it is pushed, for known vulnerabilities; fail if one is as severe as SEVERITIES says.
set -euo pipefail

: "${BUILD:?}" "${REPOSITORY:?}" "${SEVERITIES:?}"
found=delivery/vulnerabilities.json
mkdir -p delivery

scan=$(gcloud artifacts docker images scan "$REPOSITORY/airlock:$BUILD" --format='value(response.scan)')
gcloud artifacts docker images list-vulnerabilities "$scan" --format=json >"$found"
python3 infra/scripts/vulnerabilities.py "$found" "$SEVERITIES"
