# Who has no destination reaches Google's APIs and nothing else.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

# Identifiers that only Google would know.
override_resource {
  target          = google_compute_subnetwork.default["google"]
  values          = { id = "subnetworks/google" }
  override_during = plan
}

override_resource {
  target          = google_compute_subnetwork.default["outside"]
  values          = { id = "subnetworks/outside" }
  override_during = plan
}

variables {
  project = { id = "hospital", number = "123456789012" }
  region  = "europe-west4"
  prefix  = "airlock"
}

run "stages_without_a_destination_reach_nothing_outside" {
  command = plan

  assert {
    condition     = length(google_compute_firewall.outside_denied.deny) == 1 && google_compute_firewall.outside_denied.destination_ranges == toset(["0.0.0.0/0"])
    error_message = "everything is denied"
  }
  assert {
    condition     = google_compute_firewall.outside_denied.target_tags == toset(output.ways.google.tags) && google_compute_firewall.google_allowed.target_tags == toset(output.ways.google.tags)
    error_message = "the rules are for the stages that reach Google alone"
  }
  assert {
    condition     = google_compute_firewall.google_allowed.priority < google_compute_firewall.outside_denied.priority && google_compute_firewall.google_allowed.destination_ranges == toset(["199.36.153.4/30"])
    error_message = "Google's restricted addresses alone are let through before that"
  }
  assert {
    condition     = toset([for subnetwork in google_compute_router_nat.outside.subnetwork : subnetwork.name]) == toset([google_compute_subnetwork.default["outside"].id]) && google_compute_router_nat.outside.source_subnetwork_ip_ranges_to_nat == "LIST_OF_SUBNETWORKS"
    error_message = "the way out is for the other subnetwork alone"
  }
}

run "google_is_reached_without_the_internet" {
  command = plan

  assert {
    condition     = alltrue([for subnetwork in google_compute_subnetwork.default : subnetwork.private_ip_google_access])
    error_message = "Private Google Access is on"
  }
  assert {
    condition     = google_dns_managed_zone.google.visibility == "private" && google_dns_record_set.all.rrdatas == tolist(["restricted.googleapis.com."])
    error_message = "names of Google's APIs lead to the restricted addresses"
  }
}

run "destinations_see_one_address" {
  command = plan

  assert {
    condition     = length(google_compute_address.outside) == 1 && google_compute_router_nat.outside.nat_ip_allocate_option == "MANUAL_ONLY"
    error_message = "one static address"
  }
}

run "no_address_where_none_is_wanted" {
  command = plan

  variables {
    static_egress = false
  }

  assert {
    condition     = length(google_compute_address.outside) == 0 && google_compute_router_nat.outside.nat_ip_allocate_option == "AUTO_ONLY" && output.egress_address == null
    error_message = "no address is paid for"
  }
}

run "nothing_comes_in" {
  command = plan

  assert {
    condition     = google_compute_firewall.ingress_denied.direction == "INGRESS" && length(google_compute_firewall.ingress_denied.deny) == 1
    error_message = "nothing is reached through this network"
  }
}

run "a_perimeter_is_tried_first" {
  command = plan

  variables {
    perimeter = { policy = "123" }
  }

  assert {
    condition     = google_access_context_manager_service_perimeter.default[0].use_explicit_dry_run_spec && length(google_access_context_manager_service_perimeter.default[0].status) == 0
    error_message = "a new perimeter blocks nothing until it was tried"
  }
  assert {
    condition     = google_access_context_manager_service_perimeter.default[0].spec[0].resources == toset(["projects/123456789012"]) && contains(google_access_context_manager_service_perimeter.default[0].spec[0].restricted_services, "storage.googleapis.com")
    error_message = "it is around the project, and about its data"
  }
}

run "a_range_that_is_too_small_is_refused" {
  command = plan

  variables {
    range = "10.0.0.0/28"
  }

  expect_failures = [var.range]
}
