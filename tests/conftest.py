"""What all tests need before their modules are imported."""

import pytest
from hypothesis import settings

# The contract suites assert in modules that pytest would not rewrite by itself.
pytest.register_assert_rewrite("tests.contracts")

# How long an example takes is a matter of the machine and of what else runs there.
settings.register_profile("airlock", deadline=None)
settings.load_profile("airlock")

pytest_plugins = ["tests.emulators"]
