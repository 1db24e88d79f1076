# Who publishes to a topic is known, and where its messages lie.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project_id = "hospital"
  name       = "airlock-arrivals"
  regions    = ["europe-west4"]
  kms_key    = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/platform"
  publishers = ["serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"]
}

run "only_the_named_publish" {
  command = plan

  assert {
    condition     = google_pubsub_topic_iam_binding.publishers.members == var.publishers && google_pubsub_topic_iam_binding.publishers.role == "roles/pubsub.publisher"
    error_message = "the named publish, and nobody else"
  }
}

run "messages_stay_in_the_region_under_the_given_key" {
  command = plan

  assert {
    condition     = google_pubsub_topic.default.message_storage_policy[0].allowed_persistence_regions == toset(["europe-west4"]) && google_pubsub_topic.default.message_storage_policy[0].enforce_in_transit
    error_message = "messages do not leave the region"
  }
  assert {
    condition     = google_pubsub_topic.default.kms_key_name == var.kms_key
    error_message = "messages are encrypted with the given key"
  }
}

run "everybody_as_a_publisher_is_refused" {
  command = plan

  variables {
    publishers = ["allUsers"]
  }

  expect_failures = [var.publishers]
}
