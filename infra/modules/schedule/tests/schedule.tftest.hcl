# The clock says what the code hears.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project_id = "hospital"
  region     = "europe-west4"
  name       = "airlock-ticks"
  topic      = "projects/hospital/topics/airlock-ticks"
}

run "a_tick_comes_each_minute" {
  command = plan

  assert {
    condition     = google_cloud_scheduler_job.ticks.schedule == "* * * * *" && google_cloud_scheduler_job.ticks.paused == false
    error_message = "each minute"
  }
  assert {
    condition     = base64decode(google_cloud_scheduler_job.ticks.pubsub_target[0].data) == "tick"
    error_message = "the message is what the code takes for a tick"
  }
}

run "what_is_no_crontab_is_refused" {
  command = plan

  variables {
    schedule = "every minute"
  }

  expect_failures = [var.schedule]
}
