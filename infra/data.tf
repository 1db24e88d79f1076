locals {
  bucket_names = { for door in ["clinical", "released"] : door => "${var.project.id}-${var.prefix}-${door}" }
  dataset      = var.prefix
  # Resource names that are known before the stores are, so that no identity has to wait for them.
  store_names = [
    for name in keys(var.dicom_stores) :
    "projects/${var.project.id}/locations/${var.region}/datasets/${local.dataset}/dicomStores/${name}"
  ]
  databases = { for door in ["clinical", "released"] : door => "${var.prefix}-${door}" }

  _people = var.console == null ? {} : { console = local.console }
}

module "bucket" {
  source   = "./modules/bucket"
  for_each = local.bucket_names

  project_id        = var.project.id
  name              = each.value
  location          = var.region
  kms_key           = local.cmek[each.key]
  versioning        = var.buckets[each.key].versioning
  soft_delete_days  = var.buckets[each.key].soft_delete_days
  noncurrent_days   = var.buckets[each.key].noncurrent_days
  colder_after_days = var.buckets[each.key].colder_after_days
  delete_after_days = var.buckets[each.key].delete_after_days
  retention         = var.buckets[each.key].retention
  force_destroy     = !var.deletion_protection
  labels            = merge(local.labels, { door = each.key })
  iam = {
    for role, members in local.iam["${each.key} bucket"] : role => concat(
      members,
      # Previews, which are recorded.
      each.key == "clinical" && role == "roles/storage.objectViewer" ? local.console[*] : [],
    )
  }
  adders = each.key != "clinical" ? {} : {
    for folder, stages in local.folders : folder => concat(
      [for stage in stages : local.members[stage]],
      # The console signs the URLs by which people upload.
      folder == "intake/" ? concat(var.senders, local.console[*]) : [],
    )
  }

  notifications = each.key != "clinical" ? {} : {
    arrivals = { topic = module.topic["arrivals"].id, prefix = "intake/" }
  }
}

module "dicom_stores" {
  source = "./modules/dicom-store"
  count  = length(var.dicom_stores) > 0 ? 1 : 0

  project_id = var.project.id
  region     = var.region
  name       = local.dataset
  stores     = var.dicom_stores
  topic      = module.topic["arrivals"].id
  kms_key    = local.cmek.clinical
  iam        = local.iam["DICOM stores"]
  labels     = local.labels
}

module "ledger" {
  source = "./modules/ledger"

  project_id             = var.project.id
  region                 = var.region
  indexes                = file("${path.module}/firestore_indexes.json")
  backup_days            = var.backups.days
  point_in_time_recovery = var.backups.point_in_time_recovery
  deletion_protection    = var.deletion_protection

  databases = {
    for door, name in local.databases : door => {
      name    = name
      kms_key = local.cmek[door]
      writers = merge(local._people, {
        for stage in local.grants["${door} database"]["roles/datastore.user"] : stage => local.members[stage]
      })
    }
  }

  depends_on = [google_project_service_identity.agents]
}
