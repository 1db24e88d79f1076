resource "google_compute_address" "outside" {
  count = var.static_egress ? 1 : 0

  project      = var.project.id
  region       = var.region
  name         = "${var.prefix}-outside"
  description  = "The address that destinations see, to be put on their allow lists."
  address_type = "EXTERNAL"
}

resource "google_compute_router" "outside" {
  project     = var.project.id
  region      = var.region
  name        = "${var.prefix}-outside"
  description = "The way to destinations."
  network     = google_compute_network.default.id
}

resource "google_compute_router_nat" "outside" {
  project                            = var.project.id
  region                             = var.region
  name                               = "${var.prefix}-outside"
  router                             = google_compute_router.outside.name
  nat_ip_allocate_option             = var.static_egress ? "MANUAL_ONLY" : "AUTO_ONLY"
  nat_ips                            = google_compute_address.outside[*].self_link
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.default["outside"].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
