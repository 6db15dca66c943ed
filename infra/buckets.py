"""S3 buckets."""

from troposphere import GetAtt, Ref, Sub, Template
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    NoncurrentVersionExpiration,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)

from chalicelib.core.names import DOCUMENTS, resource_name
from chalicelib.privacy import Kept
from infra.naming import arn_of
from infra.parameters import TLS_ONLY
from infra.policies import deny_without_tls, document

VAULT = "VaultBucket"
_OLD_VERSIONS_DAYS = 30
_NET_DAYS = 30


def add_buckets(template: Template, stage: str) -> None:
    """Add the vault, where documents lie."""
    template.add_resource(
        Bucket(
            VAULT,
            DeletionPolicy="RetainExceptOnCreate",
            UpdateReplacePolicy="Retain",
            BucketName=Sub(f"{resource_name(stage, 'vault')}-${{AWS::AccountId}}"),
            BucketEncryption=BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    ServerSideEncryptionRule(
                        BucketKeyEnabled=True,
                        ServerSideEncryptionByDefault=ServerSideEncryptionByDefault(
                            SSEAlgorithm="aws:kms", KMSMasterKeyID=arn_of("data", "Key")
                        ),
                    )
                ]
            ),
            VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
            PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
            OwnershipControls=OwnershipControls(
                Rules=[OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            LifecycleConfiguration=LifecycleConfiguration(
                Rules=[
                    LifecycleRule(
                        Id="forget-old-versions",
                        Status="Enabled",
                        NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=_OLD_VERSIONS_DAYS),
                        AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=1),
                    ),
                    LifecycleRule(
                        Id="forget-documents",
                        Status="Enabled",
                        Prefix=f"{DOCUMENTS}/",
                        ExpirationInDays=Kept.CLOSED_REQUEST.value.days + _NET_DAYS,
                    ),
                ]
            ),
        )
    )
    vault = GetAtt(VAULT, "Arn")
    template.add_resource(
        BucketPolicy(
            "VaultBucketPolicy",
            Condition=TLS_ONLY,
            Bucket=Ref(VAULT),
            PolicyDocument=document(
                deny_without_tls("s3:*", [vault, Sub(f"${{{VAULT}.Arn}}/*")]),
            ),
        )
    )
