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

run "images_are_scanned_by_who_builds_them" {
  command = plan

  assert {
    condition     = google_project_iam_member.builder_scans.role == "roles/ondemandscanning.admin" && google_project_iam_member.builder_scans.member == google_service_account.builder.member
    error_message = "the builder may scan an image before it is pushed"
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

run "nobody_is_asked_and_nobody_asks_by_default" {
  command = plan

  assert {
    condition     = !contains(keys(google_cloudbuild_trigger.default["deploy"].substitutions), "_PROMOTIONS") && length(google_pubsub_topic.promotions) == 0 && length(google_cloudbuild_trigger.production) == 0
    error_message = "an installation alone neither asks nor is asked"
  }
}

run "what_was_tested_asks_production_which_may_pull_it" {
  command = plan

  variables {
    promotes_to = { project = { id = "hospital-prod", number = "210987654321" } }
  }

  assert {
    condition     = google_cloudbuild_trigger.default["deploy"].substitutions["_PROMOTIONS"] == "projects/hospital-prod/topics/airlock-promotions"
    error_message = "the build asks by production's topic"
  }
  assert {
    condition = google_artifact_registry_repository_iam_binding.reader.members == toset([
      "serviceAccount:airlock-deployer@hospital-prod.iam.gserviceaccount.com",
      "serviceAccount:service-123456789012@serverless-robot-prod.iam.gserviceaccount.com",
      "serviceAccount:service-210987654321@serverless-robot-prod.iam.gserviceaccount.com",
    ])
    error_message = "production's Cloud Run and its builds pull from here, from this repository alone"
  }
}

run "production_waits_for_a_person" {
  command = plan

  variables {
    promotes_from = { project_id = "hospital-dev", registry = "registry.example/hospital-dev/trial", prefix = "trial", approvers = ["group:release@hospital.example"] }
  }

  assert {
    condition     = google_pubsub_topic_iam_binding.promoters[0].members == toset(["serviceAccount:trial-deployer@hospital-dev.iam.gserviceaccount.com"])
    error_message = "who tested it may ask, and nobody else"
  }
  assert {
    condition     = google_cloudbuild_trigger.production[0].approval_config[0].approval_required && google_cloudbuild_trigger.production[0].service_account == "accounts/deployer"
    error_message = "nothing of the build runs before a person agreed"
  }
  assert {
    condition     = google_cloudbuild_trigger.production[0].git_file_source[0].path == "cloudbuild.production.yaml" && google_cloudbuild_trigger.production[0].source_to_build[0].ref == "refs/heads/main"
    error_message = "the build is production's, of the branch that is deployed"
  }
  assert {
    condition     = google_cloudbuild_trigger.production[0].substitutions["_REPOSITORY"] == "registry.example/hospital-dev/trial"
    error_message = "images come from the repository of who tested them"
  }
  assert {
    condition     = { for member in google_project_iam_member.approvers : member.member => member.role } == { "group:release@hospital.example" = "roles/cloudbuild.builds.approver" }
    error_message = "who is named may approve"
  }
  assert {
    condition     = length(google_cloudbuild_trigger.default) == 0
    error_message = "nothing is built where images come from elsewhere"
  }
}

run "an_image_for_its_registry_is_refused" {
  command = plan

  variables {
    promotes_from = { project_id = "hospital-dev", registry = "registry.example/hospital-dev/airlock/airlock@sha256:0000" }
  }

  expect_failures = [var.promotes_from]
}

run "a_machine_that_approves_is_refused" {
  command = plan

  variables {
    promotes_from = { project_id = "hospital-dev", registry = "registry.example/hospital-dev/airlock", approvers = ["serviceAccount:bot@hospital.iam.gserviceaccount.com"] }
  }

  expect_failures = [var.promotes_from]
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
