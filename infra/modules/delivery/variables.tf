variable "approval" {
  description = "Whether a person approves a deployment before it begins."
  type        = bool
  default     = true
  nullable    = false
}

variable "branch" {
  description = "The branch that is deployed."
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

variable "promotes_from" {
  description = "The installation that tests the images which come here: its project, its output `registry`, its prefix if it is another; and the people who approve. Images are built and tested here if null."
  type = object({
    project_id = string
    registry   = string
    prefix     = optional(string)
    approvers  = optional(list(string), [])
  })
  default = null

  validation {
    condition     = can(regex("^[a-z0-9.-]+(/[a-z0-9._-]+)+$", try(var.promotes_from.registry, "none/none")))
    error_message = "A registry is what the output `registry` of the other installation says, without an image behind it."
  }

  validation {
    condition     = alltrue([for member in try(var.promotes_from.approvers, []) : can(regex("^(user|group):", member))])
    error_message = "Only people approve: name them as user:ADDRESS or, better, as group:ADDRESS."
  }
}

variable "promotes_to" {
  description = "The installation that is asked to take an image after it was tested here, and its prefix if it is another. None is asked if null."
  type = object({
    project = object({ id = string, number = string })
    prefix  = optional(string)
  })
  default = null
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
