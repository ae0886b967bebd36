"""Tells Payhooks of orders, their changes and refunds, from your own server. Copy this file.

It needs Python 3.9 or newer and nothing else. Requests are signed (SigV4) with the credentials of a role that may
execute-api:Invoke on the stack's output CheckoutArn.

    python3 examples/client-python/payhooks.py my-42 12.00 EUR

registers an order. It reads PAYHOOKS_API_URL (the stack's output ApiUrl), AWS_REGION, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.
"""

import hashlib
import hmac
import json
import os
import sys
import urllib.error
import urllib.request
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

ATTEMPTS = 3
TIMEOUT_SECONDS = 12


class PayhooksError(Exception):
    """Payhooks refused: the text is its sentence. Only 503 may go well when it is tried again."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Payhooks:
    def __init__(self, api_url, region, credentials):
        """credentials() is asked for each request, because temporary ones end: (key id, secret key, token or None)."""
        self.api_url = api_url.rstrip("/")
        self.region = region
        self.credentials = credentials

    def register_order(self, order):
        """The same order again changes nothing: safe to repeat."""
        return self._post("/checkout/orders", order)

    def change_order(self, change):
        return self._post("/checkout/orders/changes", change)

    def register_refund(self, refund):
        """Says that you asked the provider for a refund; it refunds nothing."""
        return self._post("/checkout/refunds", refund)

    def _post(self, path, content):
        body = json.dumps(content).encode()
        for attempt in range(1, ATTEMPTS + 1):
            status, text = self._send(path, body)
            # What was not registered may be sent again as it is: nothing is registered twice.
            if status == 503 and attempt < ATTEMPTS:
                continue
            try:
                read = json.loads(text)
            except ValueError:
                read = {}
            if 200 <= status < 300:
                return read
            raise PayhooksError(status, read.get("error") or read.get("message") or f"status {status}")

    def _send(self, path, body):
        url = self.api_url + path
        headers = signed_headers(url, body, self.region, self.credentials())
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")


def signed_headers(url, body, region, credentials, now=None):
    """Signature Version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
    key_id, secret_key, token = credentials
    parts = urlsplit(url)
    at = (now or datetime.now(timezone.utc)).strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": "application/json", "host": parts.netloc, "x-amz-date": at}
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", quote(parts.path), parts.query, lines, names, hashlib.sha256(body).hexdigest()])
    scope = f"{at[:8]}/{region}/execute-api/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", at, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def main():
    env = os.environ
    needed = ("PAYHOOKS_API_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    if len(sys.argv) != 4 or any(name not in env for name in needed):
        print(f"Usage: {'=… '.join(needed)}=… payhooks.py REFERENCE AMOUNT CURRENCY", file=sys.stderr)
        print("Of npm start the key is awsCredentials in .payhooks/running-<process>.json.", file=sys.stderr)
        return 2
    reference, amount, currency = sys.argv[1:]
    payhooks = Payhooks(
        env["PAYHOOKS_API_URL"],
        env.get("AWS_REGION", "us-east-1"),
        lambda: (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN")),
    )
    try:
        print(json.dumps(payhooks.register_order({"reference": reference, "amounts": [{"currency": currency, "exact": amount}]})))
    except PayhooksError as error:
        print(f"{error.status}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
