resource "google_storage_bucket_iam_binding" "default" {
  for_each = { for role, members in var.iam : role => members if length(members) > 0 }

  bucket  = google_storage_bucket.default.name
  role    = each.key
  members = each.value
}

resource "google_storage_bucket_iam_binding" "senders" {
  for_each = { for prefix, members in var.senders : prefix => members if length(members) > 0 }

  bucket  = google_storage_bucket.default.name
  role    = "roles/storage.objectCreator"
  members = each.value

  condition {
    title       = "under ${trimsuffix(each.key, "/")}"
    description = "Senders add objects where uploads arrive, and nowhere else."
    expression  = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.default.name}/objects/${each.key}\")"
  }
}
