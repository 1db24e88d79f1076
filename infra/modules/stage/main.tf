locals {
  service = "${var.prefix}-${var.name}"
  # Known before the service has an address, so that the service can be told which tokens to accept.
  audience = "${local.service}.push"
  agent    = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  environment = merge(var.environment, {
    AIRLOCK_FUNCTION             = var.name
    AIRLOCK_PUSH_AUDIENCE        = local.audience
    AIRLOCK_PUSH_SERVICE_ACCOUNT = google_service_account.push.email
    AIRLOCK_PUSH_SIGNATURE       = "checked_by_cloud_run"
  })
}

resource "google_cloud_run_v2_service" "default" {
  project             = var.project.id
  location            = var.region
  name                = local.service
  description         = var.description
  labels              = var.labels
  ingress             = "INGRESS_TRAFFIC_INTERNAL_ONLY"
  custom_audiences    = [local.audience]
  deletion_protection = var.deletion_protection

  template {
    service_account                  = var.identity
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    timeout                          = "${var.delivery.ack_deadline}s"
    max_instance_request_concurrency = var.size.concurrency
    encryption_key                   = var.kms_key
    labels                           = var.labels

    scaling {
      min_instance_count = var.size.instances.min
      max_instance_count = var.size.instances.max
    }

    containers {
      image = var.image

      resources {
        limits            = { cpu = tostring(var.size.cpu), memory = var.size.memory }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      startup_probe {
        period_seconds    = 2
        failure_threshold = 30
        timeout_seconds   = 2

        http_get {
          path = "/healthz"
        }
      }

      dynamic "env" {
        for_each = local.environment
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
    # A roll-out moves the traffic step by step, and back where errors rise.
    ignore_changes = [client, client_version, traffic]
  }
}
