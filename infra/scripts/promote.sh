#!/usr/bin/env bash
# Ask production for a build with the tested image. This identity can ask and no more: a person approves there.
set -euo pipefail

: "${BUILD:?}" "${COMMIT:?}"
if [ -z "${PROMOTIONS:-}" ]; then
  echo "_PROMOTIONS is empty: nobody is asked"
  exit 0
fi
gcloud pubsub topics publish "$PROMOTIONS" --message=promotion \
  --attribute="image=$(<delivery/image.txt),commit=$COMMIT,build=$BUILD"
