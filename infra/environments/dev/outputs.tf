output "airlock" {
  description = "Everything that people and builds need to know of the installation."
  value       = module.airlock
}
