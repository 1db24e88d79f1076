output "egress_address" {
  description = "The address that destinations see; null if it is not static."
  value       = one(google_compute_address.outside[*].address)
}

output "ways" {
  description = "Network, subnetwork and tags by what a stage reaches, once the firewall is in place."
  value = {
    for reach, subnetwork in google_compute_subnetwork.default : reach => {
      network    = google_compute_network.default.id
      subnetwork = subnetwork.id
      tags       = ["${var.prefix}-${reach}"]
    }
  }
  depends_on = [
    google_compute_firewall.google_allowed,
    google_compute_firewall.outside_denied,
    google_compute_router_nat.outside,
    google_dns_record_set.all,
  ]
}
