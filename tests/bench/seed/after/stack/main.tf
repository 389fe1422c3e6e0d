variable "name" {}
variable "team" {}
variable "master_password" {
  sensitive = true
}

locals {
  tags = {
    Name        = var.name
    Team        = var.team
    Environment = "production"
    ManagedBy   = "terraform"
    CostCentre  = "4711"
  }
}

output "size" {
  value = 4
}

# --- what stays ------------------------------------------------------------------------------

resource "terraform_data" "kept" {
  input = { name = var.name, tags = local.tags }
}

# --- what changes in place -------------------------------------------------------------------

resource "terraform_data" "service" {
  count = 3
  input = {
    name     = "${var.name}-service-${count.index}"
    tags     = merge(local.tags, { Version = "1.42.0" })
    replicas = 3
    image    = "registry.example.com/${var.name}/service:1.42.0"
    ports    = [80, 443, 8443]
    limits   = { cpu = 0.75, memory = 536870912 }
  }
}

resource "terraform_data" "policy" {
  input = jsonencode({
    Version = "2012-10-17"
    Statement = [for action in ["Get", "List", "Put", "Tag"] : {
      Effect   = "Allow"
      Action   = ["s3:${action}Object", "s3:${action}ObjectVersion"]
      Resource = ["arn:aws:s3:::${var.name}-data", "arn:aws:s3:::${var.name}-data/*"]
    }]
  })
}

resource "terraform_data" "cloud_init" {
  input = <<-EOT
    #!/bin/bash
    set -euo pipefail
    # ${var.name}
    apt-get update
    apt-get install --yes nginx curl jq unzip
    cat > /etc/nginx/conf.d/${var.name}.conf <<CONF
    server {
      listen 80;
      listen 443 ssl;
      server_name ${var.name}.example.com;
      - not a change
      + neither
    }
    CONF
    systemctl enable nginx
    systemctl restart nginx
  EOT
}

resource "terraform_data" "database" {
  input = {
    name     = var.name
    password = var.master_password
    endpoint = "${var.name}.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com"
    size     = 12345678901234567890124
  }
}

resource "terraform_data" "token" {
  input = sensitive("token-of-${var.name}-after-9873c0ffee11")
}

# --- what is replaced ------------------------------------------------------------------------

resource "terraform_data" "launch" {
  input            = { name = var.name, tags = local.tags }
  triggers_replace = ["ami-0fedcba9876543210", var.name]

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "subnet" {
  for_each         = toset(["a", "b"])
  input            = { name = "${var.name}-${each.key}", tags = local.tags, zone = "eu-central-1${each.key}" }
  triggers_replace = { cidr = "10.0.1.0/24" }

  provisioner "local-exec" {
    command = "true ${var.team}"
  }
}

# --- what goes away --------------------------------------------------------------------------

resource "terraform_data" "worker" {
  for_each = toset(["blue"])
  input    = { name = "${var.name}-${each.key}", tags = local.tags }
}

# --- what is moved ---------------------------------------------------------------------------

resource "terraform_data" "bucket" {
  input = { name = "${var.name}-bucket", tags = local.tags }
}

moved {
  from = terraform_data.bucket_old
  to   = terraform_data.bucket
}

resource "terraform_data" "queue" {
  input = { name = "${var.name}-queue", tags = local.tags, visibility = 60 }
}

moved {
  from = terraform_data.queue_old
  to   = terraform_data.queue
}

# --- what is forgotten -----------------------------------------------------------------------

removed {
  from = terraform_data.handed_over

  lifecycle {
    destroy = false
  }
}

# --- what is new -----------------------------------------------------------------------------

resource "terraform_data" "task" {
  for_each = toset(["api", "cron"])
  input = {
    name        = "${var.name}-${each.key}"
    tags        = local.tags
    command     = ["/bin/${each.key}", "--stack", var.name, "--port", "8080"]
    ports       = range(8000, 8050)
    environment = { for n in range(6) : "SETTING_${n}" => "value ${n} of ${each.key} in ${var.name}" }
    healthcheck = { path = "/healthz", interval = 30, retries = 3 }
  }
}

resource "terraform_data" "alarms" {
  input = {
    name = "${var.name}-alarms"
    rules = [for n in range(4) : {
      metric     = "metric_${n}"
      threshold  = 80.5 + n
      period     = 300
      actions    = ["arn:aws:sns:eu-central-1:111111111111:${var.name}-alarms"]
      dimensions = { Stack = var.name, Index = n }
    }]
    runbook = <<-EOT
      When an alarm of ${var.name} rings:
      1. look at the dashboard https://grafana.example.com/d/${var.name}
      2. read the log of the last deployment
      3. call the team "${var.team}"
    EOT
  }

  lifecycle {
    postcondition {
      condition     = self.input.name != ""
      error_message = "An alarm needs a name."
    }
  }
}

check "sized" {
  assert {
    condition     = terraform_data.service[0].input.replicas > 2
    error_message = "Too few replicas."
  }
}
