# Builds push, deployments are approved, and neither has a key or a basic role.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

# Identifiers that only Google would know.
override_resource {
  target          = google_service_account.builder
  values          = { id = "accounts/builder", member = "serviceAccount:airlock-builder@hospital.iam.gserviceaccount.com" }
  override_during = plan
}

override_resource {
  target          = google_service_account.deployer
  values          = { id = "accounts/deployer", member = "serviceAccount:airlock-deployer@hospital.iam.gserviceaccount.com" }
  override_during = plan
}

variables {
  project_id    = "hospital"
  region        = "europe-west4"
  prefix        = "airlock"
  repository    = "projects/hospital/locations/europe-west4/connections/git/repositories/airlock"
  image_readers = ["serviceAccount:service-123456789012@serverless-robot-prod.iam.gserviceaccount.com"]
}

run "images_do_not_change_and_do_not_pile_up" {
  command = plan

  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "a tag names one image for ever"
  }
  assert {
    condition     = toset([for policy in google_artifact_registry_repository.images.cleanup_policies : policy.action]) == toset(["KEEP", "DELETE"]) && google_artifact_registry_repository.images.cleanup_policy_dry_run == false
    error_message = "old images are deleted, recent ones kept"
  }
  assert {
    condition     = google_artifact_registry_repository.images.vulnerability_scanning_config[0].enablement_config == "INHERITED"
    error_message = "images are scanned"
  }
}

run "a_change_is_built_by_who_cannot_deploy" {
  command = plan

  assert {
    condition     = google_cloudbuild_trigger.default["check"].service_account != google_cloudbuild_trigger.default["deploy"].service_account
    error_message = "checks run as another identity than deployments"
  }
  assert {
    condition     = google_artifact_registry_repository_iam_binding.writer.members == toset(["serviceAccount:airlock-builder@hospital.iam.gserviceaccount.com"])
    error_message = "the builder pushes"
  }
  assert {
    condition     = length(google_cloudbuild_trigger.default["check"].repository_event_config[0].pull_request) == 1 && length(google_cloudbuild_trigger.default["check"].repository_event_config[0].push) == 0
    error_message = "checks are for pull requests"
  }
}

run "a_person_approves_a_deployment" {
  command = plan

  assert {
    condition     = google_cloudbuild_trigger.default["deploy"].approval_config[0].approval_required
    error_message = "nothing is deployed that nobody approved"
  }
}

run "no_triggers_without_a_source" {
  command = plan

  variables {
    repository = null
  }

  assert {
    condition     = length(google_cloudbuild_trigger.default) == 0
    error_message = "the registry is there before the source is connected"
  }
}

run "a_basic_role_is_refused" {
  command = plan

  variables {
    deployer_roles = ["roles/editor"]
  }

  expect_failures = [var.deployer_roles]
}

run "a_source_that_is_not_connected_is_refused" {
  command = plan

  variables {
    repository = "github.com/hospital/airlock"
  }

  expect_failures = [var.repository]
}

run "no_image_to_go_back_to_is_refused" {
  command = plan

  variables {
    keep = { versions = 1 }
  }

  expect_failures = [var.keep]
}
