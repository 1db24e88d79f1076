"""Codes that name people, organizations and what is theirs (PS3.16 Annex D, LOINC, SNOMED CT).

And the attributes of content items that have to do with them.
"""

CONCEPT_NAME_CODE_SEQUENCE = 0x0040A043
CONCEPT_CODE_SEQUENCE = 0x0040A168
CONTENT_SEQUENCE = 0x0040A730
MEASUREMENT_UNITS_CODE_SEQUENCE = 0x004008EA
#: it is of Type 2 (PS3.3 section C.18.1)
MEASURED_VALUE_SEQUENCE = 0x0040A300
#: Numeric Value, and as a floating point number and a fraction
NUMBERS = frozenset({0x0040A30A, 0x0040A161, 0x0040A162, 0x0040A163})
#: where codes of content decide about more than themselves
DECIDING_SEQUENCES = frozenset({CONCEPT_NAME_CODE_SEQUENCE, MEASUREMENT_UNITS_CODE_SEQUENCE})
#: what in a content item is no part of its value
STRUCTURE = DECIDING_SEQUENCES | {CONTENT_SEQUENCE}

#: codes of DCM: people, organizations and what they are called by
IDENTIFYING_IN_DCM = frozenset(
    {
        "110119",  # Station AE Title
        "110122",  # Login
        "110190",  # Issuer of Identifier
        "111700",  # Specimen Container Identifier
        "111705",  # Parent Specimen Identifier
        "111706",  # Issuer of Parent Specimen Identifier
        "111724",  # Issuer of Specimen Identifier
        "113511",  # Radiopharmaceutical Dispense Unit Identifier
        "113514",  # Radionuclide Vial Identifier
        "113516",  # Prescription Identifier
        "113870",  # Person Name
        "113871",  # Person ID
        "113872",  # Person ID Issuer
        "113873",  # Organization Name
        "113877",  # Device Name
        "113880",  # Device Serial Number
        "121008",  # Person Observer Name
        "121009",  # Person Observer's Organization Name
        "121013",  # Device Observer Name
        "121016",  # Device Observer Serial Number
        "121017",  # Device Observer Physical Location During Observation
        "121020",  # Placer Number
        "121021",  # Filler Number
        "121022",  # Accession Number
        "121029",  # Subject Name
        "121030",  # Subject ID
        "121031",  # Subject Birth Date
        "121036",  # Mother of fetus
        "121040",  # Specimen Accession Number
        "121041",  # Specimen Identifier
        "121081",  # Physician
        "121114",  # Performing Physician
        "121148",  # Unit Serial Identifier
        "121193",  # Device Subject Name
        "121196",  # Device Subject Serial Number
        "121197",  # Device Subject Physical Location during observation
        "121434",  # Service Delivery Location
        "125010",  # Identifier
        "126070",  # Subject Time Point Identifier
        "128774",  # Person Observer's Login Name
        "128775",  # Identifier within Person Observer's Role
    }
)
#: the same in other schemes
IDENTIFYING = frozenset(
    {
        ("21112-8", "LN"),  # Birth date
        ("42077-8", "LN"),  # Patient phone number
        ("45392-8", "LN"),  # First name
        ("45394-4", "LN"),  # Last name
        ("45396-9", "LN"),  # Social Security number
        ("45401-7", "LN"),  # Postal code
        ("46106-1", "LN"),  # Medical record number
        ("52461-1", "LN"),  # Middle name
        ("54125-0", "LN"),  # Patient name
        ("56799-0", "LN"),  # Address
        ("76435-7", "LN"),  # Patient identifier
        ("76698-0", "LN"),  # Patient identifier assigning authority
        ("89061-6", "LN"),  # NHS number
        ("184095009", "SCT"),  # Patient forename
        ("184096005", "SCT"),  # Patient surname
        ("184097001", "SCT"),  # Patient address
        ("184099003", "SCT"),  # Date of birth
        ("184102003", "SCT"),  # Patient postal code
        ("184103008", "SCT"),  # Patient telephone number
        ("184107009", "SCT"),  # Patient hospital number
        ("371484003", "SCT"),  # Patient name
        ("424966008", "SCT"),  # Patient e-mail address
    }
)
#: what a hospital's own code may be called, without case and spaces between words
IDENTIFYING_MEANINGS = frozenset(
    {"accession number", "address", "age", "birth date", "birthdate", "case number", "date of birth", "dob"}
    | {"family name", "first name", "forename", "given name", "hospital number", "last name", "maiden name"}
    | {"medical record number", "mrn", "name", "patient address", "patient age", "patient birth date"}
    | {"patient id", "patient identifier", "patient name", "patient number", "patient's age"}
    | {"patient's birth date", "patient's name", "phone", "phone number", "social security number", "ssn"}
    | {"surname", "telephone", "telephone number", "alter", "geburtsdatum", "fallnummer", "nachname"}
    | {"patientennummer", "patientenname", "vorname", "date de naissance", "fecha de nacimiento"}
    | {"data di nascita", "data de nascimento", "geboortedatum", "nom du patient", "nombre del paciente"}
)
#: what the option Retain Patient Characteristics keeps of the header
CHARACTERISTICS = frozenset(
    {
        ("121032", "DCM"),  # Subject Sex
        ("3137-7", "LN"),  # Body height measured
        ("3140-1", "LN"),  # Body surface area derived
        ("3141-9", "LN"),  # Body weight measured
        ("8277-6", "LN"),  # Body surface area
        ("8301-4", "LN"),  # Body height estimated
        ("8302-2", "LN"),  # Body height
        ("21840-4", "LN"),  # Sex
        ("29463-7", "LN"),  # Body weight
        ("32624-9", "LN"),  # Race
        ("39156-5", "LN"),  # Body mass index
        ("46098-0", "LN"),  # Sex
        ("46463-6", "LN"),  # Race or ethnicity
        ("56051-6", "LN"),  # Hispanic or Latino
        ("69490-1", "LN"),  # Ethnicity
        ("72143-1", "LN"),  # Sex
        ("72826-1", "LN"),  # Race
        ("74698-2", "LN"),  # Gender
        ("76689-9", "LN"),  # Sex assigned at birth
        ("76691-5", "LN"),  # Gender identity
        ("27113001", "SCT"),  # Body weight
        ("50373000", "SCT"),  # Body height
        ("60621009", "SCT"),  # Body mass index
        ("103579009", "SCT"),  # Race
        ("184100006", "SCT"),  # Patient sex
        ("263495000", "SCT"),  # Gender
        ("364699009", "SCT"),  # Ethnic group
    }
)
#: concepts of somebody's age
AGES = frozenset(
    {
        ("121033", "DCM"),  # Subject Age
        ("30525-0", "LN"),  # Age
        ("21612-7", "LN"),  # Age - Reported
        ("29553-5", "LN"),  # Age calculated
        ("397669002", "SCT"),  # Age
        ("424144002", "SCT"),  # Current chronological age
    }
)
