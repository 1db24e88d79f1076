variable "kms_key" {
  description = "The KMS key that encrypts the messages; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of the topic."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "The topic's name, with the installation's prefix."
  type        = string
  nullable    = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "publishers" {
  description = "Who may publish, and nobody else."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(setintersection(var.publishers, ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "Everybody cannot publish: name service accounts or groups, such as \"serviceAccount:NAME\"."
  }
}

variable "regions" {
  description = "Where messages may be stored."
  type        = list(string)
  nullable    = false
}

variable "retention" {
  description = "How long messages can be replayed after they are acknowledged, such as \"604800s\"; not at all if null."
  type        = string
  default     = null
}
