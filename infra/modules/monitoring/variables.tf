variable "budget" {
  description = "A monthly budget of the project, in whole units of the billing account's currency."
  type = object({
    billing_account = string
    monthly         = number
    currency        = optional(string)
  })
  default = null
}

variable "emails" {
  description = "Whom alerts tell: addresses by any stable name."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "Alerts go to e-mail addresses, such as { operations = \"ops@hospital.example\" }."
  }
}

variable "labels" {
  description = "Labels of everything here."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "objectives" {
  description = "The share of messages that are handled rather than given up, and of arrivals checked within ten seconds."
  type = object({
    handled = optional(number, 0.995)
    swift   = optional(number, 0.99)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for goal in values(var.objectives) : goal > 0 && goal < 1])
    error_message = "A goal is a share below 1, such as 0.995."
  }
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

variable "thresholds" {
  description = "When alerts fire: dead letters kept, their age in days, exceptions an hour, minutes of redelivery, and minutes that a series waits to be complete or for the rules."
  type = object({
    dead_letters     = optional(number, 0)
    dead_letter_days = optional(number, 7)
    exceptions       = optional(number, 10)
    stuck_minutes    = optional(number, 60)
    waiting_minutes  = optional(number, 120)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.thresholds.dead_letter_days < 31
    error_message = "Dead letters are kept for 31 days: be told earlier, such as after 7."
  }
  validation {
    condition     = var.thresholds.waiting_minutes > 0 && var.thresholds.waiting_minutes < 1440 && var.thresholds.waiting_minutes % 10 == 0
    error_message = "The age of a series is measured in steps of ten minutes up to a day: name such a step, such as 120, above the policy's maximum_wait."
  }
}

variable "ticking" {
  description = "Whether ticks come, so that their absence means something."
  type        = bool
  default     = true
  nullable    = false
}
