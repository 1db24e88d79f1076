"""Datasets and DICOM stores over HTTP."""

from typing import Any

from flask import Response, jsonify, request

from shared.local.dicom_store.names import DatasetName, StoreName
from shared.local.dicom_store.refusal import bad_request
from shared.local.dicom_store.requested import named_store
from shared.local.dicom_store.resources import finished_operation
from shared.local.dicom_store.storing import InstanceStore


class ResourceViews:
    """The operations on resources."""

    def __init__(self, store: InstanceStore) -> None:
        """Take what they are done to."""
        self._store = store
        self._resources = store.resources

    def create_dataset(self, project: str, location: str) -> Response:
        """Create a dataset; the API does so in a long-running operation, which is done at once here."""
        name = DatasetName(project, location, _identifier("datasetId"))
        created = self._resources.create_dataset(name, _body())
        kind = "type.googleapis.com/google.cloud.healthcare.v1.dataset.Dataset"
        return jsonify(finished_operation(name, {"@type": kind, **created}))

    def get_dataset(self, project: str, location: str, dataset: str) -> Response:
        """Read a dataset."""
        return jsonify(self._resources.dataset(DatasetName(project, location, dataset)))

    def create_store(self, project: str, location: str, dataset: str) -> Response:
        """Create a DICOM store."""
        name = StoreName(project, location, dataset, _identifier("dicomStoreId"))
        return jsonify(self._resources.create_store(name, _body()))

    def list_stores(self, project: str, location: str, dataset: str) -> Response:
        """List the DICOM stores of a dataset."""
        return jsonify(dicomStores=self._resources.stores(DatasetName(project, location, dataset)))

    def get_store(self, **parts: str) -> Response:
        """Read a DICOM store."""
        return jsonify(self._resources.store(named_store(parts)))

    def change_store(self, **parts: str) -> Response:
        """Change the fields of a DICOM store that `updateMask` names."""
        mask = [field for field in request.args.get("updateMask", "").split(",") if field]
        return jsonify(self._resources.change_store(named_store(parts), _body(), mask))

    def delete_store(self, **parts: str) -> Response:
        """Delete a DICOM store with all that is in it."""
        self._store.delete_store(named_store(parts))
        return jsonify({})


def _identifier(parameter: str) -> str:
    return request.args.get(parameter, "")


def _body() -> dict[str, Any]:
    """The resource in the body; none is an empty one."""
    content = request.get_data()
    body = request.get_json(force=True, silent=True) if content else {}
    if not isinstance(body, dict):
        raise bad_request("the body must be a resource in JSON")
    return body
