//! `countersign sign`.

use std::path::PathBuf;

use clap::Args;
use countersign::sign_request;
use countersign_core::Secret;
use http::HeaderValue;
use serde::Serialize;

use super::body::Body;
use super::curl::Curl;
use super::request::{self, Field};
use super::scheme::SchemeOptions;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::input;
use crate::secret::Encoding;

/// Print a curl command that sends a signed request
///
/// The command is ready for a POSIX shell and good for as long as the format's signatures are: some minutes, mostly, and once
/// where the server remembers what it has seen. The secret is read from a variable or a file, and not printed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Sign {
    /// The request's method, as it is sent
    #[arg(value_name = "METHOD")]
    method: String,

    /// Where it goes: an absolute http or https URL, percent-encoded
    #[arg(value_name = "URL")]
    url: String,

    #[command(flatten)]
    scheme: SchemeOptions,

    /// The body, or @ and the name of a file with it
    ///
    /// Without a Content-Type among the headers it is sent as a form, as curl does.
    #[arg(long, short, value_name = "DATA", allow_hyphen_values = true)]
    data: Option<String>,

    /// A header field to send; may be repeated
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    fields: Vec<Field>,

    /// Read the secret from this environment variable
    #[arg(long, value_name = "VARIABLE", required_unless_present = "secret_file", conflicts_with = "secret_file")]
    secret_env: Option<String>,

    /// Read the secret from this file
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,

    /// How the secret is spelled, if not as its owner shows it
    #[arg(long, value_enum, default_value = "text")]
    encoding: Encoding,
}

impl Sign {
    pub(crate) fn run(self, context: &Context) -> Result {
        let body = self.data.as_deref().map(Body::read).transpose()?;
        let mut head = request::head(&self.method, &self.url, &self.fields, body.is_some())?;
        let (scheme, key_id) = self.scheme.make(&head.uri.to_string(), context.now())?;
        let bytes = body.as_ref().map(Body::bytes).unwrap_or_default();
        sign_request(&mut head, bytes, &scheme, &key_id, &self.secret()?, context.now())
            .map_err(|error| Failure::failed(error.to_string()))?;
        let curl = Curl { head: &head, body: body.as_ref() };
        if !context.out.json {
            return context.out.line(curl);
        }
        let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
        context.out.document(&View {
            method: head.method.as_str(),
            url: head.uri.to_string(),
            headers: head.headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect(),
            curl: curl.to_string(),
        })
    }

    /// What was typed in the place of a variable's name is not repeated: it may be the secret.
    fn secret(&self) -> Result<Secret> {
        if let Some(path) = &self.secret_file {
            return self.encoding.read(&input::of_file(path)?);
        }
        let variable = self.secret_env.as_deref().unwrap_or_default();
        // Asking for such a name would panic.
        let may_be_set = !variable.is_empty() && !variable.contains(['=', '\0']);
        let value = may_be_set.then(|| std::env::var_os(variable)).flatten();
        let value = value.ok_or_else(|| {
            Failure::failed("the variable of --secret-env is not set: give the name of one that has the secret")
        })?;
        self.encoding.read(zeroize::Zeroizing::new(value.into_encoded_bytes()).as_slice())
    }
}

#[derive(Serialize)]
struct View<'a> {
    method: &'a str,
    url: String,
    headers: Vec<(&'a str, String)>,
    curl: String,
}

const AFTER_HELP: &str = "\
Examples:
  countersign sign --scheme github POST http://localhost:8080/hook \\
    --data '{\"a\":1}' -H 'Content-Type: application/json' --secret-env SECRET
  countersign sign --scheme rfc9421 --key-id partner --secret-file secret.txt \\
    PUT 'http://localhost:8080/orders?page=2' --data @order.json
  countersign sign --scheme sigv4 --key-id AKIDEXAMPLE --region us-east-1 \\
    --service s3 --lifetime 1h GET http://localhost:8080/x --secret-env SECRET

Piped into `sh`, the command is run. Whoever sees it can send the request too.";
