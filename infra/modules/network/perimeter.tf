resource "google_access_context_manager_service_perimeter" "default" {
  count = var.perimeter == null ? 0 : 1

  parent                    = "accessPolicies/${var.perimeter.policy}"
  name                      = "accessPolicies/${var.perimeter.policy}/servicePerimeters/${replace(var.prefix, "-", "_")}"
  title                     = var.prefix
  description               = "Data leaves the project through the outer door alone, whoever has its credentials."
  perimeter_type            = "PERIMETER_TYPE_REGULAR"
  use_explicit_dry_run_spec = var.perimeter.dry_run

  dynamic "spec" {
    for_each = var.perimeter.dry_run ? [var.perimeter] : []
    content {
      resources           = ["projects/${var.project.number}"]
      restricted_services = spec.value.services
      access_levels       = spec.value.access_levels
    }
  }

  dynamic "status" {
    for_each = var.perimeter.dry_run ? [] : [var.perimeter]
    content {
      resources           = ["projects/${var.project.number}"]
      restricted_services = status.value.services
      access_levels       = status.value.access_levels
    }
  }
}
