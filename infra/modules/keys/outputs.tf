output "keys" {
  description = "The keys' resource names by name, once they may be used."
  value = {
    for name in keys(var.keys) :
    name => "projects/${var.project_id}/locations/${var.region}/keyRings/${var.ring}/cryptoKeys/${name}"
  }
  depends_on = [
    google_kms_crypto_key.default,
    google_kms_crypto_key_iam_binding.default,
  ]
}

output "secrets" {
  description = "The secrets' resource names by name, once they may be read. Their values are added by people, never by Terraform."
  value       = { for name, secret in google_secret_manager_secret.default : name => secret.id }
  depends_on  = [google_secret_manager_secret_iam_binding.default]
}
