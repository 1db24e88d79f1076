locals {
  agent = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_bigquery_dataset" "default" {
  project                         = var.project.id
  dataset_id                      = replace("${var.prefix}_audit", "-", "_")
  location                        = var.region
  description                     = "What happened, event by event; references only, never an attribute of a patient."
  labels                          = var.labels
  default_partition_expiration_ms = var.retention_days * 86400000
  delete_contents_on_destroy      = !var.deletion_protection

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key[*]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }
}

resource "google_bigquery_table" "events" {
  #checkov:skip=CKV_GCP_121:A variable decides; production protects it, and a test holds that.
  project                  = var.project.id
  dataset_id               = google_bigquery_dataset.default.dataset_id
  table_id                 = "events"
  description              = "One row for each event, as Pub/Sub delivered it; at least once."
  labels                   = var.labels
  deletion_protection      = var.deletion_protection
  require_partition_filter = true
  clustering               = ["message_id"]

  time_partitioning {
    type          = "DAY"
    field         = "publish_time"
    expiration_ms = var.retention_days * 86400000
  }

  dynamic "encryption_configuration" {
    for_each = var.kms_key[*]
    content {
      kms_key_name = encryption_configuration.value
    }
  }

  schema = jsonencode([
    { name = "subscription_name", type = "STRING", mode = "NULLABLE", description = "The subscription that wrote the row." },
    { name = "message_id", type = "STRING", mode = "REQUIRED", description = "The message's id; rows that share it are one event." },
    { name = "publish_time", type = "TIMESTAMP", mode = "REQUIRED", description = "When the event was published." },
    { name = "attributes", type = "JSON", mode = "NULLABLE", description = "The message's attributes; `type` is the event's." },
    { name = "data", type = "JSON", mode = "NULLABLE", description = "The event." },
  ])
}

resource "google_bigquery_table_iam_binding" "writer" {
  project    = var.project.id
  dataset_id = google_bigquery_table.events.dataset_id
  table_id   = google_bigquery_table.events.table_id
  role       = "roles/bigquery.dataEditor"
  members    = [local.agent]
}

resource "google_bigquery_dataset_iam_binding" "readers" {
  count = length(var.readers) > 0 ? 1 : 0

  project    = var.project.id
  dataset_id = google_bigquery_dataset.default.dataset_id
  role       = "roles/bigquery.dataViewer"
  members    = var.readers
}

resource "google_pubsub_topic" "dead_letters" {
  project      = var.project.id
  name         = "${var.prefix}-audit-dead-letters"
  kms_key_name = var.kms_key
  labels       = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

resource "google_pubsub_topic_iam_binding" "dead_letters" {
  project = var.project.id
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  members = [local.agent]
}

resource "google_pubsub_subscription" "dead_letters_kept" {
  project                    = var.project.id
  name                       = "${var.prefix}-audit-dead-letters-kept"
  topic                      = google_pubsub_topic.dead_letters.id
  labels                     = var.labels
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription" "bigquery" {
  project                    = var.project.id
  name                       = "${var.prefix}-audit-bigquery"
  topic                      = var.topic
  labels                     = var.labels
  message_retention_duration = "2678400s"

  bigquery_config {
    table          = "${google_bigquery_table.events.project}.${google_bigquery_table.events.dataset_id}.${google_bigquery_table.events.table_id}"
    write_metadata = true
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = 20
  }

  expiration_policy {
    ttl = ""
  }

  depends_on = [
    google_bigquery_table_iam_binding.writer,
    google_pubsub_topic_iam_binding.dead_letters,
  ]
}

resource "google_pubsub_subscription_iam_binding" "forwarded" {
  project      = var.project.id
  subscription = google_pubsub_subscription.bigquery.name
  role         = "roles/pubsub.subscriber"
  members      = [local.agent]
}
