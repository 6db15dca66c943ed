from local.testing import api, in_process, mails, new_api, new_citizen, operator, provider_sqs, stack

__all__ = ["api", "in_process", "mails", "new_api", "new_citizen", "operator", "provider_sqs", "stack"]
