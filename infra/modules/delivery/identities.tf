resource "google_service_account" "builder" {
  project      = var.project_id
  account_id   = "${var.prefix}-builder"
  display_name = "Airlock builder"
  description  = "Tests, builds and pushes the image; deploys nothing."
}

resource "google_service_account" "deployer" {
  project      = var.project_id
  account_id   = "${var.prefix}-deployer"
  display_name = "Airlock deployer"
  description  = "Runs Terraform after a build; without keys, as Cloud Build's identity alone."
}

resource "google_project_iam_member" "builder_logs" {
  for_each = {
    builder  = google_service_account.builder.member
    deployer = google_service_account.deployer.member
  }

  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = each.value
}

resource "google_project_iam_member" "deployer" {
  for_each = var.deployer_roles

  project = var.project_id
  role    = each.value
  member  = google_service_account.deployer.member
}

# Images are scanned before they are pushed; a scan is of the project, and reads nothing but the image that it is given.
resource "google_project_iam_member" "builder_scans" {
  project = var.project_id
  role    = "roles/ondemandscanning.admin"
  member  = google_service_account.builder.member
}
