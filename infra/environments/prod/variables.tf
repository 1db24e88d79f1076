variable "delivery" {
  description = "The connected source, and where the images come from that people approve; see the module."
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
  })
  default = {}
}

variable "destinations" {
  description = "The destinations of rulesets/destinations by name: the variable that its file names, and the address."
  type = map(object({
    variable = optional(string)
    address  = optional(string)
  }))
  nullable = false
}

variable "dicom_stores" {
  description = "The DICOM stores that hospitals push to, by name; `senders` may store instances in one."
  type = map(object({
    senders = optional(list(string), [])
  }))
  default  = {}
  nullable = false
}

variable "emails" {
  description = "Whom alerts tell: addresses by any stable name."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "image" {
  description = "The container image of all stages, by digest."
  type        = string
  nullable    = false
}

variable "prefix" {
  description = "What all names begin with, before a hyphen."
  type        = string
  default     = "airlock"
  nullable    = false
}

variable "project" {
  description = "The project's id and number: `gcloud projects describe ID`."
  type        = object({ id = string, number = string })
  nullable    = false
}

variable "region" {
  description = "Where everything is."
  type        = string
  nullable    = false
}

variable "senders" {
  description = "Who may upload under intake/ in the clinical bucket."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "auditors" {
  description = "Who may read the record of events."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "budget" {
  description = "A monthly budget, in whole units of the billing account's currency."
  type = object({
    billing_account = string
    monthly         = number
    currency        = optional(string)
  })
  default = null
}

variable "console" {
  description = "The console: who may open it, an image of its own, and a domain of its own. No console if null."
  type = object({
    people = list(string)
    image  = optional(string)
    domain = optional(string)
  })
  default = null
}

variable "encryption" {
  description = "Whether data is encrypted with keys of the project, and where these are held."
  type = object({
    customer_managed = optional(bool, true)
    protection_level = optional(string, "SOFTWARE")
    rotation_days    = optional(number, 90)
  })
  default  = {}
  nullable = false
}

variable "perimeter" {
  description = "A perimeter of VPC Service Controls around the project; needs an organization."
  type = object({
    policy        = string
    dry_run       = optional(bool, true)
    access_levels = optional(list(string), [])
  })
  default = null
}

variable "retention" {
  description = "For how many days no clinical object can be changed or deleted; locked, nobody can take that back."
  type        = object({ days = number, locked = optional(bool, false) })
  default     = null
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
}
