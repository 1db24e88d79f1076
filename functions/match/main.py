"""`match` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.match.handler import match
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("match", (match,)))
