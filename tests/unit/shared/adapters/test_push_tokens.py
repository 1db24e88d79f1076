"""The token of a push request, really signed, and everything that may be wrong with it."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from shared.adapters.clock import FakeClock
from shared.adapters.push_tokens import (
    AnybodyOnThisMachine,
    Certificates,
    PushTokens,
    Signature,
)
from shared.errors import AirlockError, ConfigurationError, PushUnauthorized
from tests.unit.shared.adapters.signing import (
    ACCOUNT,
    AUDIENCE,
    KEY_ID,
    REMOVED,
    Google,
    claims,
    elliptic_certificate,
    header,
    signed,
    unsigned,
)

#: when the tests were collected: Google's library has a clock of its own, which is the system's
NOW = time.time()
DEEP = b'{"a":' * 3000 + b"1" + b"}" * 3000


@pytest.fixture
def google() -> Google:
    """Where certificates come from."""
    return Google()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that shows the system's time and stands still."""
    return FakeClock(time.time())


Tokens = Callable[..., PushTokens]


@pytest.fixture
def tokens(google: Google, clock: FakeClock) -> Tokens:
    """Make what checks the tokens of the push identity."""

    def make(signature: Signature = "checked_here") -> PushTokens:
        return PushTokens(
            audience=AUDIENCE,
            service_account=ACCOUNT,
            signature=signature,
            certificates=Certificates(google, clock),
            clock=clock,
        )

    return make


def refused(tokens: PushTokens, authorization: str | None) -> AirlockError:
    """The refusal of a header."""
    with pytest.raises(PushUnauthorized) as caught:
        tokens.require(authorization)
    return caught.value


# -- the right one


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("issuer", ["https://accounts.google.com", "accounts.google.com"])
def test_accepts_the_push_identity(tokens: Tokens, google: Google, scheme: str, issuer: str) -> None:
    """A token of the right account for the right audience passes, by both names of its issuer."""
    tokens().require(f"{scheme} {signed(claims(NOW, iss=issuer))}")

    assert google.asked == 1


@pytest.mark.parametrize(("claim", "seconds"), [("iat", 8), ("exp", -8)], ids=["early", "late"])
@pytest.mark.parametrize("signature", ["checked_here", "checked_by_cloud_run"])
def test_clocks_may_differ(tokens: Tokens, claim: str, seconds: int, signature: Signature) -> None:
    """A few seconds before or behind its time a token is still good, whoever checks its signature."""
    make, now = (signed if signature == "checked_here" else unsigned), time.time()
    tokens(signature).require(f"Bearer {make(claims(now, **{claim: now + seconds}))}")

    assert refused(tokens(signature), f"Bearer {make(claims(now, **{claim: now + 3 * seconds}))}")


# -- wrong claims

WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "https://other.example"},
    {"aud": [AUDIENCE]},
    {"aud": None},
    {"email": "someone@hospital.example"},
    {"email": ACCOUNT.upper()},
    {"email": None},
    {"email_verified": False},
    {"email_verified": "true"},
    {"email_verified": None},
    {"iss": "https://accounts.example"},
    {"iss": None},
    {"exp": int(NOW) - 60},
    {"iat": int(NOW) + 86_400},
    {"exp": None},
    {"iat": None},
    {"exp": str(int(NOW) + 60)},
    {"iat": [1]},
    {"exp": float("nan")},
]


@pytest.mark.parametrize("changes", WRONG_CLAIMS, ids=str)
def test_refuses_wrong_claims(tokens: Tokens, changes: dict[str, Any]) -> None:
    """Another audience, account or issuer, and a wrong time are refused, whoever checks the signature."""
    content = claims(NOW, **changes)

    assert refused(tokens(), f"Bearer {signed(content)}")
    assert refused(tokens("checked_by_cloud_run"), f"Bearer {unsigned(content)}")


def test_refuses_an_issuer_that_is_no_text(tokens: Tokens) -> None:
    """A claim of another type is another claim."""
    for issuer in (["accounts.google.com"], {"a": 1}, 5):
        assert refused(tokens("checked_by_cloud_run"), f"Bearer {unsigned(claims(NOW, iss=issuer))}")


# -- wrong signatures


@pytest.mark.parametrize(
    "token",
    [
        signed(claims(NOW), number=2),
        signed(claims(NOW), head=header(kid="unknown")),
        signed(claims(NOW), head=header(kid=None)),
        signed(claims(NOW), head=header(kid=["key-1"])),
        signed(claims(NOW), head=header(alg="none")),
        signed(claims(NOW), head=header(alg=None)),
        signed(claims(NOW), head=header(alg="HS256")),
        signed(claims(NOW), head=header(alg=["RS256"])),
        signed(claims(NOW), head=header(alg="ES256")),
        unsigned(claims(NOW), "", header(alg="none")),
        unsigned(claims(NOW), ""),
        unsigned(claims(NOW)),
        signed(claims(NOW))[:-6],
        signed(claims(NOW)) + ".more",
        signed(claims(NOW)).replace(".", "..", 1),
        signed([claims(NOW)]),
        signed(claims(NOW), head=["RS256"]),
        signed(b"\xff"),
        signed(DEEP),
        signed(claims(NOW), head=DEEP),
        "x",
        "..",
        "\u00e4.\u00f6.\u00fc",
    ],
    ids=range(23),
)
def test_refuses_wrong_signatures(tokens: Tokens, token: str) -> None:
    """Whatever is no token that one of Google's keys has signed is refused, and fails in no other way."""
    assert refused(tokens(), f"Bearer {token}")


def test_a_changed_claim_breaks_the_signature(tokens: Tokens) -> None:
    """The signature is of exactly these claims."""
    _, right, signature = signed(claims(NOW)).split(".")
    other = unsigned(claims(NOW, sub="2")).rpartition(".")[0]
    tokens().require(f"Bearer {signed(claims(NOW))}")

    assert right
    assert refused(tokens(), f"Bearer {other}.{signature}")


def test_refuses_a_key_of_another_kind(tokens: Tokens, google: Google) -> None:
    """A certificate that does not fit the algorithm of a token is no failure of the function."""
    google.certificates[KEY_ID] = elliptic_certificate()

    assert refused(tokens(), f"Bearer {signed(claims(NOW))}")


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic abc", signed(claims(NOW))])
def test_refuses_what_brings_no_token(tokens: Tokens, google: Google, authorization: str | None) -> None:
    """Without a bearer token nobody is asked."""
    assert refused(tokens(), authorization)
    assert google.asked == 0


def test_a_refusal_shows_nothing_of_the_token(tokens: Tokens) -> None:
    """Neither token nor claims stand in the error."""
    token = signed(claims(NOW, aud="https://secret.example"))
    text = str(refused(tokens(), f"Bearer {token}"))

    assert "secret.example" not in text
    assert token not in text


# -- behind Cloud Run


def test_accepts_what_cloud_run_checked(tokens: Tokens, google: Google) -> None:
    """A token whose signature Cloud Run took off passes by its claims, and no certificate is asked for."""
    tokens("checked_by_cloud_run").require(f"Bearer {unsigned(claims(NOW))}")

    assert google.asked == 0


@pytest.mark.parametrize(
    "token",
    [
        signed(claims(NOW)),
        unsigned(claims(NOW), ""),
        unsigned(claims(NOW), REMOVED.lower()),
        unsigned(claims(NOW), f"x{REMOVED}"),
        unsigned(claims(NOW), f"{REMOVED}x"),
        unsigned(claims(NOW), f"{REMOVED}."),
        f"{unsigned(claims(NOW))}.{REMOVED}",
        f".{REMOVED}",
        REMOVED,
        unsigned([1]),
        unsigned("text"),
        unsigned(DEEP),
        unsigned(b"\xff"),
    ],
    ids=range(13),
)
def test_refuses_what_cloud_run_did_not_check(tokens: Tokens, token: str) -> None:
    """Exactly the mark of Cloud Run stands for a signature; a real one would have been taken off."""
    assert refused(tokens("checked_by_cloud_run"), f"Bearer {token}")


def test_claims_may_hold_the_mark(tokens: Tokens) -> None:
    """Only the signature is looked at for it."""
    content = claims(NOW, sub="1")
    tokens("checked_by_cloud_run").require(f"Bearer {unsigned(content, head=header(kid=REMOVED))}")

    assert refused(tokens(), f"Bearer {unsigned(content, head=header(kid=REMOVED))}")


def test_there_are_two_ways_to_check(tokens: Tokens) -> None:
    """A word that is neither is a mistake of configuration, not a way around the check."""
    for word in ("", "unchecked", "CHECKED_HERE"):
        with pytest.raises(ConfigurationError):
            tokens(word)


def test_the_expiry_is_by_the_clock(tokens: Tokens, clock: FakeClock) -> None:
    """What was good is refused once it has expired, also behind Cloud Run."""
    checked = tokens("checked_by_cloud_run")
    token = f"Bearer {unsigned(claims(NOW))}"
    checked.require(token)
    clock.advance(3600)

    assert refused(checked, token).details == {"problem": "expired"}


def test_emulators_bring_no_token() -> None:
    """On this machine nobody is asked."""
    for authorization in (None, "Bearer x"):
        AnybodyOnThisMachine().require(authorization)
