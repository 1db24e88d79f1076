locals {
  _definition = jsondecode(var.indexes)

  indexes = merge([
    for door, database in var.databases : {
      for index in local._definition.indexes :
      join(" ", concat(
        [door, index.collectionGroup],
        [for field in index.fields : "${field.fieldPath}:${field.order}"],
      )) => merge(index, { door = door })
    }
  ]...)

  fields = merge([
    for door, database in var.databases : {
      for field in local._definition.fieldOverrides :
      "${door} ${field.collectionGroup}.${field.fieldPath}" => merge(
        { ttl = false }, field, { door = door },
      )
    }
  ]...)

  writers = merge([
    for door, database in var.databases : {
      for identity, member in database.writers :
      "${door} ${identity}" => { door = door, member = member }
    }
  ]...)
}

resource "google_firestore_database" "default" {
  for_each = var.databases

  project                           = var.project_id
  name                              = each.value.name
  location_id                       = var.region
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = var.point_in_time_recovery ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.deletion_protection ? "ABANDON" : "DELETE"

  dynamic "cmek_config" {
    for_each = each.value.kms_key[*]
    content {
      kms_key_name = cmek_config.value
    }
  }
}

resource "google_firestore_index" "default" {
  for_each = local.indexes

  project     = var.project_id
  database    = google_firestore_database.default[each.value.door].name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path = fields.value.fieldPath
      order      = fields.value.order
    }
  }
}

resource "google_firestore_field" "default" {
  for_each = local.fields

  project    = var.project_id
  database   = google_firestore_database.default[each.value.door].name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  index_config {}

  dynamic "ttl_config" {
    for_each = each.value.ttl ? [1] : []
    content {}
  }
}

resource "google_firestore_backup_schedule" "daily" {
  for_each = var.backup_days > 0 ? var.databases : {}

  project   = var.project_id
  database  = google_firestore_database.default[each.key].name
  retention = "${var.backup_days * 86400}s"

  daily_recurrence {}
}

# Firestore has no IAM of a database: a condition on the project's grant names it.
resource "google_project_iam_member" "writers" {
  for_each = local.writers

  project = var.project_id
  role    = "roles/datastore.user"
  member  = each.value.member

  condition {
    title       = "${var.databases[each.value.door].name} only"
    description = "Reaches one of the two ledgers."
    expression  = "resource.name == \"projects/${var.project_id}/databases/${var.databases[each.value.door].name}\""
  }
}
