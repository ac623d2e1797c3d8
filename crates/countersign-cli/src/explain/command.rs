//! `countersign explain`.

use clap::Args;
use countersign::explain::{Doctor, Explanation};

use super::incoming::{Incoming, Kind, read};
use super::options::DoctorOptions;
use super::secrets::SecretOptions;
use super::view::View;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::time::Instant;

/// Say why a request does not verify: what was signed beside what arrived
///
/// Tries what frameworks, proxies and senders are known to change, and names the change with which the signature fits. The
/// request is read as HTTP/1.1 (a head, an empty line, the body), as a HAR file of a browser or a proxy, or as a curl command.
/// Neither secrets nor signatures are printed; parts of the request are: this is for whoever holds the secrets.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Explain {
    /// The file with the request, or - for stdin
    #[arg(value_name = "FILE")]
    file: String,

    /// What the file is, if it cannot be told by its beginning
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<Kind>,

    /// Which request of a HAR file, the first being 0
    #[arg(long, value_name = "INDEX")]
    entry: Option<usize>,

    #[command(flatten)]
    doctor: DoctorOptions,

    #[command(flatten)]
    secrets: SecretOptions,

    /// When the request arrived, if not now: 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    now: Option<Instant>,
}

impl Explain {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let explanation = self.explain(context).await.map_err(|failure| match failure {
            // Whatever is not an explanation is bad input.
            Failure::Failed(text) => Failure::Usage(text),
            other => other,
        })?;
        match context.out.json {
            true => context.out.document(&View::of(&explanation))?,
            false => context.out.line(&explanation)?,
        }
        if explanation.verifies() { Ok(()) } else { Err(Failure::Told) }
    }

    async fn explain(&self, context: &Context) -> Result<Explanation> {
        let Incoming { head, body, notes } = read(&self.file, self.kind, self.entry)?;
        notes.iter().for_each(|note| context.out.note(note));
        let scheme = self.doctor.scheme()?;
        let public_url = self.doctor.public_url();
        let secrets = self.secrets.read(context, &*scheme, &head, public_url).await?;
        let now = self.now.map_or_else(|| context.now(), |now| now.0);
        let doctor = self.doctor.configure(Doctor::new(&*scheme), self.secrets.key_id(), now)?;
        Ok(doctor.explain(&head, &body, &secrets, now))
    }
}

const AFTER_HELP: &str = "\
Examples:
  countersign explain request.http --scheme github --secret-env SECRET
  countersign explain requests.har --entry 0 --scheme github --json \\
    --secret-file secret.txt
  countersign sign --scheme stripe POST https://example.com/hook --data '{}' \\
    --secret-env SECRET > curl.txt
  countersign explain curl.txt --scheme stripe --secret-env SECRET
  countersign explain request.http --scheme github --secret-env SECRET \\
    --public-url https://example.com --host example.org --prefix /api

Exit status: 0 when the request verifies, 1 when it does not (what was found is on stdout), 2 when nothing could be tried.";
