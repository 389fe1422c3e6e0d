"""One made-up secret of each shape, put together here so that no scanner takes one for real."""

from __future__ import annotations

import base64
import json

_MIXED = "9aKpQ7wXe2RtYb4UiOm6LsDf8GhJk3Zc5VnB1xWqTy0PoI9aKpQ7wXe2RtYb4UiOm6LsDf8GhJk3Zc5VnB1xWqTy0PoI"
_HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2
_DASHES = "-" * 5


def pem(body: str, label: str = "RSA PRIVATE KEY") -> str:
    """A key block of three lines and no end of line behind it."""
    return f"{_DASHES}BEGIN {label}{_DASHES}\n{body}\n{_DASHES}END {label}{_DASHES}"


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


_TOKEN = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part({'sub': 'canary'})}.{_MIXED[:43]}"

SAMPLES: dict[str, tuple[str, str]] = {
    "Private key (PEM)": (pem("MIIcanaryPEM" + _MIXED[:48]), "MIIcanaryPEM" + _MIXED[:48]),
    "Private key in base64": (_encoded(pem("canary" + _MIXED)), _encoded(pem("canary" + _MIXED))),
    "age key": ("AGE-SECRET" + "-KEY-1" + "Q" * 50, "Q" * 50),
    "AWS access key ID": ("AKI" + "ACANARYCANARY2345", "CANARYCANARY2345"),
    "AWS secret access key": (f"aws_secret_access_key = {_MIXED[3:43]}", _MIXED[3:43]),
    "AWS session token": ("IQoJb3Jp" + "Z2luX2Vj" + _MIXED, "Z2luX2Vj" + _MIXED),
    "AWS request signature": ("https://x.example/?X-Amz-Signature=" + _HEX, _HEX),
    "GitHub token": ("gh" + "p_" + _MIXED[:36], _MIXED[:36]),
    "GitHub fine-grained token": ("github" + "_pat_" + _MIXED[:59], _MIXED[:59]),
    "GitLab token": ("glp" + "at-" + _MIXED[1:21], _MIXED[1:21]),
    "Slack token": ("xo" + "xb-123456789012-" + _MIXED[:24], _MIXED[:24]),
    "Slack webhook": ("https://hooks.slack" + ".com/services/T0CANARY/B0CANARY/" + _MIXED[:24], _MIXED[:24]),
    "Discord webhook": ("https://x.com/api" + "/webhooks/123456789012345678/" + _MIXED[:68], _MIXED[:68]),
    "Stripe key": ("sk" + "_live_" + _MIXED[:24], _MIXED[:24]),
    "Stripe webhook secret": ("wh" + "sec_" + _MIXED[:32], _MIXED[:32]),
    "Google API key": ("AI" + "za" + _MIXED[:35], _MIXED[:35]),
    "Google client secret": ("GOC" + "SPX-" + _MIXED[:28], _MIXED[:28]),
    "Google access token": ("ya" + "29." + _MIXED[:60], _MIXED[:60]),
    "npm token": ("np" + "m_" + _MIXED[:36], _MIXED[:36]),
    "PyPI token": ("py" + "pi-AgEIcHlwaS5vcmc" + _MIXED[:60], _MIXED[:60]),
    "Docker Hub token": ("dckr" + "_pat_" + _MIXED[:27], _MIXED[:27]),
    "Vault token": ("hv" + "s.CAESI" + _MIXED[:90], _MIXED[:90]),
    "HCP Terraform token": (_MIXED[:14] + ".atlas" + "v1." + _MIXED[:67], _MIXED[:67]),
    "OpenAI key": ("sk-" + "proj-" + _MIXED[:40], _MIXED[:40]),
    "OpenAI key, older": ("sk-" + _MIXED[:20] + "T3Blb" + "kFJ" + _MIXED[20:40], _MIXED[20:40]),
    "Anthropic key": ("sk-" + "ant-api03-" + _MIXED, _MIXED),
    "SendGrid key": ("S" + "G." + _MIXED[:22] + "." + _MIXED[:43], _MIXED[:43]),
    "DigitalOcean token": ("dop" + "_v1_" + _HEX, _HEX),
    "Databricks token": ("da" + "pi" + _HEX[:32], _HEX[:32]),
    "Grafana token": ("gl" + "sa_" + _MIXED[:41], _MIXED[:41]),
    "Shopify token": ("shp" + "at_" + _HEX[:32], _HEX[:32]),
    "New Relic key": ("NR" + "AK-" + "CANARY7" * 3 + "CANARY", "CANARY7" * 3),
    "Atlassian token": ("ATA" + "TT3xFfGF0" + _MIXED, _MIXED),
    "Azure storage or bus key": (
        "DefaultEndpointsProtocol=https;AccountName=a;Account" + "Key=" + _MIXED[:86] + "==", _MIXED[:86],
    ),
    "Azure shared access signature": (
        "https://a.blob.core.windows.net/c?sp=r&s" + "ig=" + _MIXED[:43] + "%3D", _MIXED[:43],
    ),
    "JSON web token": (_TOKEN, _TOKEN),
    "Authorization header": ("Authorization: Token " + "canary-token-1", "canary-token-1"),
    "Bearer token": ("Bearer " + "canary-" + _MIXED[:20], _MIXED[:20]),
    "Basic credentials": ("Basic " + _encoded("canary:pass word"), _encoded("canary:pass word")),
    "Password in a URL": ("postgres://app:canary-Pa55@db.internal:5432/app", "canary-Pa55"),
    "Password in a connection string": (
        "Server=db;Database=app;User Id=app;Password=canary-Pa55-2;", "canary-Pa55-2",
    ),
}  # fmt: skip
"""For each shape's name: how a secret of it stands in a text, and the part that must not be shown."""
