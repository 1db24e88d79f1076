output "databases" {
  description = "The databases' names by door, once they can be used."
  value       = { for door, database in google_firestore_database.default : door => database.name }
  depends_on = [
    google_firestore_field.default,
    google_firestore_index.default,
    google_project_iam_member.writers,
  ]
}
