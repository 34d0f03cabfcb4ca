# SPDX-License-Identifier: Apache-2.0
"""Notifications: the test command, webhooks and mail as they arrive, alerts of a running server."""
import email
import email.policy
import json
import os
import time
import unittest
import urllib.request

import jsonschema
import yaml
from receivers import MailServer, Webhook, signature
from support import HEADER, ROOT, CliTest

BATTERY = "device_id,fleet_id,ts,battery_pct\n"
os.environ |= {"no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"}   # receivers are on this machine


def low_battery(devices):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return BATTERY + "".join(f"{device},north,{now},5\n" for device in devices)


class NotifyTest(CliTest):
    def webhook(self, answer=204):
        hook = Webhook(answer)
        self.addCleanup(hook.close)
        return hook

    def mail_server(self, **options):
        server = MailServer(**options)
        self.addCleanup(server.close)
        return server

    def notify(self, code=0, **settings):
        return self.fleet("notify", "test", "--json", "--data", self.data, code=code, env=settings)


class WebhookTest(NotifyTest):
    def test_a_test_notification_is_signed_json(self):
        hook = self.webhook()
        answer = self.notify(FLEET_NOTIFY_WEBHOOK_URLS=hook.url + "/in?token=t", FLEET_NOTIFY_WEBHOOK_SECRET="s3cret").json()
        self.assertEqual([c["outcome"] for c in answer["channels"]], ["accepted"])
        (path, headers, body), = hook.posts
        self.assertEqual(path, "/in?token=t")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers["Idempotency-Key"], answer["id"])
        self.assertLess(abs(time.time() - int(headers["X-Fleet-Timestamp"])), 60)
        self.assertEqual(headers["X-Fleet-Signature"], signature("s3cret", headers, body))
        self.assertNotEqual(headers["X-Fleet-Signature"], signature("other", headers, body))
        payload = json.loads(body)
        self.assertEqual((payload["id"], payload["kind"], payload["alert_ids"]), (answer["id"], "test", []))

    def test_each_channel_has_its_outcome_and_one_that_fails_makes_the_command_fail(self):
        hook = self.webhook(lambda path: (int(path[1:]), {"Location": "/200"}))
        urls = ",".join(f"{hook.url}/{status}" for status in (200, 302, 410, 503))
        answer = self.notify(code=1, FLEET_NOTIFY_WEBHOOK_URLS=urls).json()
        self.assertEqual([c["outcome"] for c in answer["channels"]], ["accepted", "refused", "refused", "failed"])
        self.assertEqual(len({c["channel"] for c in answer["channels"]}), 4)
        self.assertEqual([post[0] for post in hook.posts], ["/200", "/302", "/410", "/503"])   # the redirect is not followed
        self.assertNotIn("X-Fleet-Signature", hook.posts[0][1])
        self.assertIn("redirects are not followed", answer["channels"][1]["detail"])

    def test_nobody_there_is_a_failure(self):
        answer = self.notify(code=1, FLEET_NOTIFY_WEBHOOK_URLS="http://127.0.0.1:1/").json()
        self.assertEqual(answer["channels"][0]["outcome"], "failed")

    def test_a_receiver_that_hangs_is_left_after_the_timeout(self):
        hook = self.webhook()
        hook.before_answer = lambda _: time.sleep(3)
        started = time.monotonic()
        answer = self.notify(code=1, FLEET_NOTIFY_WEBHOOK_URLS=hook.url, FLEET_NOTIFY_TIMEOUT="300ms").json()
        self.assertEqual(answer["channels"][0]["outcome"], "failed")
        self.assertLess(time.monotonic() - started, 3)


class MailTest(NotifyTest):
    SETTINGS = {"FLEET_NOTIFY_SMTP_STARTTLS": "off", "FLEET_NOTIFY_MAIL_FROM": "fleet@example.org",
                "FLEET_NOTIFY_MAIL_TO": "ops@example.org,boss@example.org"}

    def test_a_mail_arrives_whole(self):
        server = self.mail_server()
        answer = self.notify(FLEET_NOTIFY_SMTP_URL=server.url, **self.SETTINGS).json()
        (sender, recipients, raw), = server.mails
        self.assertEqual((sender, recipients), ("fleet@example.org", ["ops@example.org", "boss@example.org"]))
        message = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual(message["Subject"], "Fleet: test notification")
        self.assertEqual(message["Message-ID"], f"<{answer['id']}@example.org>")
        self.assertLess(abs(message["Date"].datetime.timestamp() - time.time()), 60)
        self.assertIn("This channel works.", message.get_content())
        self.assertEqual(message.defects, [])

    def test_a_wrong_recipient_keeps_it_from_no_other(self):
        server = self.mail_server(refused=("boss@example.org",))
        answer = self.notify(FLEET_NOTIFY_SMTP_URL=server.url, **self.SETTINGS).json()
        self.assertEqual([mail[1] for mail in server.mails], [["ops@example.org"]])
        self.assertIn("not every recipient", answer["channels"][0]["detail"])
        server = self.mail_server(refused=("ops@example.org", "boss@example.org"))
        answer = self.notify(code=1, FLEET_NOTIFY_SMTP_URL=server.url, **self.SETTINGS).json()
        self.assertEqual(answer["channels"][0]["outcome"], "refused")

    def test_without_starttls_nothing_is_sent_where_it_is_required(self):
        server = self.mail_server()
        answer = self.notify(code=1, FLEET_NOTIFY_SMTP_URL=server.url, **(self.SETTINGS | {"FLEET_NOTIFY_SMTP_STARTTLS": "require"})).json()
        self.assertEqual(answer["channels"][0]["outcome"], "failed")
        self.assertEqual(server.mails, [])


    def test_a_password_does_not_leave_in_clear(self):
        server = self.mail_server(login=("u", "p"))
        answer = self.notify(code=1, FLEET_NOTIFY_SMTP_URL=server.url, FLEET_NOTIFY_SMTP_USER="u", FLEET_NOTIFY_SMTP_PASSWORD="p",
                             **(self.SETTINGS | {"FLEET_NOTIFY_SMTP_STARTTLS": "require"})).json()
        self.assertEqual(answer["channels"][0]["outcome"], "failed")
        self.assertEqual((server.logins, server.mails), ([], []))


class SettingsTest(NotifyTest):
    def test_mistakes_name_the_setting_and_the_remedy(self):
        mail = {"FLEET_NOTIFY_SMTP_URL": "smtp://localhost:25", "FLEET_NOTIFY_MAIL_FROM": "a@b", "FLEET_NOTIFY_MAIL_TO": "c@d"}
        for settings, parts in [
            ({}, ["no channel is configured"]),
            ({"FLEET_NOTIFY_WEBHOOK_URLS": "example.org"}, ["notify.webhook_urls", "http://HOST"]),
            ({"FLEET_NOTIFY_WEBHOOK_URLS": "https://u:p@example.org/"}, ["without user and password"]),
            ({"FLEET_NOTIFY_WEBHOOK_SECRET": "x"}, ["without notify.webhook_urls"]),
            ({"FLEET_NOTIFY_MAIL_TO": "a@b"}, ["without notify.smtp_url"]),
            (mail | {"FLEET_NOTIFY_SMTP_URL": "localhost:25"}, ["smtp://HOST:PORT"]),
            (mail | {"FLEET_NOTIFY_MAIL_FROM": "Fleet <a@b>"}, ["notify.mail_from", "is no address"]),
            (mail | {"FLEET_NOTIFY_MAIL_TO": "c@d,nobody"}, ["notify.mail_to", "'nobody'"]),
            (mail | {"FLEET_NOTIFY_SMTP_USER": "u"}, ["go together"]),
            (mail | {"FLEET_NOTIFY_SMTP_USER": "u", "FLEET_NOTIFY_SMTP_PASSWORD": "p", "FLEET_NOTIFY_SMTP_STARTTLS": "off"},
             ["password in clear"]),
            ({"FLEET_NOTIFY_MIN_SEVERITY": "high"}, ["LOW or MEDIUM or HIGH"]),
        ]:
            with self.subTest(settings=settings):
                done = self.fleet("notify", "test", code=1 if not settings else 2, env=settings)
                for part in parts:
                    self.assertIn(part, done.err)

    def test_secrets_are_masked(self):
        shown = self.fleet("config", "show", "--json", env={
            "FLEET_NOTIFY_WEBHOOK_URLS": "https://example.org/hush1", "FLEET_NOTIFY_WEBHOOK_SECRET": "hush2",
            "FLEET_NOTIFY_SMTP_PASSWORD": "hush3"})
        self.assertNotIn("hush", shown.out)
        self.assertEqual(shown.json()["notify.webhook_urls"]["value"], "****")


class ServedTest(NotifyTest):
    def serve_with(self, **settings):
        (self.data).mkdir(exist_ok=True)
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        (self.data / "fleet.toml").write_text("[notify]\n" + "\n".join(lines) + "\n")
        return self.serve()

    def get(self, url):
        with urllib.request.urlopen(url, timeout=10) as reply:
            return reply.read().decode()

    def notify_health(self, url):
        """The part of health, which is as api/openapi.yaml says."""
        health = json.loads(self.get(url + "/api/v1/health"))
        contract = yaml.safe_load((ROOT / "api" / "openapi.yaml").read_text())
        jsonschema.validate(health, {"$ref": "#/components/schemas/Health", "components": contract["components"]},
                            cls=jsonschema.Draft202012Validator)
        return health["notify"]

    def test_an_incident_is_one_post_and_one_mail_with_all_its_alerts(self):
        hook, server = self.webhook(), self.mail_server()
        _, url = self.serve_with(webhook_urls=[hook.url], smtp_url=server.url, smtp_starttls="off", mail_from="fleet@example.org",
                                 mail_to=["ops@example.org"], group_wait="2s")
        self.fleet("load", "--url", url, "--batch-size", "1000", self.write("a.csv", low_battery(f"V-{i}" for i in range(300))))
        self.wait_until(lambda: hook.posts and server.mails, "both were told")
        self.wait_until(lambda: "fleet_notify_waiting_alerts 0\n" in self.get(url + "/metrics"), "the alerts are marked")
        payload = json.loads(hook.posts[0][2])
        listed = self.fleet("alerts", "--url", url, "--fleet", "north", "--json").json()["items"]
        self.assertEqual((payload["kind"], payload["type"], payload["devices"]), ("incident", "LOW_BATTERY", 300))
        self.assertEqual(sorted(payload["alert_ids"]), sorted(alert["id"] for alert in listed))
        message = email.message_from_bytes(server.mails[0][2], policy=email.policy.default)
        self.assertEqual(message["Subject"], "HIGH LOW_BATTERY: 300 vehicles (fleet north)")
        for identity in payload["alert_ids"]:
            self.assertIn(identity, message.get_content())
        self.assertEqual((len(hook.posts), len(server.mails)), (1, 1))
        metrics = self.get(url + "/metrics")
        self.assertIn(f'fleet_notify_sent_total{{channel="webhook {hook.url[7:]}"}} 1\n', metrics)
        health = self.notify_health(url)
        self.assertEqual((health["status"], health["waiting_alerts"], health["undelivered"]), ("ok", 0, 0))

    def test_a_receiver_that_is_down_is_tried_again_and_shown_in_health(self):
        hook = self.webhook(503)
        _, url = self.serve_with(webhook_urls=[hook.url], group_wait="0s")
        self.fleet("load", "--url", url, self.write("a.csv", low_battery(["V-1"])))
        self.wait_until(lambda: self.notify_health(url)["status"] == "degraded", "health says so")
        hook.answer = 200
        self.wait_until(lambda: "fleet_notify_waiting_alerts 0\n" in self.get(url + "/metrics"), "it was delivered")
        self.assertEqual(len({headers["Idempotency-Key"] for _, headers, _ in hook.posts}), 1)
        self.assertEqual(self.notify_health(url)["status"], "ok")

    def test_a_wrong_setting_stops_the_start(self):
        (self.data).mkdir()
        (self.data / "fleet.toml").write_text('[notify]\nsmtp_url = "smtp://localhost"\n')
        answer = self.fleet("serve", "--data", self.data, "--listen", "127.0.0.1:0", code=2)
        self.assertIn("notify.mail_from", answer.err)

    def test_without_a_channel_health_says_nothing_of_it(self):
        _, url = self.serve()
        self.fleet("load", "--url", url, self.write("a.csv", HEADER))
        self.assertNotIn("notify", json.loads(self.get(url + "/api/v1/health")))


if __name__ == "__main__":
    unittest.main()
