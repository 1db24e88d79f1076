resource "google_storage_bucket_iam_binding" "default" {
  for_each = { for role, members in var.iam : role => members if length(members) > 0 }

  bucket  = google_storage_bucket.default.name
  role    = each.key
  members = each.value
}

resource "google_storage_bucket_iam_binding" "adders" {
  for_each = { for folder, members in var.adders : folder => members if length(members) > 0 }

  bucket  = google_storage_bucket.default.name
  role    = "roles/storage.objectCreator"
  members = each.value

  condition {
    title       = "under ${trimsuffix(each.key, "/")}"
    description = "Adds objects to one folder, replaces and deletes none."
    expression  = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.default.name}/objects/${each.key}\")"
  }
}
