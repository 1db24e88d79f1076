variable "flow_logs" {
  description = "Whether the subnetworks' connections are logged."
  type        = bool
  default     = true
  nullable    = false
}

variable "perimeter" {
  description = "A perimeter of VPC Service Controls around the project: the number of the organization's access policy, and who comes in by which access levels. Try it as a dry run first."
  type = object({
    policy        = string
    dry_run       = optional(bool, true)
    access_levels = optional(list(string), [])
    services = optional(list(string), [
      "bigquery.googleapis.com", "cloudkms.googleapis.com", "firestore.googleapis.com", "healthcare.googleapis.com",
      "pubsub.googleapis.com", "run.googleapis.com", "secretmanager.googleapis.com", "storage.googleapis.com",
    ])
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

variable "range" {
  description = "The addresses of both subnetworks; Cloud Run takes two for each instance."
  type        = string
  default     = "10.120.0.0/22"
  nullable    = false

  validation {
    condition     = try(tonumber(split("/", var.range)[1]) <= 24 && cidrhost(var.range, 0) != "", false)
    error_message = "The range is an IPv4 range of at least 256 addresses, such as 10.120.0.0/22."
  }
}

variable "region" {
  description = "Where the subnetworks are."
  type        = string
  nullable    = false
}

variable "static_egress" {
  description = "Whether destinations see one address that stays, for their allow lists."
  type        = bool
  default     = true
  nullable    = false
}
