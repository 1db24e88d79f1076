"""`export` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.export.handler import export
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("export", (export,)))
