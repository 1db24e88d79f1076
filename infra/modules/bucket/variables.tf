variable "adders" {
  description = "Who may add objects to a folder, in the form { FOLDER => [MEMBERS] }, such as hospitals under \"intake/\"."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for folder in keys(var.adders) : can(regex("^[^/]+/$", folder))])
    error_message = "A folder ends with a slash, such as \"intake/\"; whoever may add anywhere is named in `iam`."
  }
  validation {
    condition     = alltrue([for member in flatten(values(var.adders)) : !startswith(member, "all")])
    error_message = "Nobody uploads anonymously: name service accounts, users or groups, or give out signed URLs."
  }
}

variable "colder_after_days" {
  description = "After how many days objects go to a colder storage class, such as { NEARLINE = 30 }."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.colder_after_days), ["NEARLINE", "COLDLINE", "ARCHIVE"])) == 0
    error_message = "Colder classes are NEARLINE, COLDLINE and ARCHIVE; leave the map empty to keep everything in STANDARD."
  }
}

variable "delete_after_days" {
  description = "After how many days objects are deleted; never if null."
  type        = number
  default     = null
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes the objects, too."
  type        = bool
  default     = false
  nullable    = false
}

variable "iam" {
  description = "Who has which role on the bucket, in the form { ROLE => [MEMBERS] }; authoritative for each role."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in flatten(values(var.iam)) : !startswith(member, "all")])
    error_message = "A bucket is never public: name service accounts, users or groups instead of allUsers or allAuthenticatedUsers."
  }
}

variable "kms_key" {
  description = "The KMS key that encrypts new objects; Google's own if null."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels of the bucket."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "location" {
  description = "Where the bucket is."
  type        = string
  nullable    = false
}

variable "name" {
  description = "The bucket's name, unique in the world."
  type        = string
  nullable    = false
}

variable "noncurrent_days" {
  description = "How many days a replaced or deleted version is kept where there is versioning."
  type        = number
  default     = 30
  nullable    = false
}

variable "notifications" {
  description = "Topics that are told of new objects under a prefix, by any stable key."
  type = map(object({
    topic  = string
    prefix = string
  }))
  default  = {}
  nullable = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "retention" {
  description = "For how many days no object can be changed or deleted; with `locked` nobody can take that back, ever."
  type = object({
    days   = number
    locked = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.retention == null || try(var.retention.days >= 1, false)
    error_message = "Retention is at least one day; leave it null for none."
  }
}

variable "soft_delete_days" {
  description = "How many days a deleted object can be restored; 0 for not at all."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "Cloud Storage keeps deleted objects for 7 to 90 days; 0 turns it off."
  }
}

variable "versioning" {
  description = "Whether replaced and deleted objects are kept as versions."
  type        = bool
  default     = true
  nullable    = false
}
