"""Reading DICOM: the scanner, its dictionary, the checks and the metadata."""
