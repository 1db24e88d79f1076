"""`validate` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.validate.handler import validate
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("validate", (validate,), repeatable=(validate,)))
