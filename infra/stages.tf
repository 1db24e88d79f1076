locals {
  environment = merge(
    {
      AIRLOCK_CLINICAL_BUCKET   = local.bucket_names.clinical
      AIRLOCK_CLINICAL_DATABASE = local.databases.clinical
      AIRLOCK_DICOM_STORES      = join(",", local.store_names)
      AIRLOCK_KMS_KEY           = module.keys.keys[local._wrapping_key]
      AIRLOCK_PREFIX            = var.prefix
      AIRLOCK_RELEASED_BUCKET   = local.bucket_names.released
      AIRLOCK_RELEASED_DATABASE = local.databases.released
      AIRLOCK_RULESETS          = var.rulesets
      GOOGLE_CLOUD_PROJECT      = var.project.id
    },
    { for name, destination in var.destinations : destination.variable => destination.address if destination.variable != null },
  )

  sizes = {
    for name, stage in local.stages : name => {
      cpu         = coalesce(try(var.sizes[name].cpu, null), stage.size.cpu)
      memory      = coalesce(try(var.sizes[name].memory, null), stage.size.memory)
      concurrency = coalesce(try(var.sizes[name].concurrency, null), stage.size.concurrency)
      instances = {
        min = coalesce(try(var.sizes[name].instances.min, null), stage.size.instances.min)
        max = coalesce(try(var.sizes[name].instances.max, null), stage.size.instances.max)
      }
    }
  }

  alerts = {
    channels               = module.monitoring.channels
    oldest_message_minutes = var.monitoring.oldest_message_minutes
    push_errors            = var.monitoring.push_errors
  }
  delivery = {
    attempts     = local.pipeline.defaults.attempts
    ack_deadline = local.pipeline.defaults.ack_deadline
    backoff      = local.pipeline.defaults.backoff
  }
  ways = var.network.enabled ? module.network[0].ways : null
}

module "stage" {
  source   = "./modules/stage"
  for_each = { for name, stage in local.stages : name => stage if name != "quarantine" }

  project             = var.project
  region              = var.region
  prefix              = var.prefix
  name                = each.key
  description         = each.value.does
  image               = var.image
  identity            = google_service_account.stage[each.key].email
  hears               = { for topic in each.value.hears : topic => module.topic[topic].id }
  quarantine          = module.quarantine.push
  delivery            = local.delivery
  size                = local.sizes[each.key]
  environment         = local.environment
  network             = try(local.ways[each.value.reaches], null)
  kms_key             = local.cmek.platform
  alerts              = local.alerts
  deletion_protection = var.deletion_protection
  labels              = merge(local.labels, { stage = each.key })
}

module "quarantine" {
  source = "./modules/stage"

  project             = var.project
  region              = var.region
  prefix              = var.prefix
  name                = "quarantine"
  description         = local.stages.quarantine.does
  image               = var.image
  identity            = google_service_account.stage["quarantine"].email
  hears               = { for topic in local.stages.quarantine.hears : topic => module.topic[topic].id }
  delivery            = local.delivery
  size                = local.sizes.quarantine
  environment         = local.environment
  network             = try(local.ways[local.stages.quarantine.reaches], null)
  kms_key             = local.cmek.platform
  alerts              = local.alerts
  deletion_protection = var.deletion_protection
  labels              = merge(local.labels, { stage = "quarantine" })
}
