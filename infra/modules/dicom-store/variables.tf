variable "iam" {
  description = "Who has which role on every store, in the form { ROLE => [MEMBERS] }; authoritative for each role."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in flatten(values(var.iam)) : !startswith(member, "all")])
    error_message = "A DICOM store is never public: name service accounts, users or groups."
  }
}

variable "kms_key" {
  description = "The KMS key that encrypts the dataset; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of the stores."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "The dataset's name."
  type        = string
  nullable    = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Where the dataset is."
  type        = string
  nullable    = false
}

variable "stores" {
  description = "The DICOM stores by name; `senders` may store instances in one, such as a hospital's DIMSE adapter."
  type = map(object({
    senders = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = alltrue(flatten([for store in var.stores : [for member in store.senders : !startswith(member, "all")]]))
    error_message = "Nobody stores anonymously: name the hospital's service account as a sender."
  }
}

variable "topic" {
  description = "The topic that is told of every instance; its output has to wait for the Healthcare agent's grant."
  type        = string
  nullable    = false
}
