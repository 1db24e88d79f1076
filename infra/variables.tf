variable "audit" {
  description = "The record of events: who may read it, for how many days it is kept, and whether reading and writing data is logged by Google as well."
  type = object({
    readers        = optional(list(string), [])
    retention_days = optional(number, 2192)
    data_access    = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "backups" {
  description = "For how many days the ledgers' daily backups are kept, 0 for none, and whether they can be read as of any minute of the last week."
  type = object({
    days                   = optional(number, 30)
    point_in_time_recovery = optional(bool, true)
  })
  default  = {}
  nullable = false
}

variable "buckets" {
  description = "What the two buckets keep, and for how long; see modules/bucket."
  type = object({
    clinical = optional(object({
      versioning        = optional(bool, true)
      soft_delete_days  = optional(number, 30)
      noncurrent_days   = optional(number, 30)
      colder_after_days = optional(map(number), {})
      delete_after_days = optional(number)
      retention         = optional(object({ days = number, locked = optional(bool, false) }))
    }), {})
    released = optional(object({
      versioning        = optional(bool, true)
      soft_delete_days  = optional(number, 7)
      noncurrent_days   = optional(number, 7)
      colder_after_days = optional(map(number), {})
      delete_after_days = optional(number)
      retention         = optional(object({ days = number, locked = optional(bool, false) }))
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.buckets.released.retention == null
    error_message = "What was released may have to be taken back: set retention on the clinical bucket, and delete_after_days on the released one."
  }
}

variable "console" {
  description = "The console: who may open it, an image of its own, and a domain of its own, which needs a load balancer. No console if null."
  type = object({
    people = list(string)
    image  = optional(string)
    domain = optional(string)
  })
  default = null
}

variable "deletion_protection" {
  description = "Whether services, secrets, databases and tables are protected from deletion, and buckets kept while they hold objects."
  type        = bool
  default     = true
  nullable    = false
}

variable "delivery" {
  description = "The repository of images, builds from a connected source, and the installation that images go to or come from; see modules/delivery. None if null: then the image comes from elsewhere."
  type = object({
    repository     = optional(string)
    branch         = optional(string, "main")
    approval       = optional(bool, true)
    deployer_roles = optional(set(string), [])
    promotes_from = optional(object({
      project_id = string
      registry   = string
      prefix     = optional(string)
      approvers  = optional(list(string), [])
    }))
    promotes_to = optional(object({
      project = object({ id = string, number = string })
      prefix  = optional(string)
    }))
    keep = optional(object({ versions = optional(number, 20), days = optional(number, 90) }), {})
  })
  default = null
}

variable "destinations" {
  description = "The destinations of rulesets/destinations by name: the variable that `base_url: env:NAME` names, and the address."
  type = map(object({
    variable = optional(string)
    address  = optional(string)
  }))
  nullable = false

  validation {
    condition     = alltrue([for destination in var.destinations : (destination.variable == null) == (destination.address == null)])
    error_message = "A destination has a variable and an address, as in { variable = \"AUTOSEGMENTATION_URL\", address = \"https://…\" }, or neither where its file has the address."
  }
  validation {
    condition     = alltrue([for destination in var.destinations : destination.address == null || can(regex("^https://", destination.address))])
    error_message = "Tokens and images go to https:// addresses only."
  }
  validation {
    condition     = alltrue([for name in keys(var.destinations) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", name))])
    error_message = "A destination is called as in its file in rulesets/destinations: small letters, digits, hyphens and underscores."
  }
}

variable "dicom_stores" {
  description = "The DICOM stores that hospitals push to, by name; `senders` may store instances in one."
  type = map(object({
    senders = optional(list(string), [])
  }))
  default  = {}
  nullable = false
}

variable "encryption" {
  description = "Whether data is encrypted with keys of the project, where these are held, and how often they rotate."
  type = object({
    customer_managed = optional(bool, true)
    protection_level = optional(string, "SOFTWARE")
    rotation_days    = optional(number, 90)
  })
  default  = {}
  nullable = false
}

variable "image" {
  description = "The container image of all stages, by digest: REPOSITORY/NAME@sha256:DIGEST."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest (…@sha256:…), so that what was tested is what runs: `gcloud artifacts docker images describe` prints it."
  }
}

variable "labels" {
  description = "Labels of everything."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "monitoring" {
  description = "Whom alerts tell, when, the objectives, and a monthly budget."
  type = object({
    emails                 = optional(map(string), {})
    oldest_message_minutes = optional(number, 30)
    push_errors            = optional(number, 20)
    thresholds = optional(object({
      dead_letters     = optional(number, 0)
      dead_letter_days = optional(number, 7)
      exceptions       = optional(number, 10)
      stuck_minutes    = optional(number, 60)
      waiting_minutes  = optional(number, 120)
    }), {})
    objectives = optional(object({
      handled = optional(number, 0.995)
      swift   = optional(number, 0.99)
    }), {})
    budget = optional(object({
      billing_account = string
      monthly         = number
      currency        = optional(string)
    }))
  })
  default  = {}
  nullable = false
}

variable "network" {
  description = "The network that keeps stages without a destination away from the internet, the address that destinations see, and a perimeter of VPC Service Controls."
  type = object({
    enabled       = optional(bool, true)
    range         = optional(string, "10.120.0.0/22")
    flow_logs     = optional(bool, true)
    static_egress = optional(bool, true)
    perimeter = optional(object({
      policy        = string
      dry_run       = optional(bool, true)
      access_levels = optional(list(string), [])
    }))
  })
  default  = {}
  nullable = false
}

variable "prefix" {
  description = "What all names begin with, before a hyphen; another one for another installation in the same project."
  type        = string
  default     = "airlock"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,11}[a-z0-9]$", var.prefix))
    error_message = "A prefix has 3 to 13 small letters, digits and hyphens and begins with a letter: longer names of service accounts are not allowed."
  }
}

variable "project" {
  description = "The project's id and number: `gcloud projects describe ID`."
  type        = object({ id = string, number = string })
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project.number))
    error_message = "The number has digits only, unlike the id: `gcloud projects describe ID --format='value(projectNumber)'` prints it."
  }
}

variable "region" {
  description = "Where everything is, such as europe-west4: one that has Cloud Run, Firestore and the Healthcare API."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region, such as europe-west4, neither a zone nor a continent: data stays in one place."
  }
}

variable "replay" {
  description = "For how long arrivals can be replayed after they were acknowledged, such as \"604800s\"; not at all if null."
  type        = string
  default     = null
}

variable "rulesets" {
  description = "The folder of the rulesets in the image."
  type        = string
  default     = "/opt/airlock/lib/python3.11/site-packages/rulesets"
  nullable    = false
}

variable "senders" {
  description = "Who may upload under intake/ in the clinical bucket, such as a hospital's service account."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "sizes" {
  description = "Other sizes than those of pipeline.yaml, by stage."
  type = map(object({
    cpu         = optional(number)
    memory      = optional(string)
    concurrency = optional(number)
    instances   = optional(object({ min = optional(number), max = optional(number) }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(setsubtract(keys(var.sizes), keys(yamldecode(file("${path.module}/pipeline.yaml")).stages))) == 0
    error_message = "A size is for a stage: name it as in pipeline.yaml."
  }
}

variable "ticks" {
  description = "When series are closed and results asked for, as in a crontab, and whether that is paused."
  type = object({
    schedule = optional(string, "* * * * *")
    paused   = optional(bool, false)
  })
  default  = {}
  nullable = false
}
