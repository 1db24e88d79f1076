output "channels" {
  description = "The notification channels, for the alerts of others."
  value       = local.channels
}

output "dashboard" {
  description = "The dashboard's resource name."
  value       = google_monitoring_dashboard.default.id
}
