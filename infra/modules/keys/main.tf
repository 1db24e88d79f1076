locals {
  secret_grants = merge([
    for name, secret in var.secrets : {
      for role, members in secret.iam :
      "${name} ${role}" => { secret = name, role = role, members = members } if length(members) > 0
    }
  ]...)
  key_grants = merge([
    for name, key in var.keys : {
      for role, members in key.iam :
      "${name} ${role}" => { key = name, role = role, members = members } if length(members) > 0
    }
  ]...)
}

resource "google_kms_key_ring" "default" {
  count = length(var.keys) > 0 ? 1 : 0

  project  = var.project_id
  name     = var.ring
  location = var.region

  lifecycle {
    # A ring cannot be deleted, nor made again under its name.
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key" "default" {
  #checkov:skip=CKV_GCP_43:The period is computed; its variable accepts 90 days at most.
  for_each = var.keys

  key_ring                   = google_kms_key_ring.default[0].id
  name                       = each.key
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.rotation_days * 86400}s"
  destroy_scheduled_duration = "2592000s"
  labels                     = var.labels

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.protection_level
  }

  lifecycle {
    # Without its key nothing that it encrypted can be read again.
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_binding" "default" {
  for_each = local.key_grants

  crypto_key_id = google_kms_crypto_key.default[each.value.key].id
  role          = each.value.role
  members       = each.value.members
}

resource "google_secret_manager_secret" "default" {
  for_each = var.secrets

  project             = var.project_id
  secret_id           = each.key
  labels              = var.labels
  deletion_protection = var.deletion_protection
  version_destroy_ttl = "2592000s"

  replication {
    user_managed {
      replicas {
        location = var.region

        dynamic "customer_managed_encryption" {
          for_each = each.value.key[*]
          content {
            kms_key_name = google_kms_crypto_key.default[customer_managed_encryption.value].id
          }
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_binding.default]
}

resource "google_secret_manager_secret_iam_binding" "default" {
  for_each = local.secret_grants

  project   = var.project_id
  secret_id = google_secret_manager_secret.default[each.value.secret].secret_id
  role      = each.value.role
  members   = each.value.members
}
