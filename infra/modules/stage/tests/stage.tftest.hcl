# What no stage can be without: dead letters, both agents' grants, retries, alerts. The runs plan and see the values
# of the configuration; whether Pub/Sub may really push is for the smoke test after a deployment.
provider "google" {
  project = "hospital"
  region  = "europe-west4"
}

# Identifiers that only Google would know.
override_resource {
  target          = google_pubsub_topic.dead_letters
  values          = { id = "projects/hospital/topics/airlock-deidentify-dead-letters" }
  override_during = plan
}

variables {
  project     = { id = "hospital", number = "123456789012" }
  region      = "europe-west4"
  prefix      = "airlock"
  name        = "deidentify"
  description = "Removes the identity."
  image       = "registry.example/airlock@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  identity    = "airlock-deidentify@hospital.iam.gserviceaccount.com"
  hears       = { shards = "projects/hospital/topics/airlock-shards" }
  delivery    = { attempts = 8, ack_deadline = 600, backoff = { minimum = 10, maximum = 600 } }
  size        = { cpu = 2, memory = "4Gi", concurrency = 1, instances = { min = 0, max = 60 } }
  kms_key     = "projects/hospital/locations/europe-west4/keyRings/airlock/cryptoKeys/platform"
  environment = { AIRLOCK_PREFIX = "airlock" }
  quarantine = {
    endpoint      = "https://quarantine.example"
    audience      = "airlock-quarantine.push"
    push_identity = "airlock-quarantine-push@hospital.iam.gserviceaccount.com"
  }
}

run "messages_that_use_up_their_attempts_are_dead_letters" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.work["shards"].dead_letter_policy[0].max_delivery_attempts == 8
    error_message = "a message is a dead letter after the attempts of pipeline.yaml"
  }
  assert {
    condition     = google_pubsub_subscription.work["shards"].dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letters[0].id
    error_message = "dead letters go to the stage's own topic"
  }
  assert {
    condition     = google_pubsub_topic.dead_letters[0].name == "airlock-deidentify-dead-letters"
    error_message = "the topic is named as in the code, after the prefix"
  }
}

run "dead_letters_are_kept_for_a_month_by_a_subscription_that_never_expires" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.dead_letters_kept[0].expiration_policy[0].ttl == ""
    error_message = "a quiet subscription would expire after 31 days"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_kept[0].topic == google_pubsub_topic.dead_letters[0].id
    error_message = "what is kept are the stage's dead letters"
  }
  assert {
    condition     = length(google_pubsub_subscription.dead_letters_kept[0].push_config) == 0
    error_message = "the subscription that keeps dead letters is pulled by people"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_kept[0].message_retention_duration == "2678400s"
    error_message = "dead letters are kept for 31 days"
  }
}

run "dead_letters_are_recorded_by_quarantine" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.dead_letters_recorded[0].topic == google_pubsub_topic.dead_letters[0].id
    error_message = "what is recorded are the stage's dead letters"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_recorded[0].push_config[0].push_endpoint == "https://quarantine.example"
    error_message = "dead letters are pushed to quarantine"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_recorded[0].push_config[0].oidc_token[0].service_account_email == "airlock-quarantine-push@hospital.iam.gserviceaccount.com"
    error_message = "they come with quarantine's own push identity"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_recorded[0].push_config[0].oidc_token[0].audience == "airlock-quarantine.push"
    error_message = "they come for quarantine's audience"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_recorded[0].name == "airlock-quarantine-deidentify-dead-letters"
    error_message = "the subscription is named as in the code, after the prefix"
  }
  assert {
    condition     = google_pubsub_subscription.dead_letters_recorded[0].expiration_policy[0].ttl == "" && length(google_pubsub_subscription.dead_letters_recorded[0].dead_letter_policy) == 0
    error_message = "quarantine's messages come again for ever"
  }
}

run "pubsub_may_forward_dead_letters" {
  command = plan

  assert {
    condition     = google_pubsub_topic_iam_binding.dead_letters[0].role == "roles/pubsub.publisher" && google_pubsub_topic_iam_binding.dead_letters[0].members == toset(["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "the agent, and nobody else, publishes to the dead-letter topic"
  }
  assert {
    condition     = google_pubsub_subscription_iam_binding.forwarded["shards"].role == "roles/pubsub.subscriber" && google_pubsub_subscription_iam_binding.forwarded["shards"].members == toset(["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "the agent, and nobody else, takes messages from the source subscription"
  }
  assert {
    condition     = google_pubsub_subscription_iam_binding.forwarded["shards"].subscription == "airlock-deidentify-shards" && google_pubsub_topic_iam_binding.dead_letters[0].topic == "airlock-deidentify-dead-letters"
    error_message = "the grants are on this stage's topic and subscription"
  }
}

run "every_subscription_has_its_grant" {
  command = plan

  variables {
    hears = {
      ticks      = "projects/hospital/topics/airlock-ticks"
      retrievals = "projects/hospital/topics/airlock-retrievals"
      deliveries = "projects/hospital/topics/airlock-deliveries"
    }
  }

  assert {
    condition     = keys(google_pubsub_subscription_iam_binding.forwarded) == keys(google_pubsub_subscription.work)
    error_message = "the agent may take messages from each of the stage's subscriptions"
  }
  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.work : length(subscription.dead_letter_policy) == 1 && subscription.expiration_policy[0].ttl == ""])
    error_message = "each of the stage's subscriptions has dead letters and never expires"
  }
}

run "deliveries_are_spaced_as_in_the_table" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.work["shards"].retry_policy[0].minimum_backoff == "10s" && google_pubsub_subscription.work["shards"].retry_policy[0].maximum_backoff == "600s"
    error_message = "back-off from 10 to 600 seconds"
  }
  assert {
    condition     = google_pubsub_subscription.work["shards"].ack_deadline_seconds == 600 && google_cloud_run_v2_service.default.template[0].timeout == "600s"
    error_message = "the ack deadline is the request's timeout"
  }
  assert {
    condition     = google_pubsub_subscription.work["shards"].expiration_policy[0].ttl == ""
    error_message = "a subscription that is quiet for a month stays"
  }
}

run "only_pubsub_calls_the_service" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service_iam_binding.invoker.role == "roles/run.invoker" && google_cloud_run_v2_service_iam_binding.invoker.members == toset(["serviceAccount:airlock-deidentify-push@hospital.iam.gserviceaccount.com"])
    error_message = "the stage's push identity, and nobody else, invokes it"
  }
  assert {
    condition     = google_service_account_iam_binding.push_token.role == "roles/iam.serviceAccountOpenIdTokenCreator" && google_service_account_iam_binding.push_token.members == toset(["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])
    error_message = "Pub/Sub, and nobody else, signs as the push identity"
  }
  assert {
    condition     = google_cloud_run_v2_service.default.ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY" && google_cloud_run_v2_service.default.invoker_iam_disabled != true
    error_message = "the service is not reached from the internet, and asks who calls"
  }
  assert {
    condition     = google_cloud_run_v2_service.default.custom_audiences == tolist([google_pubsub_subscription.work["shards"].push_config[0].oidc_token[0].audience])
    error_message = "the service accepts tokens for the audience that the push asks for"
  }
}

run "the_function_is_told_who_pushes" {
  command = plan

  assert {
    condition = { for env in google_cloud_run_v2_service.default.template[0].containers[0].env : env.name => env.value } == {
      AIRLOCK_FUNCTION             = "deidentify"
      AIRLOCK_PREFIX               = "airlock"
      AIRLOCK_PUSH_AUDIENCE        = "airlock-deidentify.push"
      AIRLOCK_PUSH_SERVICE_ACCOUNT = "airlock-deidentify-push@hospital.iam.gserviceaccount.com"
      AIRLOCK_PUSH_SIGNATURE       = "checked_by_cloud_run"
    }
    error_message = "the function gets its name, and what a push request proves itself with"
  }
  assert {
    condition     = google_cloud_run_v2_service.default.template[0].service_account == "airlock-deidentify@hospital.iam.gserviceaccount.com"
    error_message = "the stage runs as its own identity"
  }
}

run "a_key_encrypts_dead_letters_and_image" {
  command = plan

  assert {
    condition     = google_pubsub_topic.dead_letters[0].kms_key_name == var.kms_key && google_cloud_run_v2_service.default.template[0].encryption_key == var.kms_key
    error_message = "what the stage stores is encrypted with the given key"
  }
}

run "quarantine_gives_up_no_message" {
  command = plan

  variables {
    name       = "quarantine"
    hears      = { failures = "projects/hospital/topics/airlock-failures" }
    quarantine = null
  }

  assert {
    condition     = length(google_pubsub_topic.dead_letters) == 0 && length(google_pubsub_subscription.work["failures"].dead_letter_policy) == 0
    error_message = "who records failures keeps its own messages until they are recorded"
  }
  assert {
    condition     = google_pubsub_subscription.work["failures"].expiration_policy[0].ttl == ""
    error_message = "its subscription never expires"
  }
}

run "all_traffic_leaves_through_the_given_network" {
  command = plan

  variables {
    network = { network = "projects/hospital/global/networks/airlock", subnetwork = "google", tags = ["airlock-google"] }
  }

  assert {
    condition     = google_cloud_run_v2_service.default.template[0].vpc_access[0].egress == "ALL_TRAFFIC"
    error_message = "nothing goes around the firewall"
  }
  assert {
    condition     = google_cloud_run_v2_service.default.template[0].vpc_access[0].network_interfaces[0].tags == tolist(["airlock-google"])
    error_message = "the firewall's rules apply to the stage"
  }
}

run "fewer_attempts_than_pubsub_allows_are_refused" {
  command = plan

  variables {
    delivery = { attempts = 4, ack_deadline = 600, backoff = { minimum = 10, maximum = 600 } }
  }

  expect_failures = [var.delivery]
}

run "an_ack_deadline_over_ten_minutes_is_refused" {
  command = plan

  variables {
    delivery = { attempts = 8, ack_deadline = 601, backoff = { minimum = 10, maximum = 600 } }
  }

  expect_failures = [var.delivery]
}

run "a_back_off_that_shrinks_is_refused" {
  command = plan

  variables {
    delivery = { attempts = 8, ack_deadline = 600, backoff = { minimum = 60, maximum = 10 } }
  }

  expect_failures = [var.delivery]
}

run "a_stage_that_hears_nothing_is_refused" {
  command = plan

  variables {
    hears = {}
  }

  expect_failures = [var.hears]
}

run "a_stage_with_a_hyphen_is_refused" {
  command = plan

  variables {
    name = "de-identify"
  }

  expect_failures = [var.name]
}
