output "address" {
  description = "The address to which the domain's record points; null without a domain."
  value       = one(google_compute_global_address.default[*].address)
}

output "url" {
  description = "Where people open the console, once they may."
  value       = var.domain == null ? google_cloud_run_v2_service.default.uri : "https://${var.domain}"
  depends_on = [
    google_cloud_run_v2_service_iam_binding.invoker,
    google_iap_web_cloud_run_service_iam_binding.people,
  ]
}
