resource "google_service_account" "push" {
  project      = var.project.id
  account_id   = "${local.service}-push"
  display_name = "Airlock ${var.name}, push"
  description  = "Signs the pushes to ${var.name}, which nobody else may call."
}

resource "google_cloud_run_v2_service_iam_binding" "invoker" {
  project  = var.project.id
  location = var.region
  name     = google_cloud_run_v2_service.default.name
  role     = "roles/run.invoker"
  members  = [google_service_account.push.member]
}

resource "google_service_account_iam_binding" "push_token" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  members            = [local.agent]
}

resource "google_pubsub_subscription" "work" {
  for_each = var.hears

  project                    = var.project.id
  name                       = "${local.service}-${each.key}"
  topic                      = each.value
  labels                     = var.labels
  ack_deadline_seconds       = var.delivery.ack_deadline
  message_retention_duration = var.retention

  push_config {
    push_endpoint = google_cloud_run_v2_service.default.uri

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = local.audience
    }
  }

  retry_policy {
    minimum_backoff = "${var.delivery.backoff.minimum}s"
    maximum_backoff = "${var.delivery.backoff.maximum}s"
  }

  expiration_policy {
    ttl = ""
  }

  dynamic "dead_letter_policy" {
    for_each = google_pubsub_topic.dead_letters
    content {
      dead_letter_topic     = dead_letter_policy.value.id
      max_delivery_attempts = var.delivery.attempts
    }
  }

  depends_on = [
    google_cloud_run_v2_service_iam_binding.invoker,
    google_pubsub_topic_iam_binding.dead_letters,
    google_service_account_iam_binding.push_token,
  ]
}
