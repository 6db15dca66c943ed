from local.testing import api, in_process, mails, new_api, provider_sqs, stack

__all__ = ["api", "in_process", "mails", "new_api", "provider_sqs", "stack"]
