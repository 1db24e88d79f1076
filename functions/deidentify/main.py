"""`deidentify` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.deidentify.handler import deidentify
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("deidentify", (deidentify,)))
