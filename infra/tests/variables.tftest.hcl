# What is refused before anything is made, with a message that tells the way out.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

provider "google-beta" {
  project = "hospital"
  region  = "europe-west4"
}

variables {
  project      = { id = "hospital", number = "123456789012" }
  region       = "europe-west4"
  prefix       = "acme-prod"
  image        = "registry.example/airlock@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  destinations = { autosegmentation = { variable = "AUTOSEGMENTATION_URL", address = "https://segmentation.example" } }
  dicom_stores = { radiology = {} }
}

run "a_prefix_that_makes_names_too_long_is_refused" {
  command = plan

  variables {
    prefix = "radiology-production"
  }

  expect_failures = [var.prefix]
}

run "a_prefix_with_capitals_is_refused" {
  command = plan

  variables {
    prefix = "Airlock"
  }

  expect_failures = [var.prefix]
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    image = "registry.example/airlock:latest"
  }

  expect_failures = [var.image]
}

run "a_projects_id_for_its_number_is_refused" {
  command = plan

  variables {
    project = { id = "hospital", number = "hospital" }
  }

  expect_failures = [var.project]
}

run "a_zone_for_a_region_is_refused" {
  command = plan

  variables {
    region = "europe-west4-a"
  }

  expect_failures = [var.region]
}

run "a_destination_in_the_clear_is_refused" {
  command = plan

  variables {
    destinations = { autosegmentation = { variable = "AUTOSEGMENTATION_URL", address = "http://segmentation.example" } }
  }

  expect_failures = [var.destinations]
}

run "a_destination_with_half_an_address_is_refused" {
  command = plan

  variables {
    destinations = { autosegmentation = { variable = "AUTOSEGMENTATION_URL" } }
  }

  expect_failures = [var.destinations]
}

run "a_size_for_no_stage_is_refused" {
  command = plan

  variables {
    sizes = { anonymize = { memory = "8Gi" } }
  }

  expect_failures = [var.sizes]
}

run "retention_on_the_released_bucket_is_refused" {
  command = plan

  variables {
    buckets = { released = { retention = { days = 30 } } }
  }

  expect_failures = [var.buckets]
}
