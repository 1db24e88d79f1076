locals {
  agents = {
    artifactregistry = "serviceAccount:service-${var.project.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    bigquery         = "serviceAccount:bq-${var.project.number}@bigquery-encryption.iam.gserviceaccount.com"
    cloudscheduler   = "serviceAccount:service-${var.project.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
    firestore        = "serviceAccount:service-${var.project.number}@gcp-sa-firestore.iam.gserviceaccount.com"
    healthcare       = "serviceAccount:service-${var.project.number}@gcp-sa-healthcare.iam.gserviceaccount.com"
    pubsub           = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    run              = "serviceAccount:service-${var.project.number}@serverless-robot-prod.iam.gserviceaccount.com"
    secretmanager    = "serviceAccount:service-${var.project.number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    storage          = "serviceAccount:service-${var.project.number}@gs-project-accounts.iam.gserviceaccount.com"
  }
}

resource "google_project_service" "default" {
  for_each = toset(concat(
    [
      "artifactregistry", "bigquery", "cloudkms", "cloudscheduler", "compute", "containerscanning", "dns", "firestore",
      "healthcare", "iam", "logging", "monitoring", "pubsub", "run", "secretmanager", "storage",
    ],
    var.console == null ? [] : ["iap"],
    var.delivery == null ? [] : ["cloudbuild", "ondemandscanning"],
    var.monitoring.budget == null ? [] : ["billingbudgets"],
    var.network.perimeter == null ? [] : ["accesscontextmanager"],
  ))

  project            = var.project.id
  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false
}

# A grant to an agent that does not exist yet fails: these make Google create them.
resource "google_project_service_identity" "agents" {
  provider = google-beta
  for_each = toset(concat(
    ["artifactregistry", "cloudscheduler", "firestore", "healthcare", "pubsub", "run", "secretmanager"],
    var.console == null ? [] : ["iap"],
  ))

  project = var.project.id
  service = google_project_service.default[each.value].service
}

# Asking for these two makes Google create them.
data "google_storage_project_service_account" "agent" {
  project    = var.project.id
  depends_on = [google_project_service.default]
}

data "google_bigquery_default_service_account" "agent" {
  project    = var.project.id
  depends_on = [google_project_service.default]
}

# Who read or wrote clinical data is a question that will be asked.
resource "google_project_iam_audit_config" "data_access" {
  for_each = toset(var.audit.data_access ? ["storage", "healthcare", "datastore", "secretmanager", "cloudkms"] : [])

  project = var.project.id
  service = "${each.value}.googleapis.com"

  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}
