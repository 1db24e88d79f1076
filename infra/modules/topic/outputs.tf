output "id" {
  description = "The topic's resource name, once its publishers may publish."
  value       = "projects/${var.project_id}/topics/${var.name}"
  depends_on = [
    google_pubsub_topic.default,
    google_pubsub_topic_iam_binding.publishers,
  ]
}

output "name" {
  description = "The topic's name."
  value       = google_pubsub_topic.default.name
}
