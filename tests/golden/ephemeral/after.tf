terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "token" {
  type      = string
  ephemeral = true
}

ephemeral "aws_secretsmanager_random_password" "made" {
  password_length = 20
}

module "inner" {
  source = "./inner"
  token  = var.token
}

resource "aws_ssm_parameter" "written" {
  name             = "/golden/written"
  type             = "SecureString"
  value_wo         = var.token
  value_wo_version = 2
}

resource "aws_secretsmanager_secret" "app" {
  name = "golden-app"
}

resource "aws_secretsmanager_secret_version" "app" {
  secret_id                = aws_secretsmanager_secret.app.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.made.random_password
  secret_string_wo_version = 2
}

resource "aws_ssm_parameter" "new" {
  count            = 1
  name             = "/golden/new"
  type             = "SecureString"
  value_wo         = module.inner.token
  value_wo_version = 2
}
