# Keys rotate, secrets have no values here, and each is for the named alone.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

# Identifiers that only Google would know.
override_resource {
  target          = google_kms_crypto_key.default
  values          = { id = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/platform" }
  override_during = plan
}

variables {
  project_id = "hospital"
  region     = "europe-west4"
  ring       = "airlock"
  keys       = { platform = { iam = { "roles/cloudkms.cryptoKeyEncrypterDecrypter" = ["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"] } } }
  secrets = {
    airlock-deidentification-key = {
      key = "platform"
      iam = { "roles/secretmanager.secretAccessor" = ["serviceAccount:airlock-deidentify@hospital.iam.gserviceaccount.com"] }
    }
  }
}

run "keys_rotate_every_ninety_days" {
  command = plan

  assert {
    condition     = google_kms_crypto_key.default["platform"].rotation_period == "7776000s"
    error_message = "a key gets a new version every 90 days"
  }
}

run "a_destroyed_key_can_be_restored_for_a_month" {
  command = plan

  assert {
    condition     = google_kms_crypto_key.default["platform"].destroy_scheduled_duration == "2592000s" && google_secret_manager_secret.default["airlock-deidentification-key"].version_destroy_ttl == "2592000s"
    error_message = "neither a key nor a secret is gone at once"
  }
}

run "a_secret_stays_in_the_region_under_the_given_key" {
  command = plan

  assert {
    condition     = one(one(one(google_secret_manager_secret.default["airlock-deidentification-key"].replication).user_managed).replicas).location == "europe-west4"
    error_message = "the secret is in one region"
  }
  assert {
    condition     = one(one(one(one(google_secret_manager_secret.default["airlock-deidentification-key"].replication).user_managed).replicas).customer_managed_encryption).kms_key_name == google_kms_crypto_key.default["platform"].id
    error_message = "the secret is encrypted with the given key"
  }
}

run "only_the_named_read_a_secret" {
  command = plan

  assert {
    condition     = { for key, binding in google_secret_manager_secret_iam_binding.default : key => binding.members } == { "airlock-deidentification-key roles/secretmanager.secretAccessor" = toset(["serviceAccount:airlock-deidentify@hospital.iam.gserviceaccount.com"]) }
    error_message = "the named read the secret, and nobody else"
  }
}

run "keys_that_rotate_less_than_every_ninety_days_are_refused" {
  command = plan

  variables {
    rotation_days = 91
  }

  expect_failures = [var.rotation_days]
}

run "an_unknown_protection_is_refused" {
  command = plan

  variables {
    protection_level = "PAPER"
  }

  expect_failures = [var.protection_level]
}
