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
  value = 3
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
    tags     = local.tags
    replicas = 2
    image    = "registry.example.com/${var.name}/service:1.41.0"
    ports    = [80, 443]
    limits   = { cpu = 0.5, memory = 536870912 }
  }
}

resource "terraform_data" "policy" {
  input = jsonencode({
    Version = "2012-10-17"
    Statement = [for action in ["Get", "List", "Put", "Delete"] : {
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
    apt-get install --yes nginx curl jq
    cat > /etc/nginx/conf.d/${var.name}.conf <<CONF
    server {
      listen 80;
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
    size     = 12345678901234567890123
  }
}

resource "terraform_data" "token" {
  input = sensitive("token-of-${var.name}-before-0f8fad5bd9cb")
}

# --- what is replaced ------------------------------------------------------------------------

resource "terraform_data" "launch" {
  input            = { name = var.name, tags = local.tags }
  triggers_replace = ["ami-0123456789abcdef0", var.name]

  lifecycle {
    create_before_destroy = true
  }
}

resource "terraform_data" "subnet" {
  for_each         = toset(["a", "b"])
  input            = { name = "${var.name}-${each.key}", tags = local.tags, zone = "eu-central-1${each.key}" }
  triggers_replace = { cidr = "10.0.0.0/24" }

  provisioner "local-exec" {
    command = "true ${var.team}"
  }
}

# --- what goes away --------------------------------------------------------------------------

resource "terraform_data" "legacy" {
  input = { name = "${var.name}-legacy", tags = local.tags, endpoint = "${var.name}.old.example.com", ports = range(8000, 8050) }
}

resource "terraform_data" "worker" {
  for_each = toset(["blue", "green"])
  input    = { name = "${var.name}-${each.key}", tags = local.tags }
}

# --- what is moved ---------------------------------------------------------------------------

resource "terraform_data" "bucket_old" {
  input = { name = "${var.name}-bucket", tags = local.tags }
}

resource "terraform_data" "queue_old" {
  input = { name = "${var.name}-queue", tags = local.tags, visibility = 30 }
}

# --- what is forgotten -----------------------------------------------------------------------

resource "terraform_data" "handed_over" {
  input = { name = "${var.name}-handed-over", tags = local.tags }
}
