//! What can be wrong with secret, algorithm and spelling.

changes! {
    /// With what was signed, or how the signature should have been spelled.
    Credentials(CredentialsChange):
    Algorithm, "algorithm-other", "by another algorithm",
        "Sender and verifier disagree on the algorithm: let the sender use the one of this format.";
    SecretBase64Decoded, "secret-base64-decoded", "with the bytes that the secret spells in base64",
        SECRET;
    SecretBase64Spelled, "secret-base64-spelled", "with the base64 text of the secret",
        SECRET;
    SecretEmpty, "secret-empty", "with an empty secret",
        "The sender signed without a secret, as when a variable is not set: whoever knows that can sign too, so never accept it.";
    SecretHexDecoded, "secret-hex-decoded", "with the bytes that the secret spells in hexadecimal",
        SECRET;
    SecretHexSpelled, "secret-hex-spelled", "with the hexadecimal text of the secret",
        SECRET;
    SecretNewline, "secret-newline", "with the secret and a line end behind it",
        "The sender's secret has a line end behind it, as when it is read from a file: let it be taken off there.";
    SecretNotDecoded, "secret-not-decoded", "with the text of the secret instead of the bytes that it spells",
        "The sender took the text of the secret for the key: let it decode what stands behind the prefix.";
    SecretNotLive, "secret-not-live", "with a secret of this key that does not verify any more, or not yet",
        "The sender uses a version of the secret that is over, or whose time has yet to come: hand out the live one, or keep both for a while.";
    SecretPrefixKept, "secret-prefix-kept", "with the text of the secret, its prefix included",
        "The sender took the whole text of the secret for the key: let it take the prefix off and decode the rest.";
    SecretPrefixRemoved, "secret-prefix-removed", "with the secret without its prefix",
        "The sender took the prefix off the secret: in this format it belongs to the key.";
    SecretTrimmed, "secret-trimmed", "with the secret without the blanks or line ends around it",
        "The secret that is kept here has a line end or blanks around it: store it without.";
    SecretUnquoted, "secret-unquoted", "with the secret without the quotes around it",
        "The secret that is kept here has quotes around it: store it without.";
    SignatureCase, "signature-case", "by a signature with letters in the other case",
        "The sender spells hexadecimal digits in the wrong case: this format has one spelling.";
    SignatureEncoding, "signature-encoding", "by a signature in another encoding",
        "The sender spells the signature otherwise than this format does, in base64 instead of hexadecimal, say: let it use the format's own.";
    TimeInMilliseconds, "time-in-milliseconds", "with a time in milliseconds where the format has seconds",
        "The sender writes milliseconds where this format has seconds: let it divide by 1,000, and sign what it sends.";
    TimeInSeconds, "time-in-seconds", "with a time in seconds where the format has milliseconds",
        "The sender writes seconds where this format has milliseconds: let it sign the milliseconds that it sends.";
}

const SECRET: &str =
    "Sender and verifier do not mean the same bytes by the secret: agree on what of its text is the key.";
