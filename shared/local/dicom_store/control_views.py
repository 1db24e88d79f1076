"""Faults and the reset over HTTP: what no real store has."""

from collections.abc import Callable

from flask import Response, jsonify, request

from shared.local.dicom_store.faults import Faults, parse_fault


class ControlViews:
    """The operations of tests on the store."""

    def __init__(self, known_faults: Faults, reset: Callable[[], None]) -> None:
        """Take the faults, and what a reset does."""
        self._faults = known_faults
        self._reset = reset

    def faults(self) -> Response:
        """Ask for a fault."""
        fault, times = parse_fault(request.get_json(force=True, silent=True))
        self._faults.add(fault, times)
        return jsonify({})

    def reset(self) -> Response:
        """Forget everything but the stores that were there from the start."""
        self._reset()
        return jsonify({})
