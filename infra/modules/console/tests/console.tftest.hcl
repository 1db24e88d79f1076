# The console is for people who have signed in.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

provider "google-beta" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project  = { id = "hospital", number = "123456789012" }
  region   = "europe-west4"
  prefix   = "airlock"
  image    = "registry.example/airlock@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  identity = "airlock-console@hospital.iam.gserviceaccount.com"
  people   = ["group:ops@hospital.example"]
}

run "people_sign_in_first" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service.default.iap_enabled
    error_message = "the Identity-Aware Proxy stands before the console"
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_binding.invoker.members == toset(["serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"])
    error_message = "the proxy, and nobody else, calls the console"
  }
  assert {
    condition     = google_iap_web_cloud_run_service_iam_binding.people.role == "roles/iap.httpsResourceAccessor" && google_iap_web_cloud_run_service_iam_binding.people.members == toset(["group:ops@hospital.example"])
    error_message = "the named pass the proxy, and nobody else"
  }
}

run "no_load_balancer_without_a_domain" {
  command = plan

  assert {
    condition     = length(google_compute_global_forwarding_rule.default) == 0
    error_message = "a load balancer is paid for by the hour"
  }
}

run "a_domain_is_reached_through_the_load_balancer_alone" {
  command = plan

  variables {
    domain = "airlock.hospital.example"
  }

  assert {
    condition     = google_cloud_run_v2_service.default.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
    error_message = "the service has no other way in"
  }
  assert {
    condition     = google_compute_ssl_policy.default[0].min_tls_version == "TLS_1_2" && google_compute_managed_ssl_certificate.default[0].managed[0].domains == tolist(["airlock.hospital.example"])
    error_message = "TLS 1.2 or later, with the domain's certificate"
  }
}

run "a_console_for_everybody_is_refused" {
  command = plan

  variables {
    people = ["allUsers"]
  }

  expect_failures = [var.people]
}

run "a_console_for_nobody_is_refused" {
  command = plan

  variables {
    people = []
  }

  expect_failures = [var.people]
}
