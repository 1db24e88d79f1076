output "deployer" {
  description = "The identity that runs Terraform."
  value       = google_service_account.deployer.email
}

output "registry" {
  description = "Where images are pushed to and pulled from, once they may be."
  value       = local.registry
  depends_on = [
    google_artifact_registry_repository_iam_binding.reader,
    google_artifact_registry_repository_iam_binding.writer,
  ]
}
