"""Round trips with libraries that sign and verify whole requests: RFC 9421, Hawk, AWS Signature Version 4.

    python3 signatures.py INTEROP_BINARY
"""

import hmac
import logging
import re
import secrets
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from http_message_signatures import (
    HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature, MappingKeyResolver, algorithms)
from http_message_signatures.structures import CaseInsensitiveDict
from mohawk import Receiver, Sender
from mohawk.base import EmptyValue
from mohawk.exc import HawkFail

import loopback


class Message:
    """A request as http-message-signatures wants it."""

    def __init__(self, request):
        self.method, self.url, self.headers = request.method, request.url, CaseInsensitiveDict(request.headers)


class MessageSignatures(loopback.Library):
    name, scheme = "http-message-signatures", "rfc9421"
    components = ("@method", "@authority", "@path", "@query")

    def using(self, kind, secret):
        keys = {loopback.KEY: secret.encode()}
        resolver = MappingKeyResolver(public_keys=keys, private_keys=keys)
        return kind(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=resolver)

    def sign(self, request, secret):
        message = Message(request)
        self.using(HTTPMessageSigner, secret).sign(
            message, key_id=loopback.KEY, nonce=secrets.token_hex(16), covered_component_ids=self.components,
            body=request.body or None)
        return {name.lower(): value for name, value in message.headers.items()}

    def accepts(self, request, secret):
        try:
            verifier = self.using(HTTPMessageVerifier, secret)
            return bool(verifier.verify(Message(request), require_components=self.components, body=request.body))
        except InvalidSignature:
            return False


class MessageSignaturesDefaults(MessageSignatures):
    """What the library covers unless it is told otherwise. The URL has a scheme, which HTTP/1.1 does not say."""

    name, directions = "http-message-signatures, @target-uri,", ("signs",)
    serve_arguments = ("--known-origin",)
    components = ("@method", "@authority", "@target-uri")


class Hawk(loopback.Library):
    name, scheme, proves_answers = "mohawk", "hawk", True

    def content(self, request):
        # Without a body there is no hash, as everywhere.
        return {"content": request.body or EmptyValue, "content_type": request.headers.get("content-type", EmptyValue)}

    def credentials(self, secret):
        return {"id": loopback.KEY, "key": secret, "algorithm": "sha256"}

    def sign(self, request, secret):
        self.sender = Sender(self.credentials(secret), request.url, request.method,
                             always_hash_content=bool(request.body), **self.content(request))
        return {"authorization": self.sender.request_header}

    def accepts(self, request, secret):
        try:
            self.receiver = Receiver(lambda _: self.credentials(secret), request.headers.get("authorization"), request.url,
                                     request.method, **self.content(request))
            return True
        except HawkFail:
            return False

    def trusts(self, fields, body):
        try:
            self.sender.accept_response(
                fields.get("server-authorization", ""), content=body, content_type=fields.get("content-type", ""))
            return True
        except HawkFail:
            return False

    def prove(self, body):
        return {"server-authorization": self.receiver.respond(content=body, content_type="")}


class SigV4(loopback.Library):
    """botocore signs and does not verify: what it would have signed is held against what was."""

    name, scheme, arguments = "botocore", "sigv4", ("--scope", "us-east-1/execute-api")

    def using(self, secret):
        return SigV4Auth(Credentials(loopback.KEY, secret), "execute-api", "us-east-1")

    def sign(self, request, secret):
        own = AWSRequest(request.method, request.url, dict(request.headers), request.body)
        self.using(secret).add_auth(own)
        return {name.lower(): value for name, value in own.headers.items()}

    def accepts(self, request, secret):
        found = re.search(r"SignedHeaders=([^,]+), Signature=(\w+)$", request.headers.get("authorization", ""))
        signed = {name: request.headers[name] for name in found[1].split(";")}
        own, auth = AWSRequest(request.method, request.url, signed, request.body), self.using(secret)
        own.context["timestamp"] = request.headers["x-amz-date"]
        signature = auth.signature(auth.string_to_sign(own, auth.canonical_request(own)), own)
        return hmac.compare_digest(signature, found[2])


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    libraries = MessageSignatures(), MessageSignaturesDefaults(), Hawk(), SigV4()
    sys.exit(1 if loopback.run(sys.argv[1], *libraries) else 0)
