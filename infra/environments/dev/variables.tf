variable "delivery" {
  description = "The repository of images, builds from a connected source, and the production that they ask; see the module."
  type = object({
    repository     = optional(string)
    branch         = optional(string, "main")
    approval       = optional(bool, false)
    deployer_roles = optional(set(string), [])
    promotes_to = optional(object({
      project = object({ id = string, number = string })
      prefix  = optional(string)
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

variable "paused" {
  description = "Whether no tick comes: nothing runs, and no series is closed, until it is false again."
  type        = bool
  default     = false
  nullable    = false
}
