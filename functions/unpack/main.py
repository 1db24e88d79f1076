"""`unpack` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.unpack.handler import unpack
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("unpack", (unpack,)))
