locals {
  _charts = [
    { title = "Outcomes", filter = local.counted, aligner = "ALIGN_RATE", by = ["metric.label.outcome"] },
    { title = "Handled by stage", filter = "${local.counted} AND metric.labels.outcome = \"handled\"", aligner = "ALIGN_RATE", by = ["metric.label.stage"] },
    { title = "Failures by code", filter = "${local.counted} AND metric.labels.outcome = \"failed\"", aligner = "ALIGN_RATE", by = ["metric.label.stage", "metric.label.code"] },
    { title = "Redeliveries by code", filter = "${local.counted} AND metric.labels.outcome = \"retry\"", aligner = "ALIGN_RATE", by = ["metric.label.stage", "metric.label.code"] },
    { title = "Messages that wait", filter = "metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = starts_with(\"${var.prefix}-\")", aligner = "ALIGN_MAX", by = ["resource.label.subscription_id"] },
    { title = "Oldest message", filter = "metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = starts_with(\"${var.prefix}-\")", aligner = "ALIGN_MAX", by = ["resource.label.subscription_id"] },
    { title = "Oldest series that waits", filter = local.waiting, aligner = "ALIGN_PERCENTILE_99", by = [] },
    { title = "Time to handle (99th percentile)", filter = local.taken, aligner = "ALIGN_PERCENTILE_99", by = ["metric.label.stage"] },
    { title = "Instances", filter = "metric.type = \"run.googleapis.com/container/instance_count\" AND resource.type = \"cloud_run_revision\" AND resource.labels.service_name = starts_with(\"${var.prefix}-\")", aligner = "ALIGN_MAX", by = ["resource.label.service_name"] },
  ]
}

resource "google_monitoring_dashboard" "default" {
  project = var.project.id
  dashboard_json = jsonencode({
    displayName = "Airlock ${var.prefix}"
    mosaicLayout = {
      columns = 12
      tiles = [for number, chart in local._charts : {
        xPos   = 6 * (number % 2)
        yPos   = 4 * floor(number / 2)
        width  = 6
        height = 4
        widget = {
          title = chart.title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = chart.filter
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = chart.aligner
                    crossSeriesReducer = startswith(chart.aligner, "ALIGN_RATE") ? "REDUCE_SUM" : "REDUCE_MAX"
                    groupByFields      = chart.by
                  }
                }
              }
            }]
          }
        }
      }]
    }
  })
}
