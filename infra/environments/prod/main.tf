module "airlock" {
  source = "../.."

  project      = var.project
  region       = var.region
  prefix       = var.prefix
  image        = var.image
  destinations = var.destinations
  dicom_stores = var.dicom_stores
  senders      = var.senders
  console      = var.console
  delivery     = var.delivery

  deletion_protection = true
  encryption          = var.encryption
  backups             = { days = 30, point_in_time_recovery = true }
  audit               = { readers = var.auditors, retention_days = 2192, data_access = true }
  network             = { static_egress = true, flow_logs = true, perimeter = var.perimeter }
  replay              = "604800s"
  sizes               = var.sizes

  buckets = {
    clinical = { colder_after_days = { NEARLINE = 30, COLDLINE = 90 }, retention = var.retention }
    released = { delete_after_days = 90 }
  }
  monitoring = { emails = var.emails, budget = var.budget }

  labels = { environment = "prod" }
}
