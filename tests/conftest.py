"""What all tests need before their modules are imported."""

import pytest

# The contract suites assert in modules that pytest would not rewrite by itself.
pytest.register_assert_rewrite("tests.contracts")

pytest_plugins = ["tests.emulators"]
