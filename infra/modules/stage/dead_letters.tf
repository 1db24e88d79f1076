# A stage has dead letters unless it is the one that records them.
resource "google_pubsub_topic" "dead_letters" {
  count = var.quarantine == null ? 0 : 1

  project      = var.project.id
  name         = "${local.service}-dead-letters"
  kms_key_name = var.kms_key
  labels       = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

resource "google_pubsub_topic_iam_binding" "dead_letters" {
  count = length(google_pubsub_topic.dead_letters)

  project = var.project.id
  topic   = google_pubsub_topic.dead_letters[0].name
  role    = "roles/pubsub.publisher"
  members = [local.agent]
}

resource "google_pubsub_subscription_iam_binding" "forwarded" {
  for_each = var.quarantine == null ? {} : var.hears

  project      = var.project.id
  subscription = google_pubsub_subscription.work[each.key].name
  role         = "roles/pubsub.subscriber"
  members      = [local.agent]
}

# The messages themselves, for a month, whatever becomes of quarantine.
resource "google_pubsub_subscription" "dead_letters_kept" {
  count = length(google_pubsub_topic.dead_letters)

  project                    = var.project.id
  name                       = "${local.service}-dead-letters-kept"
  topic                      = google_pubsub_topic.dead_letters[0].id
  labels                     = var.labels
  ack_deadline_seconds       = var.delivery.ack_deadline
  message_retention_duration = var.retention

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription" "dead_letters_recorded" {
  count = length(google_pubsub_topic.dead_letters)

  project                    = var.project.id
  name                       = "${var.prefix}-quarantine-${var.name}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters[0].id
  labels                     = var.labels
  ack_deadline_seconds       = var.delivery.ack_deadline
  message_retention_duration = var.retention

  push_config {
    push_endpoint = var.quarantine.endpoint

    oidc_token {
      service_account_email = var.quarantine.push_identity
      audience              = var.quarantine.audience
    }
  }

  retry_policy {
    minimum_backoff = "${var.delivery.backoff.minimum}s"
    maximum_backoff = "${var.delivery.backoff.maximum}s"
  }

  expiration_policy {
    ttl = ""
  }
}
