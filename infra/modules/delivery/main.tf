locals {
  # The provider has no output for it before 7.
  registry = join("/", [
    "${var.region}-docker.pkg.dev", var.project_id, google_artifact_registry_repository.images.repository_id,
  ])

  # Production's name for itself, and who pulls there: Cloud Run the stages' image, builds the toolbox.
  _production = try(coalesce(var.promotes_to.prefix, var.prefix), "")
  _pullers = var.promotes_to == null ? [] : [
    "serviceAccount:service-${var.promotes_to.project.number}@serverless-robot-prod.iam.gserviceaccount.com",
    "serviceAccount:${local._production}-deployer@${var.promotes_to.project.id}.iam.gserviceaccount.com",
  ]
}

resource "google_artifact_registry_repository" "images" {
  project                = var.project_id
  location               = var.region
  repository_id          = var.prefix
  description            = "The container image of all stages."
  format                 = "DOCKER"
  kms_key_name           = var.kms_key
  labels                 = var.labels
  cleanup_policy_dry_run = false

  docker_config {
    immutable_tags = true
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = var.keep.versions
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      tag_state  = "ANY"
      older_than = "${var.keep.days * 86400}s"
    }
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }
}

resource "google_artifact_registry_repository_iam_binding" "writer" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  members    = [google_service_account.builder.member]
}

resource "google_artifact_registry_repository_iam_binding" "reader" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.reader"
  members    = concat(var.image_readers, local._pullers)
}
