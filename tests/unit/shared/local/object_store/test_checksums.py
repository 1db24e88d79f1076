"""Checksums in the form of Cloud Storage."""

import pytest

from shared.local.object_store.checksums import Checksums, Digest, declared_by_header, declared_in
from shared.local.object_store.refusals import Refused

# RFC 3720 appendix B.4: CRC-32C of 32 bytes of zeros is AA 36 91 8A as it is sent, least byte first.
ZEROS = Checksums("ipE2qg==", "cLyPS3KoaSFGi/joRB3OUQ==")


def test_checksums_are_big_endian_in_base64() -> None:
    """The same in one piece and in many."""
    digest = Digest()
    for _ in range(4):
        digest.update(bytes(8))

    assert digest.checksums == ZEROS


def test_what_is_declared_must_have_arrived() -> None:
    """Each that is declared is compared; what is not declared is not."""
    Checksums(None, None).require(ZEROS)
    ZEROS.require(ZEROS)

    for wrong in (Checksums("AAAAAA==", None), Checksums(ZEROS.crc32c, "1B2M2Y8AsgTpgAmY7PhCfg==")):
        with pytest.raises(Refused, match="does not match"):
            wrong.require(ZEROS)


def test_checksums_are_declared_in_two_ways() -> None:
    """In the resource, and in a header whose values may hold the signs of Base64."""
    assert declared_in({"crc32c": "ipE2qg==", "md5Hash": ZEROS.md5}) == ZEROS
    assert declared_by_header(f"crc32c=ipE2qg==, md5={ZEROS.md5}") == ZEROS
    assert declared_by_header(ZEROS.header) == ZEROS
    assert declared_by_header(None) == Checksums(None, None)
