# Two databases that nobody reaches by accident, with the indexes that the code asks for.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project_id = "hospital"
  region     = "europe-west4"
  indexes    = <<-EOT
    {
      "indexes": [{"collectionGroup": "jobs", "queryScope": "COLLECTION", "fields": [
        {"fieldPath": "state", "order": "ASCENDING"}, {"fieldPath": "created_at", "order": "DESCENDING"}]}],
      "fieldOverrides": [
        {"collectionGroup": "claims", "fieldPath": "expires_at", "ttl": true, "indexes": []},
        {"collectionGroup": "jobs", "fieldPath": "record", "indexes": []}]
    }
  EOT
  databases = {
    clinical = {
      name    = "airlock-clinical"
      kms_key = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/clinical"
      writers = { validate = "serviceAccount:airlock-validate@hospital.iam.gserviceaccount.com" }
    }
    released = {
      name    = "airlock-released"
      kms_key = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/released"
      writers = { export = "serviceAccount:airlock-export@hospital.iam.gserviceaccount.com" }
    }
  }
}

run "a_writer_reaches_one_database" {
  command = plan

  assert {
    condition     = google_project_iam_member.writers["released export"].condition[0].expression == "resource.name == \"projects/hospital/databases/airlock-released\""
    error_message = "the outer door reaches the released ledger alone"
  }
  assert {
    condition     = keys(google_project_iam_member.writers) == ["clinical validate", "released export"]
    error_message = "each writes where it was named"
  }
  assert {
    condition     = alltrue([for grant in google_project_iam_member.writers : length(grant.condition) == 1 && grant.role == "roles/datastore.user"])
    error_message = "no grant is without its condition"
  }
}

run "databases_are_protected_and_backed_up" {
  command = plan

  assert {
    condition     = alltrue([for database in google_firestore_database.default : database.delete_protection_state == "DELETE_PROTECTION_ENABLED" && database.deletion_policy == "ABANDON"])
    error_message = "a database is not deleted"
  }
  assert {
    condition     = alltrue([for database in google_firestore_database.default : database.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"])
    error_message = "a database can be read as of any minute of the last week"
  }
  assert {
    condition     = { for door, schedule in google_firestore_backup_schedule.daily : door => schedule.retention } == { clinical = "2592000s", released = "2592000s" }
    error_message = "both are backed up each day, for 30 days"
  }
}

run "each_database_has_a_key_of_its_own" {
  command = plan

  assert {
    condition     = alltrue([for door, database in google_firestore_database.default : database.cmek_config[0].kms_key_name == var.databases[door].kms_key])
    error_message = "a database is encrypted with its door's key"
  }
}

run "both_databases_have_the_indexes_of_the_file" {
  command = plan

  assert {
    condition     = toset(keys(google_firestore_index.default)) == toset(["clinical jobs state:ASCENDING created_at:DESCENDING", "released jobs state:ASCENDING created_at:DESCENDING"])
    error_message = "each composite index is there twice"
  }
  assert {
    condition     = [for field in google_firestore_index.default["released jobs state:ASCENDING created_at:DESCENDING"].fields : "${field.field_path} ${field.order}"] == ["state ASCENDING", "created_at DESCENDING"]
    error_message = "the fields are in the order of the file"
  }
}

run "claims_end_by_themselves_and_records_are_not_indexed" {
  command = plan

  assert {
    condition     = { for key, field in google_firestore_field.default : key => length(field.ttl_config) } == { "clinical claims.expires_at" = 1, "clinical jobs.record" = 0, "released claims.expires_at" = 1, "released jobs.record" = 0 }
    error_message = "the TTL is on the field that has one in the file"
  }
  assert {
    condition     = alltrue([for field in google_firestore_field.default : length(field.index_config) == 1 && length(field.index_config[0].indexes) == 0])
    error_message = "the fields of the file are exempt from single-field indexes"
  }
}

run "no_backups_where_none_are_wanted" {
  command = plan

  variables {
    backup_days            = 0
    point_in_time_recovery = false
    deletion_protection    = false
  }

  assert {
    condition     = length(google_firestore_backup_schedule.daily) == 0 && google_firestore_database.default["clinical"].deletion_policy == "DELETE"
    error_message = "an installation for development leaves nothing behind"
  }
}

run "a_single_ledger_is_refused" {
  command = plan

  variables {
    databases = { clinical = { name = "airlock-clinical" } }
  }

  expect_failures = [var.databases]
}

run "backups_for_longer_than_firestore_keeps_them_are_refused" {
  command = plan

  variables {
    backup_days = 99
  }

  expect_failures = [var.backup_days]
}
