#!/usr/bin/env bash
# Keep what this build made, the plan as text among it, under the build's id; before anything is changed by it.
set -euo pipefail

: "${BUILD:?}" "${STATE_BUCKET:?}"
gcloud storage cp delivery/* "gs://$STATE_BUCKET/builds/$BUILD/"
