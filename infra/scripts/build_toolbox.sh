#!/usr/bin/env bash
# Build and push the image in which builds run, and the base of the image of stages; print both by digest.
#
#   build_toolbox.sh REPOSITORY CLOUD_SDK TERRAFORM DOCKER PYTHON
#
# REPOSITORY is yours; the others are images by digest: the Google Cloud CLI with its emulators, Terraform, Docker's CLI, and
# Python 3.11 slim.
set -euo pipefail

repository=$1 cloud_sdk=$2 terraform=$3 docker=$4 python=$5
for image in "$cloud_sdk" "$terraform" "$docker" "$python"; do
  if [[ $image != *@sha256:* ]]; then
    echo "name $image by its digest: NAME@sha256:..." >&2
    exit 1
  fi
done

tag=$(date -u +%Y%m%d-%H%M%S)
gcloud auth configure-docker "${repository%%/*}" --quiet
docker build --pull --tag "$repository/toolbox:$tag" --build-arg "CLOUD_SDK=$cloud_sdk" \
  --build-arg "TERRAFORM=$terraform" --build-arg "DOCKER=$docker" infra/toolbox
docker pull "$python"
docker tag "$python" "$repository/base:$tag"
for name in toolbox base; do
  docker push --quiet "$repository/$name:$tag" >/dev/null
  docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$repository/$name:$tag" |
    grep --fixed-strings "$repository/$name@sha256:"
done
