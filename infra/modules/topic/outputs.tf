output "id" {
  description = "The topic's resource name, once its publishers may publish."
  value       = google_pubsub_topic.default.id
  depends_on  = [google_pubsub_topic_iam_binding.publishers]
}

output "name" {
  description = "The topic's name."
  value       = google_pubsub_topic.default.name
}
