resource "google_monitoring_custom_service" "default" {
  project      = var.project.id
  service_id   = var.prefix
  display_name = "Airlock ${var.prefix}"
  user_labels  = var.labels
}

resource "google_monitoring_slo" "handled" {
  project             = var.project.id
  service             = google_monitoring_custom_service.default.service_id
  slo_id              = "handled"
  display_name        = "Messages are handled rather than given up"
  goal                = var.objectives.handled
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      good_service_filter = "${local.counted} AND metric.labels.outcome = one_of(\"handled\", \"duplicate\", \"irrelevant\")"
      bad_service_filter  = "${local.counted} AND metric.labels.outcome = \"failed\""
    }
  }
}

resource "google_monitoring_slo" "swift" {
  project             = var.project.id
  service             = google_monitoring_custom_service.default.service_id
  slo_id              = "swift"
  display_name        = "Arrivals are checked within ten seconds"
  goal                = var.objectives.swift
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = "${local.taken} AND metric.labels.stage = \"validate\""

      range {
        min = 0
        max = 10000
      }
    }
  }
}
