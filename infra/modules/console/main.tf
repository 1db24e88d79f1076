locals {
  service = "${var.prefix}-console"
  agent   = "serviceAccount:service-${var.project.number}@gcp-sa-iap.iam.gserviceaccount.com"
}

resource "google_cloud_run_v2_service" "default" {
  provider = google-beta

  project             = var.project.id
  location            = var.region
  name                = local.service
  description         = "The console, for people."
  labels              = var.labels
  ingress             = var.domain == null ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  iap_enabled         = true
  deletion_protection = var.deletion_protection

  template {
    service_account       = var.identity
    execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
    timeout               = "600s"
    encryption_key        = var.kms_key
    labels                = var.labels

    scaling {
      min_instance_count = 0
      max_instance_count = 4
    }

    containers {
      image = var.image

      resources {
        limits            = { cpu = "1", memory = "1Gi" }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = merge(var.environment, { AIRLOCK_FUNCTION = "console" })
        content {
          name  = env.key
          value = env.value
        }
      }
    }

    dynamic "vpc_access" {
      for_each = var.network[*]
      content {
        egress = "ALL_TRAFFIC"

        network_interfaces {
          network    = vpc_access.value.network
          subnetwork = vpc_access.value.subnetwork
          tags       = vpc_access.value.tags
        }
      }
    }
  }

  lifecycle {
    ignore_changes = [client, client_version, traffic]
  }
}

resource "google_cloud_run_v2_service_iam_binding" "invoker" {
  project  = var.project.id
  location = var.region
  name     = google_cloud_run_v2_service.default.name
  role     = "roles/run.invoker"
  members  = [local.agent]
}

resource "google_iap_web_cloud_run_service_iam_binding" "people" {
  project                = var.project.id
  location               = var.region
  cloud_run_service_name = google_cloud_run_v2_service.default.name
  role                   = "roles/iap.httpsResourceAccessor"
  members                = var.people
}
