output "buckets" {
  description = "The buckets' names by door, once their IAM is in place."
  value       = { for door, bucket in module.bucket : door => bucket.name }
}

output "console_url" {
  description = "Where people open the console; null without one."
  value       = one(module.console[*].url)
}

output "databases" {
  description = "The ledgers' databases by door, once they can be used."
  value       = module.ledger.databases
}

output "dicom_stores" {
  description = "The DICOM stores' resource names by name, once their IAM is in place."
  value       = length(var.dicom_stores) > 0 ? module.dicom_stores[0].stores : {}
}

output "egress_address" {
  description = "The address that destinations see; null if it is not static."
  value       = one(module.network[*].egress_address)
}

output "identities" {
  description = "The runtime identity of each stage."
  value       = local.members
}

output "registry" {
  description = "Where the image is pushed to; null without delivery."
  value       = one(module.delivery[*].registry)
}

output "secrets" {
  description = "The secrets' resource names: add their values with `gcloud secrets versions add`."
  value       = module.keys.secrets
}

output "subscriptions" {
  description = "The subscriptions of each stage by topic."
  value       = merge({ for name, stage in module.stage : name => stage.subscriptions }, { quarantine = module.quarantine.subscriptions })
}
