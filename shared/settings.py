"""The policy of the intake, as YAML in `rulesets/validate`: what is accepted and when it is complete."""

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
#: so many instances of a shard fit into a document of Firestore even if every object has the longest name
SHARD_SIZE_LIMIT = 1_000
ShardSize = Annotated[int, msgspec.Meta(ge=1, le=SHARD_SIZE_LIMIT)]
Depth = Annotated[int, msgspec.Meta(ge=1, le=64)]


class ValidationPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file may be; sizes in bytes.

    Attributes:
        force: accept data sets without File Meta Information.
        file_bytes: the largest file.
        header_bytes: the largest part of a file that is not Pixel Data.
        sequence_depth: how deep sequences may nest, at most 64.
        element_count: the most elements, or fragments of Pixel Data.
        frame_bytes: the largest size of all frames once decoded; beyond it a file is a pixel bomb.
    """

    force: bool = False
    file_bytes: Count = 8 << 30
    header_bytes: Count = 64 << 20
    sequence_depth: Depth = 32
    element_count: Count = 500_000
    frame_bytes: Count = 16 << 30


class UnpackPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an archive may be; sizes in bytes.

    Attributes:
        member_count: the most members.
        member_bytes: the largest member, unpacked.
        total_bytes: all members, unpacked.
        compression_ratio: the highest ratio of a member of at least a mebibyte.
        nesting: how many archives may lie within each other.
        batch: members unpacked for one event; the rest continues with the next.
        batch_bytes: the same by their size, unpacked; a larger member has an event of its own.
    """

    member_count: Count = 100_000
    member_bytes: Count = 8 << 30
    total_bytes: Count = 512 << 30
    compression_ratio: Count = 200
    nesting: Count = 2
    batch: Count = 1_000
    batch_bytes: Count = 16 << 30


class AssemblyPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a series is judged complete; in seconds.

    Attributes:
        quiet_period: nothing arrived for so long.
        maximum_wait: the first waiting instance has waited so long, whatever still arrives.
    """

    quiet_period: Seconds = 600.0
    maximum_wait: Seconds = 3600.0


class IntakePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of `rulesets/validate`.

    Attributes:
        shard_size: the most instances of one shard, which one function de-identifies for one event.
    """

    name: str
    description: str
    validation: ValidationPolicy = ValidationPolicy()
    unpacking: UnpackPolicy = UnpackPolicy()
    assembly: AssemblyPolicy = AssemblyPolicy()
    shard_size: ShardSize = 250
