output "name" {
  description = "The bucket's name, once its IAM is in place."
  value       = google_storage_bucket.default.name
  depends_on = [
    google_storage_bucket_iam_binding.default,
    google_storage_bucket_iam_binding.adders,
  ]
}
