variable "approval" {
  description = "Whether a person approves a deployment before it begins."
  type        = bool
  default     = true
  nullable    = false
}

variable "branch" {
  description = "The branch that is deployed, as a regular expression."
  type        = string
  default     = "main"
  nullable    = false
}

variable "deployer_roles" {
  description = "The roles of the identity that runs Terraform. They are those of its resources; never a basic role."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(setintersection(var.deployer_roles, ["roles/owner", "roles/editor", "roles/viewer"])) == 0
    error_message = "Basic roles reach everything: list the roles of the resources that Terraform manages instead."
  }
}

variable "image_readers" {
  description = "Who may pull the image: Cloud Run's agents."
  type        = list(string)
  nullable    = false
}

variable "keep" {
  description = "How many versions of the image stay in any case, and for how many days the others."
  type = object({
    versions = optional(number, 20)
    days     = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.keep.versions >= 2
    error_message = "Keep two versions at least: the one that runs, and the one to go back to."
  }
}

variable "kms_key" {
  description = "The KMS key that encrypts the images; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of the repository."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "prefix" {
  description = "What all names begin with, before a hyphen."
  type        = string
  nullable    = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Where images are kept and built."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "The source's repository as connected to Cloud Build (projects/P/locations/L/connections/C/repositories/R); no triggers if null."
  type        = string
  default     = null

  validation {
    condition     = var.repository == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.repository))
    error_message = "Connect the repository in Cloud Build first, and give its resource name: projects/P/locations/L/connections/C/repositories/R."
  }
}
