module "monitoring" {
  source = "./modules/monitoring"

  project    = var.project
  prefix     = var.prefix
  emails     = var.monitoring.emails
  thresholds = var.monitoring.thresholds
  objectives = var.monitoring.objectives
  ticking    = !var.ticks.paused
  labels     = local.labels
  budget     = var.monitoring.budget

  depends_on = [google_project_service.default]
}

module "network" {
  source = "./modules/network"
  count  = var.network.enabled ? 1 : 0

  project       = var.project
  region        = var.region
  prefix        = var.prefix
  range         = var.network.range
  flow_logs     = var.network.flow_logs
  static_egress = var.network.static_egress
  perimeter     = var.network.perimeter

  depends_on = [google_project_service.default]
}

module "console" {
  source = "./modules/console"
  count  = var.console == null ? 0 : 1

  project             = var.project
  region              = var.region
  prefix              = var.prefix
  image               = coalesce(var.console.image, var.image)
  identity            = google_service_account.console[0].email
  people              = var.console.people
  domain              = var.console.domain
  environment         = local.environment
  network             = try(local.ways.google, null)
  kms_key             = local.cmek.platform
  deletion_protection = var.deletion_protection
  labels              = local.labels
}

module "delivery" {
  source = "./modules/delivery"
  count  = var.delivery == null ? 0 : 1

  project_id     = var.project.id
  region         = var.region
  prefix         = var.prefix
  repository     = var.delivery.repository
  branch         = var.delivery.branch
  approval       = var.delivery.approval
  keep           = var.delivery.keep
  deployer_roles = var.delivery.deployer_roles
  promotes_from  = var.delivery.promotes_from
  promotes_to    = var.delivery.promotes_to
  image_readers  = [local.agents.run]
  kms_key        = local.cmek.platform
  labels         = local.labels

  depends_on = [google_project_service.default, google_project_service_identity.agents]
}
