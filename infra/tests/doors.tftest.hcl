# The two doors, as pipeline.yaml grants them. What a run sees are values of the configuration while planning; that no
# grant was made beside them is checked on whole plans by tests/integration/test_infra.py.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

provider "google-beta" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project      = { id = "hospital", number = "123456789012" }
  region       = "europe-west4"
  prefix       = "acme-prod"
  image        = "registry.example/airlock@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  destinations = { autosegmentation = { variable = "AUTOSEGMENTATION_URL", address = "https://segmentation.example" } }
  dicom_stores = { radiology = {} }
}

run "the_doors_are_never_open_together" {
  command = plan

  assert {
    condition     = length(setintersection(flatten(values(local.grants["clinical bucket"])), ["export", "retrieve"])) == 0
    error_message = "the outer door has nothing on the clinical bucket"
  }
  assert {
    condition     = length(setintersection(flatten(values(local.grants["DICOM stores"])), ["export", "retrieve"])) == 0
    error_message = "the outer door has nothing on the DICOM stores"
  }
  assert {
    condition     = toset(flatten(values(local.grants["clinical database"]))) == setsubtract(keys(local.stages), ["export", "retrieve"])
    error_message = "the outer door does not reach the clinical ledger"
  }
  assert {
    condition     = toset(flatten(values(local.grants["released database"]))) == toset(["export", "retrieve"])
    error_message = "the outer door reaches the released ledger"
  }
  assert {
    condition     = toset(flatten([values(local.grants["de-identification key"]), values(local.grants["wrapping key"])])) == toset(["deidentify", "reidentify"])
    error_message = "the key is for the inner door, both ways, alone"
  }
  assert {
    condition     = toset(flatten(values(local.grants["tokens"]))) == toset(["export", "retrieve"])
    error_message = "the inner door has no token of a destination"
  }
  assert {
    condition     = keys(local.grants["clinical bucket"]) == ["roles/storage.objectViewer"]
    error_message = "nobody replaces or deletes what is clinical, or adds to all of it"
  }
  assert {
    condition     = local.folders == { "crosswalks/" = ["deidentify"], "intake/" = ["unpack"], "results/" = ["reidentify"] }
    error_message = "who adds something clinical adds it to one folder"
  }
}

run "topics_are_those_of_the_table_behind_the_prefix" {
  command = plan

  assert {
    condition     = { for topic, made in module.topic : topic => made.name } == { for topic in local.topics : topic => "acme-prod-${topic}" }
    error_message = "each topic of the table is made once, with the prefix"
  }
  assert {
    condition     = { for stage, made in module.stage : stage => made.dead_letter_topic } == { for stage in setsubtract(keys(local.stages), ["quarantine"]) : stage => "acme-prod-${stage}-dead-letters" }
    error_message = "each stage has a topic of dead letters"
  }
  assert {
    condition     = module.quarantine.dead_letter_topic == null
    error_message = "quarantine has none"
  }
  assert {
    condition     = output.subscriptions == { for name, stage in local.stages : name => { for topic in stage.hears : topic => "acme-prod-${name}-${topic}" } }
    error_message = "a subscription is <prefix>-<stage>-<topic>"
  }
}

run "a_secret_is_there_for_each_destination_and_the_key" {
  command = plan

  assert {
    condition     = toset(keys(local.kms_keys)) == toset(["clinical", "deidentification-wrapping", "platform", "released"])
    error_message = "each door has a key of its own, and so has the way between"
  }
  assert {
    condition     = toset(keys(module.keys.secrets)) == toset(["acme-prod-deidentification-key", "acme-prod-tokens-autosegmentation"])
    error_message = "secrets are named as the code looks for them"
  }
}

run "the_environment_is_what_the_code_reads" {
  command = plan

  assert {
    condition = local.environment == {
      AIRLOCK_CLINICAL_BUCKET   = "hospital-acme-prod-clinical"
      AIRLOCK_CLINICAL_DATABASE = "acme-prod-clinical"
      AIRLOCK_DICOM_STORES      = "projects/hospital/locations/europe-west4/datasets/acme-prod/dicomStores/radiology"
      AIRLOCK_KMS_KEY           = "projects/hospital/locations/europe-west4/keyRings/acme-prod/cryptoKeys/deidentification-wrapping"
      AIRLOCK_PREFIX            = "acme-prod"
      AIRLOCK_RELEASED_BUCKET   = "hospital-acme-prod-released"
      AIRLOCK_RELEASED_DATABASE = "acme-prod-released"
      AIRLOCK_RULESETS          = "/opt/airlock/lib/python3.11/site-packages/rulesets"
      AUTOSEGMENTATION_URL      = "https://segmentation.example"
      GOOGLE_CLOUD_PROJECT      = "hospital"
    }
    error_message = "names of resources reach the stages"
  }
}

run "a_size_of_ones_own_replaces_that_of_the_table" {
  command = plan

  variables {
    sizes = { deidentify = { memory = "8Gi", instances = { max = 5 } } }
  }

  assert {
    condition     = local.sizes.deidentify == { cpu = 2, memory = "8Gi", concurrency = 1, instances = { min = 0, max = 5 } }
    error_message = "what is given is taken, the rest stays"
  }
}
