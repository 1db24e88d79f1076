"""What a series is, as one document: patient, study, equipment, acquisition, geometry, image, structure sets.

Its text may hold patient data: the document is for the clinical side alone. It never goes to the released
bucket, into an event, a log line or an exception.
"""

from shared.dicom.metadata.document import SeriesMetadata, to_json
from shared.dicom.metadata.series import describe

__all__ = ["SeriesMetadata", "describe", "to_json"]
