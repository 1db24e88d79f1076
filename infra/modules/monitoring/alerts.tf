locals {
  _kept = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = monitoring.regex.full_match(\"${var.prefix}-[a-z]+-dead-letters-kept\")"

  thresholds = {
    "dead-letter-depth" = {
      title     = "dead letters are kept"
      filter    = "metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND ${local._kept}"
      aligner   = "ALIGN_MAX"
      reducer   = "REDUCE_SUM"
      group     = ["resource.label.subscription_id"]
      threshold = var.thresholds.dead_letters
      duration  = "300s"
      severity  = "WARNING"
      what      = "Dead letters lie in the subscription that keeps them. When their exceptions are closed, acknowledge them: `gcloud pubsub subscriptions seek NAME --time=NOW`."
    }
    "dead-letter-age" = {
      title     = "dead letters grow old"
      filter    = "metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND ${local._kept}"
      aligner   = "ALIGN_MAX"
      reducer   = "REDUCE_MAX"
      group     = ["resource.label.subscription_id"]
      threshold = var.thresholds.dead_letter_days * 86400
      duration  = "300s"
      severity  = "ERROR"
      what      = "A dead letter has been kept for ${var.thresholds.dead_letter_days} days; after 31 it is gone. Its exception is in the ledger: retry or archive it, then acknowledge the message."
    }
    "exceptions" = {
      title     = "exceptions"
      filter    = "${local.counted} AND metric.labels.outcome = \"failed\""
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      group     = ["metric.label.stage", "metric.label.code"]
      threshold = var.thresholds.exceptions
      duration  = "0s"
      severity  = "ERROR"
      what      = "More than ${var.thresholds.exceptions} messages failed for good within an hour, of the stage and with the code that the labels name. Look the code up in docs/reference/errors.md."
    }
    "refused" = {
      title     = "refused or unfit"
      filter    = "${local.counted} AND metric.labels.outcome = one_of(\"refused\", \"unfit\")"
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      group     = ["metric.label.stage", "metric.label.code"]
      threshold = 0
      duration  = "0s"
      severity  = "CRITICAL"
      what      = "A request without the push identity's token was refused, or a stage lacks a setting. Nothing is lost: messages come again."
    }
    "waiting" = {
      title     = "series wait"
      filter    = local.waiting
      period    = "300s"
      aligner   = "ALIGN_PERCENTILE_99"
      reducer   = "REDUCE_MAX"
      group     = []
      threshold = var.thresholds.waiting_minutes * 60
      duration  = "0s"
      severity  = "ERROR"
      what      = "The oldest series has waited for ${var.thresholds.waiting_minutes} minutes to be complete or for the rules, and no exception says why."
    }
  }
}

resource "google_monitoring_alert_policy" "thresholds" {
  for_each = local.thresholds

  project               = var.project.id
  display_name          = "${var.prefix}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = var.labels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = each.value.duration

      aggregations {
        alignment_period     = try(each.value.period, "3600s")
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
        group_by_fields      = each.value.group
      }
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    subject   = "Airlock: ${each.value.title}"
    content   = "${each.value.what}\n\nRunbook: docs/how-to/runbooks.md#${replace(each.value.title, " ", "-")}"
    mime_type = "text/markdown"
  }
}

# Series stand still where no minute is handled, or where work comes again and again.
resource "google_monitoring_alert_policy" "stuck" {
  project               = var.project.id
  display_name          = "${var.prefix}: series are stuck"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.channels
  user_labels           = var.labels

  dynamic "conditions" {
    for_each = var.ticking ? ["assemble", "retrieve"] : []
    content {
      display_name = "no minute was handled by ${conditions.value}"

      condition_absent {
        filter   = "${local.counted} AND metric.labels.stage = \"${conditions.value}\" AND metric.labels.outcome = \"handled\" AND metric.labels.event_type = \"TickElapsed\""
        duration = "900s"

        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  conditions {
    display_name = "work comes again and again"

    condition_threshold {
      filter          = "${local.counted} AND metric.labels.outcome = \"retry\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "${var.thresholds.stuck_minutes * 60}s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.label.stage", "metric.label.code"]
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject   = "Airlock: series are stuck"
    content   = "Either no tick is handled, so that no series is closed: look at the scheduler's job and at the stage's log. Or one code has led to redeliveries for ${var.thresholds.stuck_minutes} minutes: look it up in docs/reference/errors.md.\n\nRunbook: docs/how-to/runbooks.md#series-are-stuck"
    mime_type = "text/markdown"
  }
}

resource "google_billing_budget" "default" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = var.prefix

  budget_filter {
    projects = ["projects/${var.project.number}"]
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.monthly)
    }
  }

  dynamic "threshold_rules" {
    for_each = { "0.5" = "CURRENT_SPEND", "0.9" = "CURRENT_SPEND", "1.0" = "FORECASTED_SPEND" }
    content {
      threshold_percent = tonumber(threshold_rules.key)
      spend_basis       = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = local.channels
    disable_default_iam_recipients   = false
  }
}
