# SPDX-License-Identifier: Apache-2.0
"""Receivers of notifications on 127.0.0.1: a webhook and a mail server, each with a thread of its own."""
import asyncio
import base64
import hashlib
import hmac
import http.server
import threading


class Webhook:
    """Keeps every POST as (path, headers, body). `answer` is a status, or a function of the path that gives (status, headers)."""

    def __init__(self, answer=204):
        self.posts = []
        self.answer = answer
        self.before_answer = None   # called with the body while the sender waits
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append((self.path, dict(self.headers), body))
                if outer.before_answer:
                    outer.before_answer(body)
                status, headers = outer.answer(self.path) if callable(outer.answer) else (outer.answer, {})
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass   # a sender that was killed

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def signature(secret, headers, body):
    """What X-Fleet-Signature must be, computed as docs/notifications.md says."""
    text = headers["X-Fleet-Timestamp"].encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class MailServer:
    """A small SMTP server. Keeps (sender, recipients, message); refuses recipients in `refused`; AUTH PLAIN for `login`."""

    def __init__(self, refused=(), login=None):
        self.mails = []
        self.logins = []
        self._refused = refused
        self._login = login
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def begin():
            self._stop = asyncio.Event()
            async with await asyncio.start_server(self._talk, "127.0.0.1", 0) as server:
                self.port = server.sockets[0].getsockname()[1]
                ready.set()
                await self._stop.wait()

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(begin()), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the mail server did not start")
        self.url = f"smtp://127.0.0.1:{self.port}"

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    async def _talk(self, reader, writer):
        def say(line):
            writer.write(line.encode() + b"\r\n")

        say("220 test")
        sender, recipients = None, []
        while line := (await reader.readline()).decode():
            verb = line.strip().upper()
            if verb.startswith("EHLO"):
                say("250-test\r\n250-AUTH PLAIN\r\n250 8BITMIME" if self._login else "250 test")
            elif verb.startswith("AUTH PLAIN"):
                token = line.split()[2] if len(line.split()) > 2 else None
                if token is None:
                    say("334 ")
                    token = (await reader.readline()).decode().strip()
                user, password = base64.b64decode(token).decode().split("\0")[1:]
                self.logins.append((user, password))
                say("235 welcome" if (user, password) == self._login else "535 wrong password")
            elif verb.startswith("MAIL FROM:"):
                sender = line[line.index("<") + 1:line.index(">")]
                recipients = []
                say("250 ok")
            elif verb.startswith("RCPT TO:"):
                to = line[line.index("<") + 1:line.index(">")]
                if to in self._refused:
                    say("550 no such user")
                else:
                    recipients.append(to)
                    say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                lines = []
                while (part := await reader.readline()) not in (b".\r\n", b""):
                    lines.append(part[1:] if part.startswith(b"..") else part)
                self.mails.append((sender, recipients, b"".join(lines)))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")
        writer.close()
