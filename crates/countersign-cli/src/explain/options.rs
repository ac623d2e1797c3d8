//! Which format, and how the layer is configured.

use std::sync::Arc;
use std::time::SystemTime;

use clap::Args;
use countersign::auth::PublicUrl;
use countersign::explain::Doctor;
use countersign::hmac::HmacScheme;
use countersign::hmac::schemes::{SchemeParameters, named};
use countersign_core::KeyId;

use crate::failure::{Failure, Result};
use crate::time::Period;

/// The options that say what the layer knows.
#[derive(Args)]
pub(super) struct DoctorOptions {
    /// The signature format: github, stripe, rfc9421, sigv4, … An unknown one lists them all
    #[arg(long, value_name = "NAME")]
    scheme: String,

    /// The region of the keys (AWS Signature Version 4)
    #[arg(long)]
    region: Option<String>,

    /// The service of the keys (AWS Signature Version 4)
    #[arg(long)]
    service: Option<String>,

    /// The URL that is registered with the sender (Square)
    #[arg(long, value_name = "URL")]
    notification_url: Option<String>,

    /// The signature's tag (RFC 9421)
    #[arg(long)]
    tag: Option<String>,

    /// Accept HMAC-SHA-1 where the format names its algorithm
    #[arg(long)]
    insecure_sha1: bool,

    /// How far the signature's time may lie in the past, and in the future, if not as the format has it: 10m 1m
    #[arg(long, value_names = ["PAST", "FUTURE"], num_args = 2)]
    leeway: Option<Vec<Period>>,

    /// The public URL with which the layer is configured
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    public_url: Option<PublicUrl>,

    /// Another host, and perhaps port, that the sender may have called; may be repeated
    #[arg(long = "host", value_name = "AUTHORITY")]
    hosts: Vec<String>,

    /// A part that a proxy may take off the path or put before it; may be repeated
    #[arg(long = "prefix", value_name = "PATH")]
    prefixes: Vec<String>,
}

impl DoctorOptions {
    pub(super) fn scheme(&self) -> Result<Arc<dyn HmacScheme>> {
        let mut parameters = SchemeParameters::new().with_presigned_urls();
        if let (Some(region), Some(service)) = (&self.region, &self.service) {
            parameters = parameters.with_scope(&**region, &**service);
        }
        if let Some(url) = &self.notification_url {
            parameters = parameters.with_notification_url(&**url);
        }
        if let Some(tag) = &self.tag {
            parameters = parameters.with_tag(&**tag);
        }
        if self.insecure_sha1 {
            parameters = parameters.with_insecure_sha1();
        }
        named(&self.scheme, &parameters).map_err(|error| Failure::usage(error.to_string()))
    }

    pub(super) const fn public_url(&self) -> Option<&PublicUrl> {
        self.public_url.as_ref()
    }

    pub(super) fn configure<'d>(
        &self,
        mut doctor: Doctor<'d>,
        key_id: Option<&KeyId>,
        now: SystemTime,
    ) -> Result<Doctor<'d>> {
        if let Some([past, future]) = self.leeway.as_deref() {
            doctor = doctor.with_leeway(past.from(now)?, future.from(now)?);
        }
        if let Some(key_id) = key_id {
            doctor = doctor.with_key_id(key_id.clone());
        }
        if let Some(url) = &self.public_url {
            doctor = doctor.with_public_url(url.clone());
        }
        let doctor = self.hosts.iter().fold(doctor, Doctor::with_host);
        Ok(self.prefixes.iter().fold(doctor, Doctor::with_prefix))
    }
}

fn parse_url(url: &str) -> std::result::Result<PublicUrl, String> {
    url.parse().map_err(|error: countersign::auth::InvalidPublicUrl| error.to_string())
}
