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

resource "google_cloudbuild_trigger" "default" {
  for_each = var.repository == null ? {} : {
    check = {
      description = "Checks a change before it is merged."
      account     = google_service_account.builder.id
      approval    = false
    }
    deploy = {
      description = "Builds what was merged and deploys it."
      account     = google_service_account.deployer.id
      approval    = var.approval
    }
  }

  project         = var.project_id
  location        = var.region
  name            = "${var.prefix}-${each.key}"
  description     = each.value.description
  filename        = "cloudbuild.yaml"
  service_account = each.value.account

  repository_event_config {
    repository = var.repository

    dynamic "pull_request" {
      for_each = each.key == "check" ? [1] : []
      content {
        branch          = "^${var.branch}$"
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }

    dynamic "push" {
      for_each = each.key == "deploy" ? [1] : []
      content {
        branch = "^${var.branch}$"
      }
    }
  }

  approval_config {
    approval_required = each.value.approval
  }

  substitutions = {
    _DEPLOY     = each.key == "deploy" ? "true" : "false"
    _REPOSITORY = local.registry
    _PREFIX     = var.prefix
    _REGION     = var.region
  }
}
