terraform {
  required_version = ">= 1.10" # S3-native state locking

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# One provider per account. A provider cannot be made by for_each, so each account has its block here and in main.tf.
# `allowed_account_ids` stops Terraform before it touches an account that a typo named.

provider "aws" {
  alias               = "admin"
  region              = var.region
  allowed_account_ids = [var.admin_account_id]

  assume_role {
    role_arn = local.bootstrap_role_arns["admin"]
  }
}

provider "aws" {
  alias               = "devops"
  region              = var.region
  allowed_account_ids = [var.environments["devops"].account_id]

  assume_role {
    role_arn = local.bootstrap_role_arns["devops"]
  }
}

provider "aws" {
  alias               = "dev"
  region              = var.region
  allowed_account_ids = [var.environments["dev"].account_id]

  assume_role {
    role_arn = local.bootstrap_role_arns["dev"]
  }
}

provider "aws" {
  alias               = "staging"
  region              = var.region
  allowed_account_ids = [var.environments["staging"].account_id]

  assume_role {
    role_arn = local.bootstrap_role_arns["staging"]
  }
}

provider "aws" {
  alias               = "prod"
  region              = var.region
  allowed_account_ids = [var.environments["prod"].account_id]

  assume_role {
    role_arn = local.bootstrap_role_arns["prod"]
  }
}
