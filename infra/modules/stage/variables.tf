variable "alerts" {
  description = "Whom the alerts tell, and when."
  type = object({
    channels               = optional(list(string), [])
    oldest_message_minutes = optional(number, 30)
    push_errors            = optional(number, 20)
  })
  default  = {}
  nullable = false
}

variable "deletion_protection" {
  description = "Whether the service is protected from deletion."
  type        = bool
  default     = true
  nullable    = false
}

variable "delivery" {
  description = "How messages are delivered: attempts, ack deadline in seconds (also the request's timeout), and back-off in seconds."
  type = object({
    attempts     = number
    ack_deadline = number
    backoff      = object({ minimum = number, maximum = number })
  })
  nullable = false

  validation {
    condition     = var.delivery.attempts >= 5 && var.delivery.attempts <= 100
    error_message = "Pub/Sub allows 5 to 100 attempts before a dead letter: change `attempts` in pipeline.yaml."
  }
  validation {
    condition     = var.delivery.ack_deadline >= 10 && var.delivery.ack_deadline <= 600
    error_message = "Pub/Sub waits 10 to 600 seconds for an answer: split the work instead of asking for more."
  }
  validation {
    condition     = var.delivery.backoff.minimum <= var.delivery.backoff.maximum && var.delivery.backoff.maximum <= 600
    error_message = "The back-off goes from `minimum` up to `maximum`, at most 600 seconds: change them in pipeline.yaml."
  }
}

variable "description" {
  description = "What the stage does, in a sentence."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Variables of the environment, besides those of the push."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "hears" {
  description = "The topics whose messages are pushed to the stage: resource name by name without prefix."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.hears) > 0
    error_message = "A stage that hears nothing does nothing: name its topics under `hears` in pipeline.yaml."
  }
}

variable "identity" {
  description = "The service account that the stage runs as."
  type        = string
  nullable    = false
}

variable "image" {
  description = "The container image of all stages."
  type        = string
  nullable    = false
}

variable "kms_key" {
  description = "The KMS key that encrypts dead letters and the deployed image; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of everything of the stage."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "The stage's name, as in pipeline.yaml."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{3,11}$", var.name))
    error_message = "A stage's name is 3 to 11 small letters without hyphens, so that its subscriptions can be told apart."
  }
}

variable "network" {
  description = "The network through which all traffic of the stage leaves; Cloud Run's own if null."
  type = object({
    network    = string
    subnetwork = string
    tags       = list(string)
  })
  default = null
}

variable "prefix" {
  description = "What all names begin with, before a hyphen."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project's id and number."
  type        = object({ id = string, number = string })
  nullable    = false
}

variable "quarantine" {
  description = "Where dead letters are recorded; null for quarantine itself, whose messages come again for ever."
  type = object({
    endpoint      = string
    audience      = string
    push_identity = string
  })
  default = null
}

variable "region" {
  description = "Where the service is."
  type        = string
  nullable    = false
}

variable "retention" {
  description = "How long a message that nobody acknowledges is kept; a month is the most, and as long as claims are kept."
  type        = string
  default     = "2678400s"
  nullable    = false
}

variable "size" {
  description = "CPUs, memory, concurrent requests of one instance, and how many instances."
  type = object({
    cpu         = number
    memory      = string
    concurrency = number
    instances   = object({ min = number, max = number })
  })
  nullable = false
}
