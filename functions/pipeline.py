"""The product: which event is handled by what.

    arrivals ──► validate ──► (archives ──► unpack ──► arrivals)
    ticks ──► assemble ──► series ──► match ──► shards ──► deidentify ──► releases ──► export
    ticks ──► retrieve ──► results ──► reidentify ──► deliveries ──► retrieve
    failures and dead letters ──► quarantine

A stage is subscribed to topics, takes the events that its handlers' first parameters name, and may touch what
their keyword-only parameters name. Where an event is published, its own `TOPIC` says.
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
    Stage("validate", ("arrivals",), (validate,)),
    Stage("unpack", ("archives",), (unpack,)),
    Stage("assemble", ("ticks",), (assemble,)),
    Stage("match", ("series",), (match,)),
    Stage("deidentify", ("shards",), (deidentify,)),
    Stage("export", ("releases",), (export,), claims="jobs"),
    Stage("retrieve", ("ticks", "retrievals", "deliveries"), (poll, retrieve, confirm), claims="jobs"),
    Stage("reidentify", ("results",), (reidentify,)),
)
QUARANTINE = Stage(
    "quarantine",
    ("failures", *(stage.dead_letter_topic for stage in WORK)),
    (record_failure, record_member, record_dead_letter),
)
PIPELINE = (*WORK, QUARANTINE)
