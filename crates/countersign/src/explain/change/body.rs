//! What can have happened to a body.

changes! {
    /// What was signed, as it differs from the body that arrived.
    Body(BodyChange):
    Base64Decoded, "body-base64-decoded", "the bytes that the body spells in base64",
        "The body was handed on in base64: decode it before it is verified.";
    Crlf, "body-crlf", "a carriage return before each line feed",
        LINE_ENDS;
    Decompressed, "body-decompressed", "the body without its gzip compression",
        "The body was compressed after it was signed: verify behind whatever decompresses, or let the sender sign what it sends.";
    Empty, "body-empty", "no body at all",
        "The sender signed an empty body, or signed before the body was there: let it sign the bytes that it sends.";
    FinalNewline, "body-final-newline", "a line end behind the body",
        "A line end was taken off the body: hand it on untrimmed.";
    FormBlanksAsPlus, "form-blanks-as-plus", "blanks in the form as +",
        FORM;
    FormBlanksEscaped, "form-blanks-escaped", "blanks in the form as %20",
        FORM;
    FormEscapes, "form-escapes", "the form with its characters escaped in another way",
        FORM;
    FormSorted, "form-sorted", "the fields of the form in order of their names",
        FORM;
    JsonAscii, "json-ascii", "JSON with all that is not ASCII escaped",
        JSON;
    JsonCompact, "json-compact", "JSON without blanks",
        JSON;
    JsonHtml, "json-html", "JSON with <, > and & escaped",
        JSON;
    JsonKeysSorted, "json-keys-sorted", "JSON with its keys in order",
        JSON;
    JsonPretty, "json-pretty", "JSON on several lines, indented",
        JSON;
    JsonSlashes, "json-slashes", "JSON with its slashes escaped",
        JSON;
    JsonSpaced, "json-spaced", "JSON with a blank after each comma and colon",
        JSON;
    JsonString, "json-string", "the text that the body has as a JSON string",
        "The body was written as JSON when it was JSON already: hand on the text itself.";
    JsonUnescaped, "json-unescaped", "JSON without escapes that need not be",
        JSON;
    Latin1, "body-latin-1", "the body's characters in Latin-1",
        CHARSET;
    LineFeeds, "body-line-feeds", "line feeds alone, without carriage returns",
        LINE_ENDS;
    NoByteOrderMark, "body-no-byte-order-mark", "the body without its byte order mark",
        "Something put a byte order mark before the body: hand it on as it came.";
    NoFinalNewline, "body-no-final-newline", "the body without the line end behind it",
        "Something put a line end behind the body: hand it on as it came; editors and `echo` do that too.";
    NoOuterBlanks, "body-trimmed", "the body without blanks around it",
        "Something put blanks around the body: hand it on as it came.";
    Utf8, "body-utf-8", "the body's bytes taken for Latin-1 and written in UTF-8",
        CHARSET;
    ByteOrderMark, "body-byte-order-mark", "a byte order mark before the body",
        "A byte order mark was taken off the body: hand it on as bytes, not as text.";
}

const JSON: &str =
    "The body was parsed and written again before it was verified: read the raw bytes, and parse them afterwards.";
const FORM: &str =
    "The form was parsed and written again before it was verified: read the raw bytes, and parse them afterwards.";
const LINE_ENDS: &str = "Line ends were changed on the way: hand the body on as bytes, not as text.";
const CHARSET: &str =
    "The body was read in one character set and written in another: hand it on as bytes, not as text.";
