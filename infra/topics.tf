module "topic" {
  source   = "./modules/topic"
  for_each = local.topics

  project_id = var.project.id
  name       = "${var.prefix}-${each.value}"
  regions    = [var.region]
  kms_key    = local.cmek.platform
  retention  = each.value == "arrivals" ? var.replay : null
  labels     = local.labels

  publishers = concat(
    [
      for name, stage in local.stages : local.members[name]
      if contains(concat(local.common_topics, stage.says), each.value)
    ],
    each.value == "arrivals" ? [local.agents.storage] : [],
    each.value == "arrivals" && length(var.dicom_stores) > 0 ? [local.agents.healthcare] : [],
    each.value == "ticks" ? [local.agents.cloudscheduler] : [],
    # Whoever retries an exception publishes its message again.
    local.console[*],
  )

  depends_on = [google_project_service_identity.agents]
}

module "ticks" {
  source = "./modules/schedule"

  project_id = var.project.id
  region     = var.region
  name       = "${var.prefix}-ticks"
  topic      = module.topic["ticks"].id
  schedule   = var.ticks.schedule
  paused     = var.ticks.paused

  depends_on = [google_project_service_identity.agents]
}

module "audit" {
  source = "./modules/audit"

  project             = var.project
  region              = var.region
  prefix              = var.prefix
  topic               = module.topic["audit"].id
  kms_key             = local.cmek.platform
  readers             = var.audit.readers
  retention_days      = var.audit.retention_days
  deletion_protection = var.deletion_protection
  labels              = local.labels
}
