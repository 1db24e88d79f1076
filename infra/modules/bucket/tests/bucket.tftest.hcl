# A bucket is never public, forgets nothing at once, and tells of uploads alone.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project_id    = "hospital"
  name          = "hospital-airlock-clinical"
  location      = "europe-west4"
  kms_key       = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/clinical"
  iam           = { "roles/storage.objectViewer" = ["serviceAccount:airlock-validate@hospital.iam.gserviceaccount.com"] }
  adders        = { "intake/" = ["group:uploads@hospital.example"] }
  notifications = { arrivals = { topic = "projects/hospital/topics/airlock-arrivals", prefix = "intake/" } }
}

run "a_bucket_is_never_public" {
  command = plan

  assert {
    condition     = google_storage_bucket.default.public_access_prevention == "enforced" && google_storage_bucket.default.uniform_bucket_level_access
    error_message = "public access is prevented, and no object has permissions of its own"
  }
}

run "a_bucket_is_encrypted_with_the_given_key" {
  command = plan

  assert {
    condition     = google_storage_bucket.default.encryption[0].default_kms_key_name == var.kms_key
    error_message = "new objects are encrypted with the given key"
  }
}

run "what_is_deleted_can_be_restored" {
  command = plan

  assert {
    condition     = google_storage_bucket.default.versioning[0].enabled && google_storage_bucket.default.soft_delete_policy[0].retention_duration_seconds == 604800
    error_message = "versions and a week of soft deletion"
  }
  assert {
    condition     = google_storage_bucket.default.force_destroy == false
    error_message = "a bucket with objects is not destroyed"
  }
}

run "uploads_are_told_and_nothing_else" {
  command = plan

  assert {
    condition     = google_storage_notification.arrivals["arrivals"].event_types == toset(["OBJECT_FINALIZE"]) && google_storage_notification.arrivals["arrivals"].object_name_prefix == "intake/"
    error_message = "new objects under intake/ are told"
  }
  assert {
    condition     = google_storage_notification.arrivals["arrivals"].payload_format == "NONE"
    error_message = "a notification carries no metadata of the object"
  }
}

run "senders_add_where_uploads_arrive_and_nowhere_else" {
  command = plan

  assert {
    condition     = google_storage_bucket_iam_binding.adders["intake/"].role == "roles/storage.objectCreator"
    error_message = "senders neither read nor replace"
  }
  assert {
    condition     = google_storage_bucket_iam_binding.adders["intake/"].condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/hospital-airlock-clinical/objects/intake/\")"
    error_message = "senders reach intake/ alone"
  }
}

run "retention_can_be_locked" {
  command = plan

  variables {
    retention         = { days = 30, locked = true }
    colder_after_days = { NEARLINE = 30 }
  }

  assert {
    condition     = google_storage_bucket.default.retention_policy[0].retention_period == 2592000 && google_storage_bucket.default.retention_policy[0].is_locked
    error_message = "retention is in seconds, and locked where asked"
  }
  assert {
    condition     = anytrue([for rule in google_storage_bucket.default.lifecycle_rule : one(rule.action).storage_class == "NEARLINE" && one(rule.condition).age == 30])
    error_message = "objects go to colder storage"
  }
}

run "everybody_as_a_reader_is_refused" {
  command = plan

  variables {
    iam = { "roles/storage.objectViewer" = ["allUsers"] }
  }

  expect_failures = [var.iam]
}

run "anonymous_senders_are_refused" {
  command = plan

  variables {
    adders = { "intake/" = ["allAuthenticatedUsers"] }
  }

  expect_failures = [var.adders]
}

run "a_soft_deletion_that_cloud_storage_has_not_is_refused" {
  command = plan

  variables {
    soft_delete_days = 3
  }

  expect_failures = [var.soft_delete_days]
}

run "a_warmer_class_is_refused" {
  command = plan

  variables {
    colder_after_days = { STANDARD = 1 }
  }

  expect_failures = [var.colder_after_days]
}

run "a_folder_without_its_slash_is_refused" {
  command = plan

  variables {
    adders = { "intake" = ["group:uploads@hospital.example"] }
  }

  expect_failures = [var.adders]
}
