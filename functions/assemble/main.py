"""`assemble` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.assemble.handler import assemble
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("assemble", (assemble,)))
