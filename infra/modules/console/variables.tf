variable "deletion_protection" {
  description = "Whether the service is protected from deletion."
  type        = bool
  default     = true
  nullable    = false
}

variable "domain" {
  description = "A domain of your own, which needs a load balancer; Cloud Run's own address if null."
  type        = string
  default     = null
}

variable "environment" {
  description = "Variables of the environment."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "identity" {
  description = "The service account that the console runs as."
  type        = string
  nullable    = false
}

variable "image" {
  description = "The container image."
  type        = string
  nullable    = false
}

variable "kms_key" {
  description = "The KMS key that encrypts the deployed image; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of everything here."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "network" {
  description = "The network through which all traffic leaves; Cloud Run's own if null."
  type = object({
    network    = string
    subnetwork = string
    tags       = list(string)
  })
  default = null
}

variable "people" {
  description = "Who may open the console, such as [\"group:radiology-ops@hospital.example\"]."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.people) > 0 && alltrue([for member in var.people : can(regex("^(user|group):", member))])
    error_message = "The console is for people: name users or groups, such as \"group:radiology-ops@hospital.example\"."
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

variable "region" {
  description = "Where the service is."
  type        = string
  nullable    = false
}
