locals {
  bucket_arn = "arn:aws:s3:::${var.bucket}"

  role_arns = {
    for name in keys(var.trusted_role_arns) : name => {
      plan  = "arn:aws:iam::${var.account_id}:role/gitops-state-${name}-plan"
      apply = "arn:aws:iam::${var.account_id}:role/gitops-state-${name}-apply"
    }
  }
  roles = merge([
    for name, phases in var.trusted_role_arns : {
      for phase, arn in phases : "${name}-${phase}" => { environment = name, phase = phase, trusted = arn }
    }
  ]...)
}

# --- the bucket -------------------------------------------------------------------------------------------------------

resource "aws_s3_bucket" "state" {
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

# SSE-S3, no KMS key of our own. What a key would add, a second check on who may read, the bucket policy below does; and
# a key that is lost or scheduled for deletion takes every state with it. Take a key if your rules ask for one: then the
# state roles need kms:Decrypt, the apply ones kms:GenerateDataKey as well.
resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket                  = aws_s3_bucket.state.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    expiration {
      expired_object_delete_marker = true # what a released lock leaves behind
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}

# Denies only. Each is about everybody but the roles it names, so a wide policy in the admin account, or a state role
# that somebody gave too much, does not open another environment's state. aws:PrincipalArn of a session is its role's ARN.
resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "TlsOnly"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "NobodyDeletesTheBucket"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:DeleteBucket"
          Resource  = local.bucket_arn
        },
        {
          Sid       = "OldVersionsStay"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:DeleteObjectVersion"
          Resource  = "${local.bucket_arn}/*"
          Condition = length(var.break_glass_principal_arns) == 0 ? {} : {
            StringNotEquals = { "aws:PrincipalArn" = var.break_glass_principal_arns }
          }
        },
      ],
      [
        for name, arns in local.role_arns : {
          Sid       = "Write${title(name)}"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:DeleteObject*", "s3:PutObject*", "s3:Replicate*", "s3:RestoreObject"]
          Resource  = "${local.bucket_arn}/${name}/*"
          Condition = {
            StringNotEquals = { "aws:PrincipalArn" = concat([arns.apply], var.break_glass_principal_arns) }
          }
        }
      ],
      [
        for name, arns in local.role_arns : {
          Sid       = "Read${title(name)}"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:GetObject*"
          Resource  = "${local.bucket_arn}/${name}/*"
          Condition = {
            StringNotEquals = { "aws:PrincipalArn" = concat([arns.plan, arns.apply], var.break_glass_principal_arns) }
          }
        }
      ],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.state]
}

# --- the state roles: one per environment and phase -------------------------------------------------------------------

resource "aws_iam_role" "state" {
  for_each = local.roles

  name        = "gitops-state-${each.key}"
  description = "${each.value.phase == "plan" ? "Reads" : "Reads, writes and locks"} the Terraform state of ${each.value.environment}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = each.value.trusted }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "state" {
  for_each = local.roles

  name = "state"
  role = aws_iam_role.state[each.key].name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          # IfExists: a read of a state that does not exist yet is only answered with "not found" to those who may list,
          # and names no prefix. So the names of all states can be listed, by a request without a prefix; no content.
          Sid       = "List"
          Effect    = "Allow"
          Action    = "s3:ListBucket"
          Resource  = local.bucket_arn
          Condition = { StringLikeIfExists = { "s3:prefix" = "${each.value.environment}/*" } }
        },
        {
          Sid      = "Read"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = "${local.bucket_arn}/${each.value.environment}/*"
        },
      ],
      each.value.phase == "plan" ? [] : [
        {
          Sid      = "Write"
          Effect   = "Allow"
          Action   = "s3:PutObject"
          Resource = "${local.bucket_arn}/${each.value.environment}/*"
        },
        {
          Sid      = "Unlock"
          Effect   = "Allow"
          Action   = "s3:DeleteObject"
          Resource = "${local.bucket_arn}/${each.value.environment}/*.tflock"
        },
      ],
    )
  })
}
