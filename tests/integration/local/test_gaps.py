"""What the embedded cloud's own CloudFormation leaves out stands all the same."""

import pytest

from local.gaps import Deployed
from local.stack import SENDER, Stack

pytestmark = pytest.mark.cloud


@pytest.fixture
def deployed(stack: Stack) -> Deployed:
    return Deployed(stack.package().read_template()["Resources"], stack.physical_ids())


def test_tables_forget_what_has_expired_as_the_template_says(stack: Stack, deployed: Deployed) -> None:
    expiring = 0
    for table, properties in deployed.of_type("AWS::DynamoDB::Table"):
        found = stack.client("dynamodb").describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if "TimeToLiveSpecification" in properties:
            expiring += 1
            assert (found["TimeToLiveStatus"], found["AttributeName"]) == ("ENABLED", "expires_at"), table
        else:
            assert found["TimeToLiveStatus"] == "DISABLED", table
    assert expiring >= 6


def test_tables_are_encrypted_and_can_be_recovered(stack: Stack, deployed: Deployed) -> None:
    for table, _ in deployed.of_type("AWS::DynamoDB::Table"):
        described = stack.client("dynamodb").describe_table(TableName=table)["Table"]
        assert described["SSEDescription"]["Status"] == "ENABLED", table
        backups = stack.client("dynamodb").describe_continuous_backups(TableName=table)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED", table


def test_the_vault_is_encrypted_with_its_key_and_has_its_rules(stack: Stack) -> None:
    s3, vault = stack.client("s3"), stack.outputs()["VaultBucketName"]
    rule = s3.get_bucket_encryption(Bucket=vault)["ServerSideEncryptionConfiguration"]["Rules"][0]
    default = rule["ApplyServerSideEncryptionByDefault"]
    assert default["SSEAlgorithm"] == "aws:kms"
    assert default["KMSMasterKeyID"] == stack.outputs()["DataKeyArn"]
    assert rule["BucketKeyEnabled"] is True
    rules = s3.get_bucket_lifecycle_configuration(Bucket=vault)["Rules"]
    by_id = {rule["ID"]: rule for rule in rules}
    assert by_id["forget-old-versions"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert by_id["forget-documents"]["Expiration"]["Days"] > 3 * 365
    assert s3.get_bucket_versioning(Bucket=vault)["Status"] == "Enabled"


def test_the_sender_is_verified(stack: Stack) -> None:
    assert stack.client("sesv2").get_email_identity(EmailIdentity=SENDER)["VerifiedForSendingStatus"] is True


def test_closing_the_gaps_again_changes_nothing(stack: Stack) -> None:
    api = stack.outputs()["RestAPIId"]
    keys = {provider: stack.provider_credentials(provider) for provider in stack.providers}
    assert stack.deploy() is False
    assert stack.outputs()["RestAPIId"] == api
    assert keys == {provider: stack.provider_credentials(provider) for provider in stack.providers}


def test_providers_keys_are_for_their_owner_only(stack: Stack) -> None:
    for provider in stack.providers:
        stack.provider_credentials(provider)
        assert (stack.state_dir / f"credentials/{provider}.json").stat().st_mode & 0o777 == 0o600
