"""A DICOM store for one machine: DICOMweb (PS3.18) under the paths of the Cloud Healthcare API.

`shared.local.dicom_store.server.LocalDicomStore` runs it inside a process,
`python -m shared.local.dicom_store --folder DIR` alone.
"""
