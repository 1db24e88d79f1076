#!/usr/bin/env bash
# Apply exactly the plan that was made and kept: apply.sh ENVIRONMENT.
set -euo pipefail

environment=$1
folder=infra/environments/$environment
planned=$PWD/delivery/$environment.plan
terraform -chdir="$folder" apply -input=false -no-color -lock-timeout=600s "$planned"
terraform -chdir="$folder" output -json airlock >"$PWD/delivery/$environment.outputs.json"
