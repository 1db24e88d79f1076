resource "google_cloudbuild_trigger" "default" {
  for_each = var.repository == null || var.promotes_from != null ? {} : {
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

  substitutions = merge(
    {
      _DEPLOY     = each.key == "deploy" ? "true" : "false"
      _REPOSITORY = local.registry
      _PREFIX     = var.prefix
      _REGION     = var.region
    },
    var.promotes_to == null ? {} : {
      _PROMOTIONS = "projects/${var.promotes_to.project.id}/topics/${local._production}-promotions"
    },
  )
}
