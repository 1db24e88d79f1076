variable "deletion_protection" {
  description = "Whether the table is protected from deletion, and the dataset from deletion with its content."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key" {
  description = "The KMS key that encrypts the record; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of everything here."
  type        = map(string)
  default     = {}
  nullable    = false
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

variable "readers" {
  description = "Who may read the record."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.readers : !startswith(member, "all")])
    error_message = "The record is not public: name users or groups."
  }
}

variable "region" {
  description = "Where the record is kept."
  type        = string
  nullable    = false
}

variable "retention_days" {
  description = "For how many days the record is kept; six years is what HIPAA asks for."
  type        = number
  default     = 2192
  nullable    = false

  validation {
    condition     = var.retention_days >= 30
    error_message = "Keep the record for at least 30 days: exceptions can be retried for as long."
  }
}

variable "topic" {
  description = "The topic of the record."
  type        = string
  nullable    = false
}
