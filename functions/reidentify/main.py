"""`reidentify` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.reidentify.handler import reidentify
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("reidentify", (reidentify,)))
