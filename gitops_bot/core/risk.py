"""How dangerous a change is to what it changes: what a reviewer reads first."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from functools import lru_cache

from gitops_bot.core.addresses import Pattern, fits, read_pattern
from gitops_bot.core.guards import destroys, is_protected
from gitops_bot.core.plan import ChangeKind, ResourceChange


class Mark(StrEnum):
    """Why a loss is marked stronger than others. A protected one may hold data too."""

    PROTECTED = "protected"
    STATEFUL = "stateful"


class Risk(IntEnum):
    """The order in which changes are read: the lowest first."""

    LOSS_OF_PROTECTED = 0
    LOSS_OF_STATEFUL = 1
    DELETE = 2
    REPLACE = 3
    UNKNOWN = 4
    FORGET = 5
    UPDATE = 6
    OUTPUTS = 7
    CREATE = 8
    IMPORT = 9
    MOVE = 10
    READ = 11
    DRIFT = 12


_RISKS = {
    ChangeKind.DELETE: Risk.DELETE,
    ChangeKind.REPLACE: Risk.REPLACE,
    ChangeKind.UNKNOWN: Risk.UNKNOWN,
    ChangeKind.FORGET: Risk.FORGET,
    ChangeKind.UPDATE: Risk.UPDATE,
    ChangeKind.CREATE: Risk.CREATE,
    ChangeKind.IMPORT: Risk.IMPORT,
    ChangeKind.MOVE: Risk.MOVE,
    ChangeKind.READ: Risk.READ,
}

STATEFUL: tuple[str, ...] = (
    # Databases
    "aws_db_instance",
    "aws_db_cluster",
    "aws_rds_cluster",
    "aws_rds_cluster_instance",
    "aws_rds_global_cluster",
    "aws_docdb_cluster",
    "aws_docdb_cluster_instance",
    "aws_docdbelastic_cluster",
    "aws_neptune_cluster",
    "aws_neptune_cluster_instance",
    "aws_dynamodb_table",
    "aws_dynamodb_global_table",
    "aws_redshift_cluster",
    "aws_redshiftserverless_namespace",
    "aws_keyspaces_keyspace",
    "aws_keyspaces_table",
    "aws_timestreamwrite_database",
    "aws_timestreamwrite_table",
    "aws_timestreaminfluxdb_db_instance",
    "aws_qldb_ledger",
    "aws_dsql_cluster",
    "aws_elasticache_cluster",
    "aws_elasticache_replication_group",
    "aws_elasticache_serverless_cache",
    "aws_memorydb_cluster",
    "aws_elasticsearch_domain",
    "aws_opensearch_domain",
    "aws_opensearchserverless_collection",
    "aws_lightsail_database",
    # Buckets, file systems, volumes, backups
    "aws_s3_bucket",
    "aws_s3_directory_bucket",
    "aws_s3tables_table_bucket",
    "aws_s3tables_table",
    "aws_s3control_bucket",
    "aws_lightsail_bucket",
    "aws_glacier_vault",
    "aws_ebs_volume",
    "aws_ebs_snapshot",
    "aws_efs_file_system",
    "aws_fsx_*_file_system",
    "aws_fsx_*_volume",
    "aws_lightsail_disk",
    "aws_backup_vault",
    "aws_backup_logically_air_gapped_vault",
    "aws_ecr_repository",
    "aws_ecrpublic_repository",
    "aws_codecommit_repository",
    # Queues and streams
    "aws_sqs_queue",
    "aws_kinesis_stream",
    "aws_msk_cluster",
    "aws_msk_serverless_cluster",
    "aws_mq_broker",
    # Users, keys, secrets
    "aws_cognito_user_pool",
    "aws_cognito_identity_pool",
    "aws_kms_key",
    "aws_kms_external_key",
    "aws_kms_replica_key",
    "aws_kms_replica_external_key",
    "aws_cloudhsm_v2_cluster",
    "aws_secretsmanager_secret",
    "aws_ssm_parameter",
    "aws_directory_service_directory",
    "aws_identitystore_user",
    # Records of what happened, and names that others point to
    "aws_cloudwatch_log_group",
    "aws_route53_zone",
)
"""Resource types whose destruction loses data, or what cannot be made again as it was. `*` is any text.

Of the AWS provider; `comment.stateful` in the configuration adds others (docs/reference/configuration.md).
"""


def is_stateful(resource_type: str, more: tuple[str, ...] = ()) -> bool:
    """Whether a type is on the list, or matches a pattern in `more`."""
    return _is_stateful(resource_type, more)


@lru_cache(maxsize=4096)
def _is_stateful(resource_type: str, more: tuple[str, ...]) -> bool:
    return any(fits(pattern, resource_type) for pattern in (*STATEFUL, *more))


@lru_cache(maxsize=64)
def _patterns(protect: tuple[str, ...]) -> tuple[Pattern, ...]:
    return tuple(read_pattern(pattern) for pattern in protect)


def mark_of(
    change: ResourceChange, protect: tuple[str, ...] = (), stateful: tuple[str, ...] = ()
) -> Mark | None:
    """Why the loss of this resource is marked stronger; None for what loses nothing of the kind.

    `protect` are the environment's patterns of addresses (core/guards.py), `stateful` more patterns of
    types. Raises `ValueError` for a pattern that is none.
    """
    if not destroys(change):
        return None
    if protect and is_protected(change, _patterns(protect)):
        return Mark.PROTECTED
    return Mark.STATEFUL if is_stateful(change.type, stateful) else None


def risk_of(change: ResourceChange, mark: Mark | None = None) -> Risk:
    """Where the change stands in the order of reading."""
    if mark is Mark.PROTECTED:
        return Risk.LOSS_OF_PROTECTED
    if mark is Mark.STATEFUL:
        return Risk.LOSS_OF_STATEFUL
    return _RISKS.get(change.kind, Risk.UNKNOWN)
