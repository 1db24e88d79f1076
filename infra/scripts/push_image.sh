#!/usr/bin/env bash
# Push the image, and write down its digest: from here on nothing names it by a tag.
set -euo pipefail

: "${BUILD:?}" "${REPOSITORY:?}"
tagged=$REPOSITORY/airlock:$BUILD
docker push "$tagged"

mkdir -p delivery
docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$tagged" |
  grep --fixed-strings "$REPOSITORY/airlock@sha256:" | head -n 1 >delivery/image.txt
cat delivery/image.txt
