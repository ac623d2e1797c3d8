//! The secrets of the key: from variables and files, or from the store.

use std::path::PathBuf;

use clap::Args;
use countersign::auth::{PublicUrl, SignedHead};
use countersign::hmac::HmacScheme;
use countersign_core::{KeyId, Secret, SecretVersion, Secrets};
use http::request::Parts;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::input;
use crate::secret::Encoding;

/// The options that say where the secrets are.
#[derive(Args)]
pub(super) struct SecretOptions {
    /// Read a secret of the key from this environment variable; may be repeated
    ///
    /// Without a variable or a file the store is asked, for the key that the request names.
    #[arg(long, value_name = "VARIABLE")]
    secret_env: Vec<String>,

    /// Read a secret of the key from this file; may be repeated
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,

    /// How the secrets are spelled, if not as their owner shows them
    #[arg(long, value_enum, default_value = "text")]
    encoding: Encoding,

    /// Whose secrets they are, if not those of the key that the request names
    #[arg(long, value_name = "KEY_ID")]
    key_id: Option<KeyId>,
}

impl SecretOptions {
    pub(super) const fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    pub(super) async fn read(
        &self,
        context: &Context,
        scheme: &dyn HmacScheme,
        head: &Parts,
        public_url: Option<&PublicUrl>,
    ) -> Result<Secrets> {
        if self.secret_env.is_empty() && self.secret_file.is_empty() {
            return self.stored(context, scheme, head, public_url).await;
        }
        let of_variables = self.secret_env.iter().map(|name| self.encoding.read(&variable(name)?));
        let of_files = self.secret_file.iter().map(|path| self.encoding.read(&input::of_file(path)?));
        let secrets: Vec<Secret> = of_variables.chain(of_files).collect::<Result<_>>()?;
        Ok(secrets.into_iter().map(SecretVersion::new).collect())
    }

    async fn stored(
        &self,
        context: &Context,
        scheme: &dyn HmacScheme,
        head: &Parts,
        public_url: Option<&PublicUrl>,
    ) -> Result<Secrets> {
        let named = || {
            let head = SignedHead::read(head, public_url).ok()?;
            scheme.parse(&head).ok()?.map(|presented| presented.key_id().clone())
        };
        let key_id = self.key_id.clone().or_else(named).ok_or_else(|| {
            Failure::usage("the request names no key that could be read: give --secret-env, --secret-file or --key-id")
        })?;
        let mut found = Secrets::none();
        context
            .with_store(async |session| {
                found = session.ask(session.store().secrets(&key_id)).await?;
                Ok(())
            })
            .await?;
        Ok(found)
    }
}

/// What was typed in the place of a variable's name is not repeated: it may be the secret.
fn variable(name: &str) -> Result<Zeroizing<Vec<u8>>> {
    // Asking for such a name would panic.
    let may_be_set = !name.is_empty() && !name.contains(['=', '\0']);
    let value = may_be_set.then(|| std::env::var_os(name)).flatten();
    let value = value.ok_or_else(|| {
        Failure::usage("a variable of --secret-env is not set: give the name of one that has the secret")
    })?;
    Ok(Zeroizing::new(value.into_encoded_bytes()))
}
