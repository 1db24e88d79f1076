resource "google_cloud_scheduler_job" "ticks" {
  project     = var.project_id
  region      = var.region
  name        = var.name
  description = "Lets the series that are complete be closed, and results be asked for."
  schedule    = var.schedule
  time_zone   = "Etc/UTC"
  paused      = var.paused

  pubsub_target {
    topic_name = var.topic
    # The time is that of publication: shared/notifications.py.
    data = base64encode("tick")
  }

  retry_config {
    retry_count          = 3
    min_backoff_duration = "5s"
    max_backoff_duration = "20s"
  }
}
