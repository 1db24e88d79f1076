# How an image that was tested elsewhere comes here: who tested it may ask, and no more; people decide.
locals {
  _tested_in = try(coalesce(var.promotes_from.prefix, var.prefix), "")
}

resource "google_pubsub_topic" "promotions" {
  count = var.promotes_from == null ? 0 : 1

  project      = var.project_id
  name         = "${var.prefix}-promotions"
  kms_key_name = var.kms_key
  labels       = var.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }
}

resource "google_pubsub_topic_iam_binding" "promoters" {
  count = length(google_pubsub_topic.promotions)

  project = var.project_id
  topic   = google_pubsub_topic.promotions[0].name
  role    = "roles/pubsub.publisher"
  members = ["serviceAccount:${local._tested_in}-deployer@${var.promotes_from.project_id}.iam.gserviceaccount.com"]
}

resource "google_project_iam_member" "approvers" {
  for_each = toset(try(var.promotes_from.approvers, []))

  project = var.project_id
  role    = "roles/cloudbuild.builds.approver"
  member  = each.value
}

resource "google_cloudbuild_trigger" "production" {
  count = var.promotes_from == null || var.repository == null ? 0 : 1

  project         = var.project_id
  location        = var.region
  name            = "${var.prefix}-production"
  description     = "Brings an image here that was tested elsewhere, once a person agreed."
  service_account = google_service_account.deployer.id

  pubsub_config {
    topic = google_pubsub_topic.promotions[0].id
  }

  source_to_build {
    repository = var.repository
    ref        = "refs/heads/${var.branch}"
    repo_type  = "UNKNOWN"
  }

  git_file_source {
    path       = "cloudbuild.production.yaml"
    repository = var.repository
    revision   = "refs/heads/${var.branch}"
    repo_type  = "UNKNOWN"
  }

  approval_config {
    approval_required = true
  }

  substitutions = {
    _COMMIT     = "$(body.message.attributes.commit)"
    _IMAGE      = "$(body.message.attributes.image)"
    _PREFIX     = var.prefix
    _REGION     = var.region
    _REPOSITORY = var.promotes_from.registry
  }
}
