# Next to nothing at rest: no instance waits, no key of our own, no backups, no address that stays.
module "airlock" {
  source = "../.."

  project      = var.project
  region       = var.region
  prefix       = var.prefix
  image        = var.image
  destinations = var.destinations
  dicom_stores = var.dicom_stores
  senders      = var.senders

  deletion_protection = false
  encryption          = { customer_managed = false }
  backups             = { days = 0, point_in_time_recovery = false }
  audit               = { retention_days = 30, data_access = false }
  network             = { static_egress = false, flow_logs = false }
  delivery            = var.delivery
  monitoring          = { emails = var.emails }
  sizes               = { for stage in ["validate", "unpack", "match", "deidentify"] : stage => { instances = { max = 3 } } }

  buckets = {
    clinical = { soft_delete_days = 0, noncurrent_days = 1, versioning = false, delete_after_days = 30 }
    released = { soft_delete_days = 0, noncurrent_days = 1, versioning = false, delete_after_days = 30 }
  }
  ticks = { paused = var.paused }

  labels = { environment = "dev" }
}
