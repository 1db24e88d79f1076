"""What is seen of an instance before anything of it is made."""

from shared.deid.rules.overrides import Override
from shared.deid.rules.profile import Profile
from tests.images import ct_image, part10, raw_element, released_by


def test_what_is_kept_behind_the_pixels_does_not_hold_the_instance() -> None:
    """As before them: a UID that stays on purpose in one place may be one that goes in another."""
    kept = Override(
        attribute="(7FE1,ACME,01)", action="keep", reason="It links.", i_understand="It names no patient."
    )
    profile = Profile(name="ours", description="Ours.", overrides=(kept,))
    link = b"1.3.6.1.4.1.99999.77"
    image = ct_image()
    image.private_block(0x0029, "OTHER", create=True).add_new(0x01, "UI", link.decode())
    behind = raw_element(0x7FE10010, "LO", b"ACME") + raw_element(0x7FE11001, "UI", link)

    assert released_by(profile, part10(image) + behind).endswith(behind)
