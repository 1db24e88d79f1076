resource "google_compute_region_network_endpoint_group" "default" {
  count = var.domain == null ? 0 : 1

  project               = var.project.id
  region                = var.region
  name                  = local.service
  description           = "The console's service."
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = google_cloud_run_v2_service.default.name
  }
}

resource "google_compute_backend_service" "default" {
  count = var.domain == null ? 0 : 1

  project               = var.project.id
  name                  = local.service
  description           = "The console behind its own domain."
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.default[0].id

  backend {
    group = google_compute_region_network_endpoint_group.default[0].id
  }

  log_config {
    enable = true
  }
}

resource "google_compute_security_policy" "default" {
  count = var.domain == null ? 0 : 1

  project     = var.project.id
  name        = local.service
  description = "Stops a flood, and requests that try known attacks."

  rule {
    action      = "deny(403)"
    priority    = 1000
    description = "Known remote code execution, such as that of Log4j."
    match {
      expr {
        expression = "evaluatePreconfiguredExpr('cve-canary')"
      }
    }
  }

  rule {
    action      = "throttle"
    priority    = 2000
    description = "A person makes less than ten requests a second."
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 600
        interval_sec = 60
      }
    }
  }

  rule {
    action      = "allow"
    priority    = 2147483647
    description = "All else goes to the proxy, which asks people to sign in."
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_compute_url_map" "default" {
  count = var.domain == null ? 0 : 1

  project         = var.project.id
  name            = local.service
  description     = "Everything goes to the console."
  default_service = google_compute_backend_service.default[0].id
}

resource "google_compute_managed_ssl_certificate" "default" {
  count = var.domain == null ? 0 : 1

  project     = var.project.id
  name        = local.service
  description = "The certificate of the console's domain."

  managed {
    domains = [var.domain]
  }
}

resource "google_compute_ssl_policy" "default" {
  count = var.domain == null ? 0 : 1

  project         = var.project.id
  name            = local.service
  description     = "TLS 1.2 and later."
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "default" {
  count = var.domain == null ? 0 : 1

  project          = var.project.id
  name             = local.service
  description      = "Ends TLS for the console."
  url_map          = google_compute_url_map.default[0].id
  ssl_certificates = google_compute_managed_ssl_certificate.default[*].id
  ssl_policy       = google_compute_ssl_policy.default[0].id
}

resource "google_compute_global_address" "default" {
  count = var.domain == null ? 0 : 1

  project     = var.project.id
  name        = local.service
  description = "The console's address, for its domain's record."
}

resource "google_compute_global_forwarding_rule" "default" {
  count = var.domain == null ? 0 : 1

  project               = var.project.id
  name                  = local.service
  description           = "Leads the console's address to it."
  load_balancing_scheme = "EXTERNAL_MANAGED"
  port_range            = "443"
  ip_address            = google_compute_global_address.default[0].address
  target                = google_compute_target_https_proxy.default[0].id
  labels                = var.labels
}
