"""A shop that hears from Payhooks, on Python's standard library alone (3.9 or newer).

    WEBHOOK_SECRET=whsec_... PORT=3000 python3 shop.py

POST /hooks takes events; GET /orders/REFERENCE shows how often goods went out and came back. The effect's id and
the goods are written in one database transaction, so a second copy of a message changes nothing.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1024 * 1024

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS grants (
  payment TEXT NOT NULL, epoch INTEGER NOT NULL, order_reference TEXT NOT NULL,
  given INTEGER NOT NULL, taken INTEGER NOT NULL, PRIMARY KEY (payment, epoch)
);
"""


class Store:
    def __init__(self, path):
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(SCHEMA)
        self._lock = threading.Lock()

    def take(self, event):
        """Takes an event once; a known one changes nothing."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                new = self._db.execute("INSERT OR IGNORE INTO effects VALUES (?)", (event["id"],)).rowcount == 1
                if new:
                    self._apply(event)
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def _apply(self, event):
        key = (event["payment"], event["epoch"], event.get("orderReference", event["payment"]))
        if event["type"] == "fulfil":
            # Where the revoke of this grant came first, its row is there and the goods stay here.
            self._db.execute("INSERT OR IGNORE INTO grants VALUES (?, ?, ?, 1, 0)", key)
        elif event["type"] == "revoke":
            self._db.execute(
                "INSERT INTO grants VALUES (?, ?, ?, 0, 0)"
                " ON CONFLICT (payment, epoch) DO UPDATE SET taken = given",
                key,
            )

    def order(self, reference):
        with self._lock:
            given, taken = self._db.execute(
                "SELECT coalesce(sum(given), 0), coalesce(sum(taken), 0) FROM grants WHERE order_reference = ?",
                (reference,),
            ).fetchone()
        return {"order": reference, "given": given, "taken": taken}


def is_signed(secret, headers, body):
    """Standard Webhooks: HMAC-SHA256 over "<id>.<timestamp>.<body>", at most five minutes old."""
    key = base64.b64decode(secret[len("whsec_") :])
    name = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{name}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(expected.encode(), given.encode())
        for given in headers.get("webhook-signature", "").split(" ")
    )


def handler(store, secret):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = self.headers.get("content-length", "0")
            if self.path != "/hooks" or not length.isdecimal() or int(length) > MAX_BODY_BYTES:
                return self._answer(404)
            body = self.rfile.read(int(length))
            if not is_signed(secret, self.headers, body):
                return self._answer(401)
            store.take(json.loads(body))
            return self._answer(204)

        def do_GET(self):
            if not self.path.startswith("/orders/"):
                return self._answer(404)
            return self._answer(200, json.dumps(store.order(unquote(self.path[len("/orders/") :]))).encode())

        def _answer(self, status, body=b""):
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Quiet: an order's reference in a log is more than a log needs."""

    return Handler


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A caller who hung up is no error of the shop: what was committed stays, and Payhooks sends the event again.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    secret = os.environ.get("WEBHOOK_SECRET", "")
    if not secret.startswith("whsec_"):
        sys.exit('WEBHOOK_SECRET is not set: the "whsec_..." text that signs what Payhooks sends to this shop.')
    store = Store(os.environ.get("SHOP_FILE", ":memory:"))
    try:
        server = Server(("127.0.0.1", int(os.environ.get("PORT", "3000"))), handler(store, secret))
    except OSError as error:
        sys.exit(f"{error}. PORT=3001 takes another port.")
    print(f"shop listens on http://127.0.0.1:{server.server_address[1]}/hooks", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
