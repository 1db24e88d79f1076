"""The response of the Store transaction (PS3.18 section 10.5.3, Table I.2.1-1), as JSON or XML."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

from shared.dicom.dictionary import keyword_of
from shared.local.dicom_store.json_model import JsonDataSet
from shared.local.dicom_store.names import Uids
from shared.local.dicom_store.storing import FailureReason, Outcome

RETRIEVE_URL = "00081190"
_FAILED_SOP_SEQUENCE = "00081198"
_REFERENCED_SOP_SEQUENCE = "00081199"
_FAILURE_REASON = "00081197"
_REFERENCED_SOP_CLASS_UID = "00081150"
_REFERENCED_SOP_INSTANCE_UID = "00081155"
_STATUS = {
    FailureReason.UNREADABLE: HTTPStatus.BAD_REQUEST,
    FailureReason.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


def status_of(outcomes: Sequence[Outcome]) -> HTTPStatus:
    """200 if all are stored, 202 if some are, 400 or 413 if none is for that one reason, else 409."""
    reasons = {outcome.failure for outcome in outcomes}
    if reasons == {None}:
        return HTTPStatus.OK
    if None in reasons:
        return HTTPStatus.ACCEPTED
    if len(reasons) == 1:
        return _STATUS.get(reasons.pop() or FailureReason.CONFLICT, HTTPStatus.CONFLICT)
    return HTTPStatus.CONFLICT


def response(outcomes: Sequence[Outcome], base_url: str) -> JsonDataSet:
    """The response's data set; `base_url` ends in `dicomWeb/`. What is unknown of a failure is left out."""
    stored = [_stored(outcome, base_url) for outcome in outcomes if outcome.failure is None]
    failed = [_failed(outcome) for outcome in outcomes if outcome.failure is not None]
    studies = {each.uids.study for each in outcomes if each.uids and each.failure is None}
    answer: JsonDataSet = {}
    if len(studies) == 1:
        answer[RETRIEVE_URL] = _attribute("UR", base_url + Uids(studies.pop()).path())
    if failed:
        answer[_FAILED_SOP_SEQUENCE] = _attribute("SQ", *failed)
    if stored:
        answer[_REFERENCED_SOP_SEQUENCE] = _attribute("SQ", *stored)
    return answer


def _stored(outcome: Outcome, base_url: str) -> JsonDataSet:
    uids = outcome.uids or Uids()
    return {**_references(outcome), RETRIEVE_URL: _attribute("UR", base_url + uids.path())}


def _failed(outcome: Outcome) -> JsonDataSet:
    return {**_references(outcome), _FAILURE_REASON: _attribute("US", int(outcome.failure or 0))}


def _references(outcome: Outcome) -> JsonDataSet:
    if outcome.uids is None:
        return {}
    return {
        _REFERENCED_SOP_CLASS_UID: _attribute("UI", outcome.sop_class),
        _REFERENCED_SOP_INSTANCE_UID: _attribute("UI", outcome.uids.instance),
    }


def _attribute(vr: str, *values: Any) -> dict[str, Any]:
    return {"vr": vr, "Value": list(values)}


def native_model(data_set: JsonDataSet) -> bytes:
    """The same in the Native DICOM Model (PS3.19 Annex A.1); knows the VRs of a response alone."""
    root = ET.Element("NativeDicomModel", {"xml:space": "preserve"})
    _append(root, data_set)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _append(parent: ET.Element, data_set: JsonDataSet) -> None:
    for tag, attribute in sorted(data_set.items()):
        names = {"tag": tag, "vr": attribute["vr"], "keyword": keyword_of(int(tag, 16))}
        element = ET.SubElement(parent, "DicomAttribute", names)
        for number, value in enumerate(attribute.get("Value", ()), start=1):
            if isinstance(value, dict):
                _append(ET.SubElement(element, "Item", number=str(number)), value)
            else:
                ET.SubElement(element, "Value", number=str(number)).text = str(value)
