output "table" {
  description = "The table of events, once it is written to."
  value       = "${google_bigquery_table.events.project}.${google_bigquery_table.events.dataset_id}.${google_bigquery_table.events.table_id}"
  depends_on  = [google_pubsub_subscription_iam_binding.forwarded]
}
