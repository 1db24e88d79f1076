output "dead_letter_topic" {
  description = "The name of the topic of the stage's dead letters; null for quarantine."
  value       = one(google_pubsub_topic.dead_letters[*].name)
}

output "push" {
  description = "Where and as whom messages are pushed to the stage, once they may be."
  value = {
    endpoint      = google_cloud_run_v2_service.default.uri
    audience      = local.audience
    push_identity = google_service_account.push.email
  }
  depends_on = [
    google_cloud_run_v2_service_iam_binding.invoker,
    google_service_account_iam_binding.push_token,
  ]
}

output "service" {
  description = "The Cloud Run service's name."
  value       = google_cloud_run_v2_service.default.name
}

output "subscriptions" {
  description = "The names of the stage's own subscriptions by topic."
  value       = { for topic, subscription in google_pubsub_subscription.work : topic => subscription.name }
  depends_on  = [google_pubsub_subscription_iam_binding.forwarded]
}
