# Whom a stage tells of what, and where they read what to do.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project     = { id = "hospital", number = "123456789012" }
  region      = "europe-west4"
  prefix      = "airlock"
  name        = "deidentify"
  description = "Removes the identity."
  image       = "registry.example/airlock@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  identity    = "airlock-deidentify@hospital.iam.gserviceaccount.com"
  hears       = { shards = "projects/hospital/topics/airlock-shards" }
  delivery    = { attempts = 8, ack_deadline = 600, backoff = { minimum = 10, maximum = 600 } }
  size        = { cpu = 2, memory = "4Gi", concurrency = 1, instances = { min = 0, max = 60 } }
  environment = { AIRLOCK_PREFIX = "airlock" }
  quarantine = {
    endpoint      = "https://quarantine.example"
    audience      = "airlock-quarantine.push"
    push_identity = "airlock-quarantine-push@hospital.iam.gserviceaccount.com"
  }
}

run "people_are_told_of_dead_letters_backlog_and_push_errors" {
  command = plan

  assert {
    condition     = keys(google_monitoring_alert_policy.default) == ["backlog", "dead-letters", "push-errors"]
    error_message = "a stage has its three alerts"
  }
  assert {
    condition     = strcontains(google_monitoring_alert_policy.default["dead-letters"].conditions[0].condition_threshold[0].filter, "\"airlock-deidentify-shards\"")
    error_message = "the alerts are about the stage's own subscriptions"
  }
}

run "an_alert_names_its_runbook" {
  command = plan

  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.default : endswith(alert.documentation[0].content, "\n\nRunbook: docs/how-to/runbooks.md#${replace(split(": ", alert.display_name)[1], " ", "-")}")])
    error_message = "the section of the runbooks has the alert's name"
  }
}
