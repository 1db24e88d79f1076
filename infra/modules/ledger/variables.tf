variable "backup_days" {
  description = "How many days the daily backups are kept; 0 for no backups."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.backup_days >= 0 && var.backup_days <= 98
    error_message = "Firestore keeps backups for up to 98 days (14 weeks); 0 makes none."
  }
}

variable "databases" {
  description = "The databases by door, `clinical` and `released`: name, key, and who may read and write, by a stable key."
  type = map(object({
    name    = string
    kms_key = optional(string)
    writers = optional(map(string), {})
  }))
  nullable = false

  validation {
    condition     = toset(keys(var.databases)) == toset(["clinical", "released"])
    error_message = "The ledger is two databases, one on each side of the doors: clinical and released."
  }
}

variable "deletion_protection" {
  description = "Whether the databases are protected from deletion."
  type        = bool
  default     = true
  nullable    = false
}

variable "indexes" {
  description = "The JSON of `firestore_indexes.json`: composite indexes, exempt fields and TTL policies, for both databases."
  type        = string
  nullable    = false
}

variable "point_in_time_recovery" {
  description = "Whether a database can be read as it was at any minute of the last seven days."
  type        = bool
  default     = true
  nullable    = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Where the databases are."
  type        = string
  nullable    = false
}
