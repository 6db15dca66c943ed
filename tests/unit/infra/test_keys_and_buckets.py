"""Keys and the vault."""

from typing import Any


def test_the_keys_are_what_they_are_for(template: Any) -> None:
    keys = {name: found["Properties"] for name, found in template.of_type("KMS::Key").items()}

    assert set(keys) == {"DataKey", "LookupKey", "QueueKey"}
    assert keys["DataKey"]["EnableKeyRotation"] is True
    assert keys["QueueKey"]["EnableKeyRotation"] is True
    assert keys["LookupKey"]["KeySpec"] == "HMAC_256"
    assert keys["LookupKey"]["KeyUsage"] == "GENERATE_VERIFY_MAC"
    assert all(key["PendingWindowInDays"] == 30 for key in keys.values())


def test_only_the_queues_key_names_others_and_only_through_sqs(template: Any) -> None:
    for name, key in template.of_type("KMS::Key").items():
        first, *others = key["Properties"]["KeyPolicy"]["Statement"]
        assert first["Principal"]["AWS"]["Fn::Sub"].endswith(":root")
        assert bool(others) == (name == "QueueKey")
        for statement in others:
            assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
            assert statement["Condition"]


def test_the_vault_is_versioned_encrypted_and_closed(template: Any) -> None:
    assert list(template.of_type("S3::Bucket")) == ["VaultBucket"]
    vault = template.properties("VaultBucket")

    rule = vault["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]
    assert vault["BucketName"] == {"Fn::Sub": "karibche-test-vault-${AWS::AccountId}"}
    assert vault["VersioningConfiguration"] == {"Status": "Enabled"}
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": ["DataKey", "Arn"]},
    }
    assert set(vault["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(vault["PublicAccessBlockConfiguration"]) == 4
    assert vault["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_vault_forgets_old_versions_and_unfinished_uploads(template: Any) -> None:
    rule, documents = template.properties("VaultBucket")["LifecycleConfiguration"]["Rules"]

    assert documents["Status"] == "Enabled"
    assert documents["Prefix"] == "documents/"
    assert documents["ExpirationInDays"] == 3 * 365 + 30
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "ExpirationInDays" not in rule


def test_the_vault_refuses_plain_http(template: Any) -> None:
    policy = template.resources["VaultBucketPolicy"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]

    assert policy["Condition"] == "TlsOnly"
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [{"Fn::GetAtt": ["VaultBucket", "Arn"]}, {"Fn::Sub": "${VaultBucket.Arn}/*"}]
