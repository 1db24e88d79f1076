"""What the headers of a series say of patient, study, series and equipment (PS3.3 section C.7).

Every field is named after the keyword of its attribute. None: no instance states it, or the instances differ.
"""

import msgspec


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """The Patient and Patient Study Modules (PS3.3 C.7.1.1, C.7.2.2).

    Attributes:
        patient_name: the name, components joined by `^`, representations by `=`
        patient_id: the identifier that the hospital gave
        issuer_of_patient_id: who gave the identifier
        patient_birth_date: the date of birth, YYYYMMDD
        patient_sex: M, F or O (other)
        patient_age: the age at the time of the study, as 045Y, 006M, 003W or 012D
        patient_size: the height; m
        patient_weight: the weight; kg
        other_patient_ids: further identifiers
        pregnancy_status: 1 not pregnant, 2 possibly, 3 definitely, 4 unknown
        patient_identity_removed: YES if the instances were de-identified before they came
        deidentification_method: how they were de-identified
    """

    patient_name: str | None = None
    patient_id: str | None = None
    issuer_of_patient_id: str | None = None
    patient_birth_date: str | None = None
    patient_sex: str | None = None
    patient_age: str | None = None
    patient_size: float | None = None
    patient_weight: float | None = None
    other_patient_ids: tuple[str, ...] | None = None
    pregnancy_status: int | None = None
    patient_identity_removed: str | None = None
    deidentification_method: tuple[str, ...] | None = None


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """The General Study Module (PS3.3 C.7.2.1).

    Attributes:
        study_instance_uid: the study's UID
        study_date: when the study began, YYYYMMDD
        study_time: when the study began, HHMMSS.FFFFFF
        study_id: the identifier that people use
        accession_number: the number of the order
        study_description: what was examined, in words
        referring_physician_name: who asked for it
        requested_procedure_description: what was asked for, in words
        procedure_code_sequence: what was done, as the meanings of codes
    """

    study_instance_uid: str | None = None
    study_date: str | None = None
    study_time: str | None = None
    study_id: str | None = None
    accession_number: str | None = None
    study_description: str | None = None
    referring_physician_name: str | None = None
    requested_procedure_description: str | None = None
    procedure_code_sequence: tuple[str, ...] | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The General Series, General Acquisition and SOP Common Modules (PS3.3 C.7.3.1, C.7.10.1, C.12.1).

    Attributes:
        series_instance_uid: the series' UID
        sop_class_uid: what kind of object the instances are
        modality: CT, MR, PT, RTSTRUCT, ...
        series_number: the number that people use
        series_description: what the series shows, in words
        series_date: when the series began, YYYYMMDD
        series_time: when the series began, HHMMSS.FFFFFF
        protocol_name: the protocol on the device
        body_part_examined: the part of the body, as a defined term
        anatomic_region_sequence: the part of the body, as the meanings of codes
        laterality: R or L, of a paired part of the body
        patient_position: how the patient lay in the device, as HFS
        performing_physician_name: who performed the series
        operators_name: who operated the device
        performed_procedure_step_id: the identifier of the procedure step
        performed_procedure_step_description: what was performed, in words
        image_type: ORIGINAL or DERIVED, PRIMARY or SECONDARY, then what the modality adds
        instance_number: the number of the image
        acquisition_number: the number of the acquisition
        acquisition_date: when the acquisition began, YYYYMMDD
        acquisition_time: when the acquisition began, HHMMSS.FFFFFF
        content_date: when the image was made, YYYYMMDD
        content_time: when the image was made, HHMMSS.FFFFFF
        timezone_offset_from_utc: of dates and times, as +0100
        specific_character_set: how text is encoded
    """

    series_instance_uid: str | None = None
    sop_class_uid: str | None = None
    modality: str | None = None
    series_number: int | None = None
    series_description: str | None = None
    series_date: str | None = None
    series_time: str | None = None
    protocol_name: str | None = None
    body_part_examined: str | None = None
    anatomic_region_sequence: tuple[str, ...] | None = None
    laterality: str | None = None
    patient_position: str | None = None
    performing_physician_name: tuple[str, ...] | None = None
    operators_name: tuple[str, ...] | None = None
    performed_procedure_step_id: str | None = None
    performed_procedure_step_description: str | None = None
    image_type: tuple[str, ...] | None = None
    instance_number: int | None = None
    acquisition_number: int | None = None
    acquisition_date: str | None = None
    acquisition_time: str | None = None
    content_date: str | None = None
    content_time: str | None = None
    timezone_offset_from_utc: str | None = None
    specific_character_set: tuple[str, ...] | None = None


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """The General Equipment Module (PS3.3 C.7.5.1).

    Attributes:
        manufacturer: who made the device
        manufacturer_model_name: its model
        device_serial_number: its serial number
        software_versions: the versions of its software
        station_name: its name in the hospital
        institution_name: the hospital
        institution_address: where it is
        institutional_department_name: the department
        date_of_last_calibration: when the device was calibrated, YYYYMMDD
        spatial_resolution: the inherent limiting resolution; mm
    """

    manufacturer: str | None = None
    manufacturer_model_name: str | None = None
    device_serial_number: str | None = None
    software_versions: tuple[str, ...] | None = None
    station_name: str | None = None
    institution_name: str | None = None
    institution_address: str | None = None
    institutional_department_name: str | None = None
    date_of_last_calibration: tuple[str, ...] | None = None
    spatial_resolution: float | None = None
