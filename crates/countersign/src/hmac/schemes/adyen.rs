//! Adyen's notifications: the signature in the JSON, over some of it.

use http::HeaderName;
use http::request::Parts;
use serde::Deserialize;
use smallvec::smallvec;

use super::keyless::keyless;
use super::text::{is_json, is_spelled};
use crate::auth::SignedHead;
use crate::hmac::{
    Algorithm, Bases, Coverage, Encoding, HmacScheme, Intent, KeyDecoding, Malformed, Presented, SchemeProfile,
    SignatureBase,
};

keyless! {
    /// Adyen's notifications of payments (source: Adyen's documentation "Verify HMAC signatures", and `Adyen` 16.0.0).
    ///
    /// The body is JSON with one `NotificationRequestItem` in its `notificationItems`, the signature in the item's
    /// `additionalData.hmacSignature`: base64 of HMAC-SHA-256 over `pspReference`, `originalReference`, `merchantAccountCode`,
    /// `merchantReference`, value and currency of `amount`, `eventCode` and `success`, with `:` between. The secret is the key
    /// in hexadecimal, as Adyen shows it. For the webhooks of Adyen's platforms, whose field `HmacSignature` covers
    /// the whole body, there is [`BodyMac::adyen`](super::BodyMac::adyen); a request that has this field is none of
    /// this format.
    ///
    /// **Nothing but these eight members is covered**: whoever sees a notification can send it with any other reason, date,
    /// payment method or additional data, and with another `live`. Decide by the eight alone, and ask Adyen for the rest.
    /// Of them only `merchantReference` may have a `:` in it, so that nobody can move text from one to the next.
    ///
    /// A body with several items is refused: each has a signature of its own, and one that holds must not let the others through.
    /// Adyen puts one into each. So is a member that occurs twice, or is `null`; `originalReference` and
    /// `merchantReference` may be left out, which is signed as if they were empty.
    ///
    /// There is no time. Replay protection is off until
    /// [`with_replay_protection_for`](crate::HmacAuthLayer::with_replay_protection_for) says how long to remember; Adyen's own
    /// repetitions are refused then too. The whole body is read before anything is judged, of every request whose body is
    /// JSON. The client's side is not here: the signature stands in a body that is the application's.
    Adyen, "adyen"
}

/// Of the body, what is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    notification_items: [Wrapped; 1],
}

#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "NotificationRequestItem")]
    item: Item,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    psp_reference: String,
    #[serde(default)]
    original_reference: String,
    merchant_account_code: String,
    #[serde(default)]
    merchant_reference: String,
    amount: Amount,
    event_code: String,
    success: Success,
    additional_data: AdditionalData,
}

#[derive(Deserialize)]
struct Amount {
    value: i64,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Success {
    False,
    True,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdditionalData {
    hmac_signature: String,
}

impl Item {
    /// What is signed of it.
    fn signed(&self) -> Result<String, Malformed> {
        let value = self.amount.value.to_string();
        let success = match self.success {
            Success::False => "false",
            Success::True => "true",
        };
        let before = [&*self.psp_reference, &self.original_reference, &self.merchant_account_code];
        let after = [&*value, &self.amount.currency, &self.event_code, success];
        if before.iter().chain(&after).any(|text| text.contains(':')) {
            return Err(Malformed::new("a signed member has a colon in it, and is not the merchant's reference"));
        }
        Ok([&before[..], &[&*self.merchant_reference], &after].concat().join(":"))
    }
}

impl HmacScheme for Adyen {
    fn profile(&self) -> &SchemeProfile {
        static PROFILE: SchemeProfile =
            SchemeProfile::new("Adyen-Notification", Algorithm::HmacSha256, Encoding::Base64, Coverage::NONE, &[])
                .with_key_decoding(KeyDecoding::Hex)
                .with_credentials_in_body();
        &PROFILE
    }

    fn parse(&self, head: &SignedHead<'_>) -> Result<Option<Presented>, Malformed> {
        let ours = is_json(head)? && !head.headers().contains_key(PLATFORM_SIGNATURE);
        Ok(ours.then(|| Presented::new(self.key_id.clone())))
    }

    fn parse_body(&self, presented: Presented, body: &[u8]) -> Result<Presented, Malformed> {
        let notification: Notification = serde_json::from_slice(body)
            .map_err(|_| Malformed::new("the body is not JSON with one signed item that has each member once"))?;
        let [Wrapped { item }] = notification.notification_items;
        let signature = item.additional_data.hmac_signature.as_bytes();
        if !is_spelled(signature, Encoding::Base64, 32) {
            return Err(Malformed::new("the signature is not 32 bytes in base64"));
        }
        presented.with_signature(signature).and_then(|presented| Ok(presented.with_extra(item.signed()?)))
    }

    fn bases<'r>(&'r self, _head: &SignedHead<'r>, presented: &'r Presented) -> Result<Bases<'r>, Malformed> {
        let signed: &String = presented.extra().ok_or(Malformed::new("nothing is signed"))?;
        let mut base = SignatureBase::new();
        base.push_literal(signed);
        Ok(smallvec![base])
    }

    fn prepare(&self, _head: &mut Parts, _intent: &Intent<'_>) -> Result<Presented, Malformed> {
        Err(Malformed::new("the signature stands in the body, which is not ours to write"))
    }

    fn attach(&self, _head: &mut Parts, _presented: &Presented, _signature: &str) -> Result<(), Malformed> {
        Err(Malformed::new("the signature stands in the body, which is not ours to write"))
    }
}

const PLATFORM_SIGNATURE: HeaderName = HeaderName::from_static("hmacsignature");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn items() -> impl Strategy<Value = [String; 8]> {
        let text = "[:1a]{0,3}";
        (text, text, text, "[:1a]{0,6}", -1..12i64, text, text, any::<bool>()).prop_map(
            |(reference, original, account, merchant, value, currency, event, success)| {
                let (value, success) = (value.to_string(), success.to_string());
                [reference, original, account, merchant, value, currency, event, success]
            },
        )
    }

    /// `None` where the item is refused.
    fn signed(members: &[String; 8]) -> Option<String> {
        let [reference, original, account, merchant, value, currency, event, success] = members;
        let item = serde_json::json!({
            "pspReference": reference, "originalReference": original, "merchantAccountCode": account,
            "merchantReference": merchant, "amount": { "value": value.parse::<i64>().unwrap(), "currency": currency },
            "eventCode": event, "success": success, "additionalData": { "hmacSignature": "" },
        });
        serde_json::from_value::<Item>(item).unwrap().signed().ok()
    }

    /// The item that has these members where the text is cut at other colons.
    fn cut_elsewhere(text: &str, cuts: &[usize]) -> Option<[String; 8]> {
        let parts: Vec<_> = text.split(':').collect();
        let mut members: [String; 8] = Default::default();
        let mut rest = &parts[..];
        for (at, member) in members.iter_mut().enumerate() {
            let last = at == 7;
            let taken = if last { rest.len() } else { (1 + cuts[at]).min(rest.len().saturating_sub(7 - at)) };
            let (these, others) = rest.split_at_checked(taken)?;
            *member = these.join(":");
            rest = others;
        }
        let canonical = members[4].parse::<i64>().is_ok_and(|value| value.to_string() == members[4]);
        (canonical && matches!(&*members[7], "true" | "false")).then_some(members)
    }

    proptest! {
        #[test]
        fn what_is_signed_is_read_in_one_way(members in items(), cuts in prop::collection::vec(0..3usize, 7)) {
            let Some(text) = signed(&members) else { return Ok(()) };
            prop_assert_eq!(text.as_str(), members.join(":"));
            if let Some(other) = cut_elsewhere(&text, &cuts) {
                prop_assert!(other == members || signed(&other).is_none(), "{:?} {:?}", members, other);
            }
        }
    }
}
