"""gitops-bot: plan, review, apply and promote Terraform across environment branches."""

__version__ = "0.1.0"
