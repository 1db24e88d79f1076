#!/usr/bin/env bash
# Build the image of all stages. Its tag is the build's: the repository's tags never move, and a commit may be built twice.
set -euo pipefail

: "${BASE:?}" "${BUILD:?}" "${COMMIT:?}" "${REPOSITORY:?}"
case $BASE in
*@sha256:*) ;;
*)
  echo "build: name the base image by its digest, not $BASE" >&2
  exit 1
  ;;
esac

host=${REPOSITORY%%/*}
gcloud auth configure-docker "$host" --quiet
docker build --pull --build-arg "BASE=$BASE" --label "org.opencontainers.image.revision=$COMMIT" \
  --tag "$REPOSITORY/airlock:$BUILD" .
