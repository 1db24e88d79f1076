"""`quarantine` as it is deployed: one Pub/Sub push request in, one answer out."""

from functions.quarantine.handler import record_dead_letter, record_failure, record_member
from shared.push import endpoint
from shared.runtime import Stage

handle = endpoint(Stage("quarantine", (record_dead_letter, record_failure, record_member)))
