#!/usr/bin/env bash
# Send a synthetic series through what was deployed, with the environment that `check` installed: smoke_test.sh ENVIRONMENT.
set -euo pipefail

: "${SMOKE_TEST_EXPECTS:?}"
exec .venv/bin/python -m infra.scripts.smoke_test --outputs "delivery/$1.outputs.json" --expect "$SMOKE_TEST_EXPECTS"
