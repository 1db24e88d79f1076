#!/usr/bin/env bash
# Take the image that a promotion names, if it is named by its digest in our repository and was tested with this source.
set -euo pipefail

: "${COMMIT:?}" "${IMAGE:?}" "${REPOSITORY:?}" "${TESTED_COMMIT:?}"
if [[ $IMAGE != "$REPOSITORY"/airlock@sha256:* || ! ${IMAGE##*@sha256:} =~ ^[0-9a-f]{64}$ ]]; then
  echo "accept: this is no image of $REPOSITORY/airlock by its digest" >&2
  exit 1
fi
if [ "$COMMIT" != "$TESTED_COMMIT" ]; then
  echo "accept: the branch is at $COMMIT, and the image was tested at $TESTED_COMMIT: approve the latest promotion" >&2
  exit 1
fi

mkdir -p delivery
echo "$IMAGE" >delivery/image.txt
