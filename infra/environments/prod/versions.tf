terraform {
  required_version = ">= 1.11, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = "~> 6.50"
    }
  }

  # State holds names, not data; it is shared and locked in a bucket of its own, made once by hand:
  #
  #   gcloud storage buckets create gs://PROJECT-terraform --location=REGION \
  #     --uniform-bucket-level-access --public-access-prevention
  #   gcloud storage buckets update gs://PROJECT-terraform --versioning
  #
  # Then take the marks away below and run `terraform init -backend-config=bucket=PROJECT-terraform`.
  #
  # backend "gcs" {
  #   prefix = "airlock/prod"
  # }
}

provider "google" {
  project = var.project.id
  region  = var.region
}

provider "google-beta" {
  project = var.project.id
  region  = var.region
}
