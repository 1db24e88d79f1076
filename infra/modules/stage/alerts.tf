locals {
  _subscriptions = concat(
    [for topic in keys(var.hears) : "${local.service}-${topic}"],
    google_pubsub_subscription.dead_letters_recorded[*].name,
  )
  _these = join(", ", [for name in local._subscriptions : "\"${name}\""])
  _of    = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = one_of(${local._these})"

  alerts = {
    for name, alert in {
      "dead-letters" = {
        title     = "dead letters"
        metric    = "pubsub.googleapis.com/subscription/dead_letter_message_count"
        where     = ""
        aligner   = "ALIGN_DELTA"
        threshold = 0
        duration  = "0s"
        severity  = "ERROR"
        what      = "Messages of this stage used up their ${var.delivery.attempts} attempts. Quarantine records each as an exception: list them, mend the cause, retry them."
      }
      "backlog" = {
        title     = "oldest message"
        metric    = "pubsub.googleapis.com/subscription/oldest_unacked_message_age"
        where     = ""
        aligner   = "ALIGN_MAX"
        threshold = var.alerts.oldest_message_minutes * 60
        duration  = "300s"
        severity  = "WARNING"
        what      = "A message has been waiting for longer than ${var.alerts.oldest_message_minutes} minutes. Look at the stage's log for `retry` lines and their code, then at its instances' limit."
      }
      "push-errors" = {
        title     = "push errors"
        metric    = "pubsub.googleapis.com/subscription/push_request_count"
        where     = " AND metric.labels.response_class != \"ack\""
        aligner   = "ALIGN_DELTA"
        threshold = var.alerts.push_errors
        duration  = "600s"
        severity  = "WARNING"
        what      = "More than ${var.alerts.push_errors} pushes in five minutes were not acknowledged, for ten minutes. 401 means a wrong push identity, 503 a stage that asks for redelivery: its log says why."
      }
    } : name => alert if name != "dead-letters" || var.quarantine != null
  }
}

resource "google_monitoring_alert_policy" "default" {
  for_each = local.alerts

  project               = var.project.id
  display_name          = "${local.service}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.alerts.channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = "metric.type = \"${each.value.metric}\" AND ${local._of}${each.value.where}"
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = each.value.duration

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.aligner == "ALIGN_MAX" ? "REDUCE_MAX" : "REDUCE_SUM"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = "Airlock ${var.name}: ${each.value.title}"
    content   = "${each.value.what}\n\nRunbook: docs/how-to/runbooks.md#${replace(each.value.title, " ", "-")}"
    mime_type = "text/markdown"
  }
}
