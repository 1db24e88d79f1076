"""The product: which event is handled by what.

    arrivals ──► validate ──► (archives ──► unpack)
    ticks ──► assemble ──► series ──► match ──► shards ──► deidentify ──► releases ──► export
    ticks ──► retrieve ──► results ──► reidentify ──► deliveries ──► retrieve
    failures and dead letters ──► quarantine

A handler takes the events that its first parameter names and may touch what its keyword-only parameters name;
the `TOPIC` of an event says where it is published. So this table is all there is to know of who does what.
"""

from functions.assemble.handler import assemble
from functions.deidentify.handler import deidentify
from functions.export.handler import export
from functions.match.handler import match
from functions.quarantine.handler import record_dead_letter, record_failure, record_member
from functions.reidentify.handler import reidentify
from functions.retrieve.handler import confirm, poll, retrieve
from functions.unpack.handler import unpack
from functions.validate.handler import validate
from shared.runtime import Stage

WORK = (
    Stage("validate", (validate,), repeatable=(validate,)),
    Stage("unpack", (unpack,)),
    Stage("assemble", (assemble,)),
    Stage("match", (match,)),
    Stage("deidentify", (deidentify,)),
    Stage("export", (export,)),
    Stage("retrieve", (poll, retrieve, confirm), repeatable=(retrieve,)),
    Stage("reidentify", (reidentify,)),
)
QUARANTINE = Stage(
    "quarantine",
    (record_failure, record_member, record_dead_letter),
    more_topics=tuple(topic for stage in WORK if (topic := stage.dead_letter_topic)),
)
PIPELINE = (*WORK, QUARANTINE)
