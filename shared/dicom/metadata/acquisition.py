"""How CT, MR and PT series were acquired and reconstructed (PS3.3 section C.8).

Every field is named after the keyword of its attribute. None: no instance states it, or the instances differ.
Of enhanced multi-frame images the functional groups are read as well.
"""

import msgspec


class CtAcquisition(msgspec.Struct, frozen=True, kw_only=True):
    """The CT Image and Contrast/Bolus Modules and the enhanced CT macros (PS3.3 C.8.2.1, C.7.6.4, C.8.15.3).

    Attributes:
        kvp: the peak voltage of the X-ray generator; kV
        x_ray_tube_current: the current of the X-ray tube; mA
        exposure_time: how long X-rays were on; ms
        exposure: current by time; mAs
        exposure_modulation_type: whether and how the current followed the patient
        ctdi_vol: the volume computed tomography dose index; mGy
        filter_type: the filter in the X-ray beam
        focal_spots: the nominal sizes of the focal spots; mm
        generator_power: the power of the X-ray generator; kW
        convolution_kernel: the reconstruction kernel, as the vendor names it
        reconstruction_algorithm: the kind of reconstruction: FILTER_BACK_PROJ, ITERATIVE, ...
        reconstruction_diameter: the diameter of the region that the image was made from; mm
        data_collection_diameter: the diameter of the region that data were collected from; mm
        distance_source_to_detector: from the source to the centre of the detector; mm
        distance_source_to_patient: from the source to the isocentre; mm
        gantry_detector_tilt: the tilt of the gantry from the vertical; degrees
        table_height: from the top of the table up to the centre of rotation; mm
        table_speed: how fast the table moved; mm/s
        table_feed_per_rotation: how far the table moved during a rotation; mm
        spiral_pitch_factor: table feed per rotation by total collimation width
        revolution_time: how long a rotation took; s
        single_collimation_width: the width of one row of detectors; mm
        total_collimation_width: the width of all rows of detectors in use; mm
        rotation_direction: CW (clockwise) or CC
        scan_options: what the scan was like, as the vendor names it
        contrast_bolus_agent: the contrast medium
        contrast_bolus_route: how it was given
        contrast_bolus_volume: the volume of diluted contrast medium; ml
        contrast_flow_rate: how fast it was given, per phase; ml/s
    """

    kvp: float | None = None
    x_ray_tube_current: float | None = None
    exposure_time: float | None = None
    exposure: float | None = None
    exposure_modulation_type: str | None = None
    ctdi_vol: float | None = None
    filter_type: str | None = None
    focal_spots: tuple[float, ...] | None = None
    generator_power: float | None = None
    convolution_kernel: tuple[str, ...] | None = None
    reconstruction_algorithm: str | None = None
    reconstruction_diameter: float | None = None
    data_collection_diameter: float | None = None
    distance_source_to_detector: float | None = None
    distance_source_to_patient: float | None = None
    gantry_detector_tilt: float | None = None
    table_height: float | None = None
    table_speed: float | None = None
    table_feed_per_rotation: float | None = None
    spiral_pitch_factor: float | None = None
    revolution_time: float | None = None
    single_collimation_width: float | None = None
    total_collimation_width: float | None = None
    rotation_direction: str | None = None
    scan_options: tuple[str, ...] | None = None
    contrast_bolus_agent: str | None = None
    contrast_bolus_route: str | None = None
    contrast_bolus_volume: float | None = None
    contrast_flow_rate: tuple[float, ...] | None = None


class MrAcquisition(msgspec.Struct, frozen=True, kw_only=True):
    """The MR Image and Contrast/Bolus Modules and the enhanced MR macros (PS3.3 C.8.3.1, C.7.6.4, C.8.13.5).

    Attributes:
        magnetic_field_strength: the nominal field strength; T
        scanning_sequence: SE, IR, GR, EP or RM, several if combined
        sequence_variant: SK, MTC, SS, TRSS, SP, MP, OSP or NONE, several if combined
        sequence_name: the sequence, as the vendor names it
        pulse_sequence_name: the same of enhanced images
        mr_acquisition_type: 2D or 3D
        echo_time: from the excitation to the peak of the echo; ms
        echo_numbers: which echoes the image was made of
        echo_train_length: lines of k-space acquired per excitation
        repetition_time: from one pulse sequence to the next; ms
        inversion_time: from the inverting pulse to the middle of the excitation; ms
        trigger_time: from the R wave to the image; ms
        flip_angle: the angle that magnetisation is turned by; degrees
        variable_flip_angle_flag: Y if the flip angle varied
        number_of_averages: how often a line was acquired
        imaging_frequency: the precession frequency; MHz
        imaged_nucleus: the nucleus, as 1H
        resonant_nucleus: the same of enhanced images
        pixel_bandwidth: the bandwidth of one pixel; Hz
        acquisition_matrix: frequency rows, frequency columns, phase rows, phase columns; pixels
        number_of_phase_encoding_steps: lines of k-space in the direction of phase
        in_plane_phase_encoding_direction: ROW or COL
        percent_sampling: how many lines of the acquisition matrix were acquired; %
        percent_phase_field_of_view: the field of view in the direction of phase by that of frequency; %
        receive_coil_name: the receive coil
        transmit_coil_name: the transmit coil
        sar: the specific absorption rate, whole body; W/kg
        d_bdt: the fastest change of the gradient field; T/s
        diffusion_b_value: how strongly diffusion is weighted; s/mm2
        temporal_resolution: the time between dynamics; ms
        number_of_temporal_positions: how many dynamics
        cardiac_number_of_images: images per cardiac cycle
        angio_flag: Y for angiography
        scan_options: PER, RG, CG, PPG, FC, PFF, PFP, SP, FS, several if combined
        contrast_bolus_agent: the contrast medium
        contrast_bolus_volume: the volume of diluted contrast medium; ml
    """

    magnetic_field_strength: float | None = None
    scanning_sequence: tuple[str, ...] | None = None
    sequence_variant: tuple[str, ...] | None = None
    sequence_name: str | None = None
    pulse_sequence_name: str | None = None
    mr_acquisition_type: str | None = None
    echo_time: float | None = None
    echo_numbers: tuple[int, ...] | None = None
    echo_train_length: int | None = None
    repetition_time: float | None = None
    inversion_time: float | None = None
    trigger_time: float | None = None
    flip_angle: float | None = None
    variable_flip_angle_flag: str | None = None
    number_of_averages: float | None = None
    imaging_frequency: float | None = None
    imaged_nucleus: str | None = None
    resonant_nucleus: tuple[str, ...] | None = None
    pixel_bandwidth: float | None = None
    acquisition_matrix: tuple[int, ...] | None = None
    number_of_phase_encoding_steps: int | None = None
    in_plane_phase_encoding_direction: str | None = None
    percent_sampling: float | None = None
    percent_phase_field_of_view: float | None = None
    receive_coil_name: str | None = None
    transmit_coil_name: str | None = None
    sar: float | None = None
    d_bdt: float | None = None
    diffusion_b_value: float | None = None
    temporal_resolution: float | None = None
    number_of_temporal_positions: int | None = None
    cardiac_number_of_images: int | None = None
    angio_flag: str | None = None
    scan_options: tuple[str, ...] | None = None
    contrast_bolus_agent: str | None = None
    contrast_bolus_volume: float | None = None


class PtAcquisition(msgspec.Struct, frozen=True, kw_only=True):
    """The PET Series, Isotope and Image Modules (PS3.3 C.8.9.1, C.8.9.2, C.8.9.4).

    Attributes:
        units: the unit of the pixel values, as BQML, CNTS or GML
        suv_type: what a standardised uptake value is normalised by: BW, LBM, BSA, ...
        counts_source: what was counted: EMISSION or TRANSMISSION
        series_type: STATIC, DYNAMIC, GATED or WHOLE BODY, then IMAGE or REPROJECTION
        decay_correction: the time that decay was corrected to: NONE, START (of the scan) or ADMIN (injection)
        corrected_image: which corrections were applied, as DECY, ATTN, SCAT
        attenuation_correction_method: how attenuation was corrected, in words
        scatter_correction_method: how scatter was corrected, in words
        randoms_correction_method: how randoms were corrected: NONE, DLYD or SING
        reconstruction_method: how the images were reconstructed, in words
        number_of_slices: how many slices a volume has
        number_of_time_slices: how many volumes a dynamic series has
        frame_reference_time: from the start of the series to the time that values refer to; ms
        actual_frame_duration: how long a frame was acquired; ms
        decay_factor: what pixel values were multiplied by
        dose_calibration_factor: from counts per second to Bq/ml
        scatter_fraction_factor: the estimated fraction of scattered events
        energy_window_lower_limit: the least energy that was counted; keV
        energy_window_upper_limit: the greatest energy that was counted; keV
        collimator_type: the collimator
        radiopharmaceutical: the radioactive drug, in words
        radiopharmaceutical_code_sequence: the same, as the meanings of codes
        radionuclide_code_sequence: the radionuclide, as the meanings of codes
        radiopharmaceutical_route: how it was given
        radiopharmaceutical_volume: the volume that was given; ml
        radiopharmaceutical_start_time: when it was given, HHMMSS.FFFFFF
        radiopharmaceutical_start_date_time: when it was given, YYYYMMDDHHMMSS.FFFFFF&ZZXX
        radionuclide_total_dose: the activity at the start time; Bq
        radionuclide_half_life: the half-life of the radionuclide; s
        radionuclide_positron_fraction: the fraction of decays that emit a positron
    """

    units: str | None = None
    suv_type: str | None = None
    counts_source: str | None = None
    series_type: tuple[str, ...] | None = None
    decay_correction: str | None = None
    corrected_image: tuple[str, ...] | None = None
    attenuation_correction_method: str | None = None
    scatter_correction_method: str | None = None
    randoms_correction_method: str | None = None
    reconstruction_method: str | None = None
    number_of_slices: int | None = None
    number_of_time_slices: int | None = None
    frame_reference_time: float | None = None
    actual_frame_duration: int | None = None
    decay_factor: float | None = None
    dose_calibration_factor: float | None = None
    scatter_fraction_factor: float | None = None
    energy_window_lower_limit: float | None = None
    energy_window_upper_limit: float | None = None
    collimator_type: str | None = None
    radiopharmaceutical: str | None = None
    radiopharmaceutical_code_sequence: tuple[str, ...] | None = None
    radionuclide_code_sequence: tuple[str, ...] | None = None
    radiopharmaceutical_route: str | None = None
    radiopharmaceutical_volume: float | None = None
    radiopharmaceutical_start_time: str | None = None
    radiopharmaceutical_start_date_time: str | None = None
    radionuclide_total_dose: float | None = None
    radionuclide_half_life: float | None = None
    radionuclide_positron_fraction: float | None = None
