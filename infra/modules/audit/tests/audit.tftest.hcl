# The record is complete, kept, and nobody's to change.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

# Identifiers that only Google would know.
override_resource {
  target          = google_pubsub_topic.dead_letters
  values          = { id = "projects/hospital/topics/airlock-audit-dead-letters" }
  override_during = plan
}

variables {
  project = { id = "hospital", number = "123456789012" }
  region  = "europe-west4"
  prefix  = "airlock"
  topic   = "projects/hospital/topics/airlock-audit"
  kms_key = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/platform"
  readers = ["group:auditors@hospital.example"]
}

run "events_are_kept_by_the_day_for_six_years" {
  command = plan

  assert {
    condition     = google_bigquery_table.events.time_partitioning[0].type == "DAY" && google_bigquery_table.events.time_partitioning[0].expiration_ms == 189388800000
    error_message = "partitions of a day, kept for 2192 days"
  }
  assert {
    condition     = google_bigquery_table.events.require_partition_filter && google_bigquery_table.events.deletion_protection
    error_message = "no query reads all of it by accident, and nobody deletes it"
  }
}

run "no_event_is_lost_on_the_way" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.bigquery.expiration_policy[0].ttl == "" && google_pubsub_subscription.dead_letters_kept.expiration_policy[0].ttl == ""
    error_message = "the record's subscriptions never expire"
  }
  assert {
    condition     = google_pubsub_subscription.bigquery.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letters.id
    error_message = "what BigQuery refuses is kept"
  }
  assert {
    condition     = google_pubsub_topic_iam_binding.dead_letters.members == toset([local.agent]) && google_pubsub_subscription_iam_binding.forwarded.members == toset([local.agent])
    error_message = "Pub/Sub may forward what BigQuery refuses"
  }
}

run "only_pubsub_writes_and_only_the_named_read" {
  command = plan

  assert {
    condition     = google_bigquery_table_iam_binding.writer.role == "roles/bigquery.dataEditor" && google_bigquery_table_iam_binding.writer.members == toset(["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub, and nobody else, writes the record"
  }
  assert {
    condition     = google_bigquery_dataset_iam_binding.readers[0].role == "roles/bigquery.dataViewer" && google_bigquery_dataset_iam_binding.readers[0].members == toset(["group:auditors@hospital.example"])
    error_message = "the named read the record"
  }
}

run "the_record_is_encrypted_with_the_given_key" {
  command = plan

  assert {
    condition     = google_bigquery_table.events.encryption_configuration[0].kms_key_name == var.kms_key && google_bigquery_dataset.default.default_encryption_configuration[0].kms_key_name == var.kms_key && google_pubsub_topic.dead_letters.kms_key_name == var.kms_key
    error_message = "the record is encrypted with the given key"
  }
}

run "a_public_record_is_refused" {
  command = plan

  variables {
    readers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.readers]
}

run "a_record_of_days_is_refused" {
  command = plan

  variables {
    retention_days = 7
  }

  expect_failures = [var.retention_days]
}
