locals {
  pipeline = yamldecode(file("${path.module}/pipeline.yaml"))
  stages   = local.pipeline.stages

  # Topics that every stage publishes to: what failed, and the record of everything.
  common_topics = ["failures", "audit"]
  topics        = toset(concat(local.common_topics, flatten(values(local.stages)[*].hears)))

  labels  = merge(var.labels, { application = "airlock", installation = var.prefix })
  members = { for name, account in google_service_account.stage : name => account.member }

  _grants = flatten([
    for stage, row in local.stages : [
      for port, rights in row.ports : [
        for right in rights : {
          stage = stage
          role  = local.pipeline.rights[right].role
          on    = local.pipeline.rights[right].to[port]
          under = try(local.pipeline.rights[right].under, "")
        }
      ]
    ]
  ])
  _whole = [for grant in local._grants : grant if grant.under == ""]
  # { what => { ROLE => [STAGES] } }, as pipeline.yaml grants it
  grants = {
    for on in distinct(local._grants[*].on) : on => {
      for role in distinct([for grant in local._whole : grant.role if grant.on == on]) :
      role => [for grant in local._whole : grant.stage if grant.on == on && grant.role == role]
    }
  }
  # { FOLDER => [STAGES] }, who adds objects to a folder of the clinical bucket
  folders = {
    for folder in distinct([for grant in local._grants : grant.under if grant.under != ""]) :
    folder => [for grant in local._grants : grant.stage if grant.under == folder]
  }
  # The same with the stages' identities.
  iam = {
    for on, roles in local.grants : on => {
      for role, stages in roles : role => [for stage in stages : local.members[stage]]
    }
  }

  console = one(google_service_account.console[*].member)
}
