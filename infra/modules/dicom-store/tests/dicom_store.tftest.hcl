# A DICOM store tells of every instance, and its senders reach no other store.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project_id = "hospital"
  region     = "europe-west4"
  name       = "airlock"
  topic      = "projects/hospital/topics/airlock-arrivals"
  kms_key    = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/clinical"
  stores     = { radiology = { senders = ["serviceAccount:dimse@hospital.iam.gserviceaccount.com"] }, research = {} }
  iam        = { "roles/healthcare.dicomViewer" = ["serviceAccount:airlock-validate@hospital.iam.gserviceaccount.com"] }
}

run "every_instance_is_told" {
  command = plan

  assert {
    condition     = alltrue([for store in google_healthcare_dicom_store.default : store.notification_config[0].pubsub_topic == var.topic && store.notification_config[0].send_for_bulk_import])
    error_message = "stored and imported instances are told"
  }
}

run "the_dataset_is_encrypted_with_the_given_key" {
  command = plan

  assert {
    condition     = google_healthcare_dataset.default.encryption_spec[0].kms_key_name == var.kms_key
    error_message = "instances are encrypted with the given key"
  }
}

run "senders_reach_their_own_store" {
  command = plan

  assert {
    condition = { for key, binding in google_healthcare_dicom_store_iam_binding.default : key => binding.members } == {
      "radiology roles/healthcare.dicomEditor" = toset(["serviceAccount:dimse@hospital.iam.gserviceaccount.com"])
      "radiology roles/healthcare.dicomViewer" = toset(["serviceAccount:airlock-validate@hospital.iam.gserviceaccount.com"])
      "research roles/healthcare.dicomViewer"  = toset(["serviceAccount:airlock-validate@hospital.iam.gserviceaccount.com"])
    }
    error_message = "a sender stores in its own store, and stages reach all"
  }
}

run "anonymous_senders_are_refused" {
  command = plan

  variables {
    stores = { radiology = { senders = ["allUsers"] } }
  }

  expect_failures = [var.stores]
}

run "everybody_as_a_reader_is_refused" {
  command = plan

  variables {
    iam = { "roles/healthcare.dicomViewer" = ["allAuthenticatedUsers"] }
  }

  expect_failures = [var.iam]
}
