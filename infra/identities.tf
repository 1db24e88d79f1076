# Each stage is somebody of its own, and so is the console. Nobody has a key.
resource "google_service_account" "stage" {
  for_each = local.stages

  project      = var.project.id
  account_id   = "${var.prefix}-${each.key}"
  display_name = "Airlock ${each.key}"
  description  = each.value.does
}

resource "google_service_account" "console" {
  count = var.console == null ? 0 : 1

  project      = var.project.id
  account_id   = "${var.prefix}-console"
  display_name = "Airlock console"
  description  = "Shows people what is in flight, and does what they decide about exceptions."
}

# Upload URLs are signed as the console, without a key.
resource "google_service_account_iam_binding" "signer" {
  count = length(google_service_account.console)

  service_account_id = google_service_account.console[0].name
  role               = "roles/iam.serviceAccountTokenCreator"
  members            = [google_service_account.console[0].member]
}
