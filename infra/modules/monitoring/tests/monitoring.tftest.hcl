# What people are told of, and by which line of the log.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project = { id = "hospital", number = "123456789012" }
  prefix  = "airlock"
  emails  = { operations = "ops@hospital.example" }
  budget  = { billing_account = "000000-AAAAAA-000000", monthly = 500 }
}

run "outcome_lines_are_counted" {
  command = plan

  assert {
    condition     = strcontains(google_logging_metric.outcomes.filter, "jsonPayload.message=(\"handled\" OR \"duplicate\" OR \"irrelevant\" OR \"failed\" OR \"retry\" OR \"refused\" OR \"unfit\")")
    error_message = "each outcome of the runtime is counted"
  }
  assert {
    condition     = google_logging_metric.outcomes.label_extractors == tomap({ stage = "EXTRACT(jsonPayload.stage)", outcome = "EXTRACT(jsonPayload.message)", code = "EXTRACT(jsonPayload.code)", event_type = "EXTRACT(jsonPayload.event_type)" })
    error_message = "by stage, outcome, code and event"
  }
  assert {
    condition     = strcontains(google_logging_metric.outcomes.filter, "resource.labels.service_name=~\"^airlock-[a-z]+$\"")
    error_message = "another installation's lines are not counted"
  }
}

run "people_are_told_of_what_is_stuck_or_lost" {
  command = plan

  assert {
    condition     = keys(google_monitoring_alert_policy.thresholds) == ["dead-letter-age", "dead-letter-depth", "exceptions", "refused", "waiting"]
    error_message = "dead letters by depth and age, exceptions, refusals, series that wait"
  }
  assert {
    condition     = length(google_monitoring_alert_policy.stuck.conditions) == 3
    error_message = "no tick in one of the two stages, or endless redelivery"
  }
  assert {
    condition     = alltrue([for alert in concat(values(google_monitoring_alert_policy.thresholds), [google_monitoring_alert_policy.stuck]) : endswith(alert.documentation[0].content, "\n\nRunbook: docs/how-to/runbooks.md#${replace(split(": ", alert.display_name)[1], " ", "-")}")])
    error_message = "an alert names its section of the runbooks"
  }
  assert {
    condition     = google_billing_budget.default[0].amount[0].specified_amount[0].units == "500"
    error_message = "the budget is as given"
  }
}

run "a_series_that_waits_for_too_long_is_told_of" {
  command = plan

  variables {
    thresholds = { waiting_minutes = 90 }
  }

  assert {
    condition     = google_logging_metric.waiting.value_extractor == "EXTRACT(jsonPayload.oldest_seconds)" && strcontains(google_logging_metric.waiting.filter, "jsonPayload.message=\"waiting\"")
    error_message = "the age is that of the line which assemble writes each minute"
  }
  assert {
    condition     = google_monitoring_alert_policy.thresholds["waiting"].conditions[0].condition_threshold[0].filter == "metric.type = \"logging.googleapis.com/user/airlock/waiting\" AND resource.type = \"cloud_run_revision\""
    error_message = "the alert is about that age"
  }
  assert {
    condition     = google_monitoring_alert_policy.thresholds["waiting"].conditions[0].condition_threshold[0].threshold_value == 5400
    error_message = "after the minutes that are given"
  }
  assert {
    condition     = 5400 % google_logging_metric.waiting.bucket_options[0].linear_buckets[0].width == 0
    error_message = "the threshold is a bound of what is measured"
  }
}

run "an_age_that_is_not_measured_is_refused" {
  command = plan

  variables {
    thresholds = { waiting_minutes = 45 }
  }

  expect_failures = [var.thresholds]
}

run "a_paused_clock_is_no_alert" {
  command = plan

  variables {
    ticking = false
  }

  assert {
    condition     = length(google_monitoring_alert_policy.stuck.conditions) == 1
    error_message = "where no tick comes, none is missed"
  }
}

run "the_objectives_are_shares" {
  command = plan

  assert {
    condition     = google_monitoring_slo.handled.goal == 0.995 && google_monitoring_slo.swift.goal == 0.99
    error_message = "the goals are as given"
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.default.dashboard_json).mosaicLayout.tiles) == 9
    error_message = "the dashboard has its charts"
  }
}

run "a_goal_of_everything_is_refused" {
  command = plan

  variables {
    objectives = { handled = 1 }
  }

  expect_failures = [var.objectives]
}

run "an_alert_after_the_messages_are_gone_is_refused" {
  command = plan

  variables {
    thresholds = { dead_letter_days = 31 }
  }

  expect_failures = [var.thresholds]
}

run "what_is_no_address_is_refused" {
  command = plan

  variables {
    emails = { operations = "the ops team" }
  }

  expect_failures = [var.emails]
}
