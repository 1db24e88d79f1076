locals {
  outcomes = ["handled", "duplicate", "irrelevant", "failed", "retry", "refused", "unfit"]
  # Cloud Run names its service in every line: lines of another installation in the project are not counted.
  lines    = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^${var.prefix}-[a-z]+$\""
  channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  counted = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.outcomes.name}\" AND resource.type = \"cloud_run_revision\""
  taken   = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.duration.name}\" AND resource.type = \"cloud_run_revision\""
  waiting = "metric.type = \"logging.googleapis.com/user/${google_logging_metric.waiting.name}\" AND resource.type = \"cloud_run_revision\""
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.emails

  project      = var.project.id
  display_name = "Airlock ${each.key}"
  type         = "email"
  labels       = { email_address = each.value }
}

resource "google_logging_metric" "outcomes" {
  project     = var.project.id
  name        = "${var.prefix}/outcomes"
  description = "Deliveries by stage, outcome and code: one line each."
  filter      = "${local.lines} AND jsonPayload.message=(${join(" OR ", [for outcome in local.outcomes : "\"${outcome}\""])})"

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "INT64"
    unit         = "1"
    display_name = "Airlock outcomes"

    labels {
      key         = "stage"
      description = "The stage."
    }
    labels {
      key         = "outcome"
      description = "What became of the delivery."
    }
    labels {
      key         = "code"
      description = "The error's stable code, where there is one."
    }
    labels {
      key         = "event_type"
      description = "The event's type, where it could be decoded."
    }
  }

  label_extractors = {
    stage      = "EXTRACT(jsonPayload.stage)"
    outcome    = "EXTRACT(jsonPayload.message)"
    code       = "EXTRACT(jsonPayload.code)"
    event_type = "EXTRACT(jsonPayload.event_type)"
  }
}

resource "google_logging_metric" "duration" {
  project         = var.project.id
  name            = "${var.prefix}/duration"
  description     = "How long handling took, in milliseconds, by stage."
  filter          = "${local.lines} AND jsonPayload.message=\"handled\""
  value_extractor = "EXTRACT(jsonPayload.duration_ms)"

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "DISTRIBUTION"
    unit         = "ms"
    display_name = "Airlock durations"

    labels {
      key         = "stage"
      description = "The stage."
    }
  }

  label_extractors = { stage = "EXTRACT(jsonPayload.stage)" }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 20
      growth_factor      = 2
      scale              = 1
    }
  }
}

resource "google_logging_metric" "waiting" {
  project         = var.project.id
  name            = "${var.prefix}/waiting"
  description     = "How long the oldest series has waited to be complete or for the rules, in seconds, each minute."
  filter          = "${local.lines} AND jsonPayload.message=\"waiting\""
  value_extractor = "EXTRACT(jsonPayload.oldest_seconds)"

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "DISTRIBUTION"
    unit         = "s"
    display_name = "Airlock's oldest waiting series"
  }

  # Ten minutes each, for a day: the threshold is a bound of one.
  bucket_options {
    linear_buckets {
      num_finite_buckets = 144
      width              = 600
      offset             = 0
    }
  }
}
