locals {
  # restricted.googleapis.com: Google's APIs that VPC Service Controls cover, and nothing else.
  google_addresses = [for host in range(4, 8) : "199.36.153.${host}"]
  google_range     = "199.36.153.4/30"
  ranges           = { google = cidrsubnet(var.range, 1, 0), outside = cidrsubnet(var.range, 1, 1) }
}

resource "google_compute_network" "default" {
  project                 = var.project.id
  name                    = var.prefix
  description             = "What the stages leave through."
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "default" {
  for_each = local.ranges

  project                  = var.project.id
  region                   = var.region
  name                     = "${var.prefix}-${each.key}"
  description              = each.key == "google" ? "Stages that reach Google's APIs alone." : "Stages that reach destinations, too."
  network                  = google_compute_network.default.id
  ip_cidr_range            = each.value
  private_ip_google_access = true

  dynamic "log_config" {
    for_each = var.flow_logs ? [1] : []
    content {
      aggregation_interval = "INTERVAL_10_MIN"
      flow_sampling        = 0.5
      metadata             = "INCLUDE_ALL_METADATA"
    }
  }
}

resource "google_compute_firewall" "google_allowed" {
  project            = var.project.id
  name               = "${var.prefix}-google-allowed"
  description        = "Stages reach Google's APIs."
  network            = google_compute_network.default.id
  direction          = "EGRESS"
  priority           = 1000
  target_tags        = ["${var.prefix}-google"]
  destination_ranges = [local.google_range]

  allow {
    protocol = "tcp"
    ports    = ["443"]
  }
}

resource "google_compute_firewall" "outside_denied" {
  project            = var.project.id
  name               = "${var.prefix}-outside-denied"
  description        = "Stages without a destination reach nothing else, whatever their code does."
  network            = google_compute_network.default.id
  direction          = "EGRESS"
  priority           = 2000
  target_tags        = ["${var.prefix}-google"]
  destination_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "ingress_denied" {
  project       = var.project.id
  name          = "${var.prefix}-ingress-denied"
  description   = "Nothing is reached through this network."
  network       = google_compute_network.default.id
  direction     = "INGRESS"
  priority      = 1000
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }
}

resource "google_dns_managed_zone" "google" {
  project     = var.project.id
  name        = "${var.prefix}-google-apis"
  description = "Leads the stages to Google's APIs without the internet."
  dns_name    = "googleapis.com."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.default.id
    }
  }
}

resource "google_dns_record_set" "google" {
  project      = var.project.id
  managed_zone = google_dns_managed_zone.google.name
  name         = "restricted.${google_dns_managed_zone.google.dns_name}"
  type         = "A"
  ttl          = 300
  rrdatas      = local.google_addresses
}

resource "google_dns_record_set" "all" {
  project      = var.project.id
  managed_zone = google_dns_managed_zone.google.name
  name         = "*.${google_dns_managed_zone.google.dns_name}"
  type         = "CNAME"
  ttl          = 300
  rrdatas      = [google_dns_record_set.google.name]
}
