locals {
  grants = merge([
    for store, settings in var.stores : {
      for role, members in {
        for role in setunion(keys(var.iam), ["roles/healthcare.dicomEditor"]) :
        role => concat(
          lookup(var.iam, role, []),
          role == "roles/healthcare.dicomEditor" ? settings.senders : [],
        )
      } : "${store} ${role}" => { store = store, role = role, members = members } if length(members) > 0
    }
  ]...)
}

resource "google_healthcare_dataset" "default" {
  project   = var.project_id
  name      = var.name
  location  = var.region
  time_zone = "UTC"

  dynamic "encryption_spec" {
    for_each = var.kms_key[*]
    content {
      kms_key_name = encryption_spec.value
    }
  }

  lifecycle {
    # A dataset goes with all its instances.
    prevent_destroy = true
  }
}

resource "google_healthcare_dicom_store" "default" {
  for_each = var.stores

  name    = each.key
  dataset = google_healthcare_dataset.default.id
  labels  = var.labels

  notification_config {
    pubsub_topic         = var.topic
    send_for_bulk_import = true
  }
}

resource "google_healthcare_dicom_store_iam_binding" "default" {
  for_each = local.grants

  dicom_store_id = google_healthcare_dicom_store.default[each.value.store].id
  role           = each.value.role
  members        = each.value.members
}
