"""Round trips with the libraries that the providers give to those who receive their webhooks.

    python3 webhooks.py INTEROP_BINARY
"""

import base64
import sys
from datetime import datetime, timezone

import stripe
from slack_sdk.signature import SignatureVerifier
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import loopback


class Stripe(loopback.Library):
    name, scheme, is_webhook = f"stripe {stripe.VERSION}", "stripe", True

    def sign(self, request, secret):
        header = stripe.WebhookSignature.generate_signature_header(request.body.decode(), secret)
        return {"stripe-signature": header}

    def accepts(self, request, secret):
        try:
            stripe.WebhookSignature.verify_header(request.body, request.headers.get("stripe-signature"), secret, 300)
            return True
        except stripe.SignatureVerificationError:
            return False


class Slack(loopback.Library):
    name, scheme, is_webhook = "slack_sdk", "slack", True

    def sign(self, request, secret):
        timestamp = str(int(datetime.now().timestamp()))
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=request.body)
        return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature}

    def accepts(self, request, secret):
        return SignatureVerifier(secret).is_valid_request(request.body, request.headers)


class StandardWebhooks(loopback.Library):
    name, scheme, is_webhook = "standardwebhooks", "standard-webhooks", True
    secret, other = ("whsec_" + base64.b64encode(text.encode()).decode()
                     for text in (loopback.Library.secret, loopback.Library.other))
    sent = 0

    def sign(self, request, secret):
        self.sent += 1
        now, message = datetime.now(timezone.utc), f"msg_{self.sent}"
        signature = Webhook(secret).sign(message, now, request.body.decode())
        return {"webhook-id": message, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}

    def accepts(self, request, secret):
        try:
            Webhook(secret).verify(request.body, request.headers, json_parse=False)
            return True
        except WebhookVerificationError:
            return False


if __name__ == "__main__":
    sys.exit(1 if loopback.run(sys.argv[1], Stripe(), Slack(), StandardWebhooks()) else 0)
