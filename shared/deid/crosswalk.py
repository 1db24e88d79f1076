"""The crosswalk: how a released series leads back to its patient, encrypted, on the clinical side only.

AES-256-GCM with a nonce made from key and content, so that a shard de-identified twice writes the same bytes
twice; a nonce can only come again with the very same content.
"""

import hmac
from hashlib import sha256

import msgspec

from shared.deid.pseudonyms import DerivesKeys
from shared.errors import CrosswalkUnreadable
from shared.identifiers import SeriesRef

_MAGIC = b"AIRLOCK-CROSSWALK-1\n"
_NONCE_BYTES = 12


class Crosswalk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One shard's way back.

    Attributes:
        uids: every UID that was mapped: new to original.
        sop_instance_uids: the new SOP Instance UIDs of the instances that were released.
        shift_days: the patient's date shift.
        identity: the original identity of patient and study by keyword.
    """

    job_id: str
    series: SeriesRef
    generation: int
    uids: dict[str, str]
    sop_instance_uids: tuple[str, ...]
    shift_days: int
    identity: dict[str, str]


def seal(crosswalk: Crosswalk, keys: DerivesKeys) -> bytes:
    """Encrypt a crosswalk; the same one gives the same bytes."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    plain = msgspec.json.encode(crosswalk, order="deterministic")
    nonce = hmac.digest(keys.derive("crosswalk-nonce"), plain, sha256)[:_NONCE_BYTES]
    return _MAGIC + nonce + AESGCM(keys.derive("crosswalk")).encrypt(nonce, plain, _MAGIC)


def unseal(sealed: bytes, keys: DerivesKeys) -> Crosswalk:
    """Decrypt a crosswalk.

    Raises:
        CrosswalkUnreadable: it was not sealed with this key, or was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    start = len(_MAGIC) + _NONCE_BYTES
    nonce, cipher = sealed[len(_MAGIC) : start], sealed[start:]
    if not sealed.startswith(_MAGIC) or len(sealed) < start:
        raise CrosswalkUnreadable(reason="not a crosswalk")
    try:
        plain = AESGCM(keys.derive("crosswalk")).decrypt(nonce, cipher, _MAGIC)
    except InvalidTag as error:
        raise CrosswalkUnreadable(reason="another key or changed content") from error
    return msgspec.json.decode(plain, type=Crosswalk)
