locals {
  _encrypters = {
    clinical = ["storage", "firestore", "healthcare"]
    released = ["storage", "firestore"]
    platform = ["artifactregistry", "bigquery", "pubsub", "run", "secretmanager"]
  }
  _wrapping_key = "deidentification-wrapping"

  kms_keys = merge(
    { (local._wrapping_key) = { iam = local.iam["wrapping key"] } },
    !var.encryption.customer_managed ? {} : {
      for name, agents in local._encrypters : name => {
        iam = { "roles/cloudkms.cryptoKeyEncrypterDecrypter" = [for agent in agents : local.agents[agent]] }
      }
    },
  )
  secret_key = var.encryption.customer_managed ? "platform" : null

  # Null for each where Google's own keys are enough.
  cmek = { for name in keys(local._encrypters) : name => lookup(module.keys.keys, name, null) }
}

module "keys" {
  source = "./modules/keys"

  project_id          = var.project.id
  region              = var.region
  ring                = var.prefix
  keys                = local.kms_keys
  protection_level    = var.encryption.protection_level
  rotation_days       = var.encryption.rotation_days
  deletion_protection = var.deletion_protection
  labels              = local.labels

  secrets = merge(
    {
      "${var.prefix}-deidentification-key" = { key = local.secret_key, iam = local.iam["de-identification key"] }
    },
    {
      for name in keys(var.destinations) :
      "${var.prefix}-tokens-${name}" => { key = local.secret_key, iam = local.iam["tokens"] }
    },
  )

  depends_on = [
    data.google_bigquery_default_service_account.agent,
    data.google_storage_project_service_account.agent,
    google_project_service_identity.agents,
  ]
}
