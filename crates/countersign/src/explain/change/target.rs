//! What can have happened to method and URL.

changes! {
    /// What was signed, as it differs from the method and the URL that arrived.
    Target(TargetChange):
    WithPort, "authority-with-port", "the host with a port",
        AUTHORITY;
    Host, "authority-other", "another host",
        AUTHORITY;
    HostCase, "authority-lower-case", "the host in lower case",
        AUTHORITY;
    Method, "method-other", "another method",
        "The method was changed on the way, by a method override or a rewrite of HEAD: verify before that.";
    MethodCase, "method-case", "the method in lower case",
        "The sender signed the method in lower case: let it sign it as it sends it.";
    NoPort, "authority-without-port", "the host without its port",
        AUTHORITY;
    NoPrefix, "path-without-prefix", "the path without its first part",
        "Something put a part before the path: verify before that, or let the sender sign the path that it calls.";
    NoQuery, "query-left-out", "the path without the query",
        "The sender left the query out, or signed before it was added: let it sign the whole target.";
    NoTrailingSlash, "path-no-trailing-slash", "the path without the slash at its end",
        SLASHES;
    OriginalTarget, "target-original", "the target that a proxy says was there before it rewrote it",
        "A proxy rewrote the target: let it hand the target on unchanged.";
    PathDecoded, "path-decoded", "the path with its escapes decoded",
        PATH_ESCAPES;
    PathEncoded, "path-encoded", "the path with more of it escaped",
        PATH_ESCAPES;
    PathEscapeCase, "path-escape-case", "the path's escapes with letters in the other case",
        PATH_ESCAPES;
    Prefix, "path-prefix", "the path with a part before it that was taken off",
        "A proxy takes a part off the path: configure the public URL with its path, or let the proxy leave it on.";
    QueryBlanksAsPlus, "query-blanks-as-plus", "blanks in the query as +",
        QUERY;
    QueryBlanksEscaped, "query-blanks-escaped", "blanks in the query as %20",
        QUERY;
    QueryDecoded, "query-decoded", "the query with its escapes decoded",
        QUERY;
    QueryEscapes, "query-escapes", "the query with its characters escaped in another way",
        QUERY;
    QueryReordered, "query-reordered", "the query's parameters in another order",
        QUERY;
    QueryWithoutParameter, "query-without-parameter", "the query without one of its parameters",
        "Something added a parameter to the query: verify before that, or let the sender sign it too.";
    Scheme, "scheme-other", "another scheme",
        "A proxy ends TLS, or the request does not say its scheme: configure the public URL.";
    SlashDoubled, "path-slash-doubled", "the path with two slashes for one",
        SLASHES;
    SlashesMerged, "path-slashes-merged", "the path with one slash for several",
        SLASHES;
    TrailingSlash, "path-trailing-slash", "the path with a slash at its end",
        SLASHES;
}

const AUTHORITY: &str = "The request arrived under another authority than the sender called: configure the public URL, or let the proxy keep Host.";
const PATH_ESCAPES: &str = "The path was decoded or encoded on the way: let proxies hand it on byte for byte.";
const QUERY: &str = "The query was parsed and written again on the way: let proxies hand it on byte for byte.";
const SLASHES: &str =
    "Slashes were put in, taken out or merged on the way: let proxies hand the path on byte for byte.";
