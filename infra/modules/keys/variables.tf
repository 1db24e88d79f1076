variable "deletion_protection" {
  description = "Whether the secrets are protected from deletion."
  type        = bool
  default     = true
  nullable    = false
}

variable "keys" {
  description = "The KMS keys by name, and who has which role on each, in the form { ROLE => [MEMBERS] }."
  type = map(object({
    iam = optional(map(list(string)), {})
  }))
  default  = {}
  nullable = false
}

variable "labels" {
  description = "Labels of keys and secrets."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "protection_level" {
  description = "Where the keys are held: SOFTWARE, or HSM at a higher price."
  type        = string
  default     = "SOFTWARE"
  nullable    = false

  validation {
    condition     = contains(["SOFTWARE", "HSM"], var.protection_level)
    error_message = "Keys are held in SOFTWARE or in an HSM; choose one of the two."
  }
}

variable "region" {
  description = "Where keys and secrets are; that of what they protect."
  type        = string
  nullable    = false
}

variable "ring" {
  description = "The key ring's name. A ring cannot be deleted: after a new start, import it."
  type        = string
  nullable    = false
}

variable "rotation_days" {
  description = "After how many days a key gets a new version; older ones still decrypt."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.rotation_days >= 1 && var.rotation_days <= 90
    error_message = "Keys rotate every 1 to 90 days: 90 is what auditors accept as the longest."
  }
}

variable "secrets" {
  description = "The secrets by their full name, without values: the key of `keys` that encrypts each, and who has which role."
  type = map(object({
    key = optional(string)
    iam = optional(map(list(string)), {})
  }))
  default  = {}
  nullable = false
}
