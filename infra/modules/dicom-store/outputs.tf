output "stores" {
  description = "The stores' resource names by name, once their IAM is in place."
  value       = { for name, store in google_healthcare_dicom_store.default : name => store.id }
  depends_on  = [google_healthcare_dicom_store_iam_binding.default]
}
