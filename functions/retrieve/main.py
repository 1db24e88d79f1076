"""`retrieve` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.retrieve.handler import confirm, poll, retrieve
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("retrieve", (confirm, poll, retrieve), repeatable=(retrieve,)))
