#!/usr/bin/env bash
# Plan an environment with the image of delivery/image.txt: plan.sh ENVIRONMENT. State and values lie in STATE_BUCKET.
set -euo pipefail

: "${STATE_BUCKET:?}"
environment=$1
image=$(<delivery/image.txt)
folder=infra/environments/$environment
planned=$PWD/delivery/$environment.plan

gcloud storage cp "gs://$STATE_BUCKET/$environment.tfvars" "$folder/terraform.tfvars"
printf 'terraform {\n  backend "gcs" {}\n}\n' >"$folder/backend_override.tf"
terraform -chdir="$folder" init -input=false -no-color -reconfigure \
  -backend-config="bucket=$STATE_BUCKET" -backend-config="prefix=airlock/$environment"
terraform -chdir="$folder" plan -input=false -no-color -lock-timeout=600s -var="image=$image" -out="$planned"
terraform -chdir="$folder" show -no-color "$planned" >"$planned.txt"
terraform -chdir="$folder" show -no-color -json "$planned" >"$planned.json"
python3 infra/scripts/check_plan.py "$planned.json"
