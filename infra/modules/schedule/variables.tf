variable "name" {
  description = "The job's name."
  type        = string
  nullable    = false
}

variable "paused" {
  description = "Whether no tick comes, so that nothing runs at rest: series are then not closed."
  type        = bool
  default     = false
  nullable    = false
}

variable "project_id" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Where the job is."
  type        = string
  nullable    = false
}

variable "schedule" {
  description = "When a tick comes, as in a crontab."
  type        = string
  default     = "* * * * *"
  nullable    = false

  validation {
    condition     = length(split(" ", var.schedule)) == 5
    error_message = "A schedule has five fields, such as \"* * * * *\" for every minute."
  }
}

variable "topic" {
  description = "The topic of the ticks; its output has to wait for the scheduler agent's grant."
  type        = string
  nullable    = false
}
