//! What clients can find out by themselves: RFC 8414 and RFC 9728.

use countersign::Scope;
use serde_json::{Value, json};

use crate::Issuer;

/// What the documents say.
pub(crate) struct Metadata<'a> {
    pub(crate) issuer: &'a Issuer,
    pub(crate) scopes: &'a Scope,
    pub(crate) implicit: bool,
    pub(crate) refresh: bool,
}

impl Metadata<'_> {
    /// RFC 8414 §2.
    pub(crate) fn authorization_server(&self) -> Value {
        let mut response_types = vec!["code"];
        let mut grant_types = vec!["authorization_code"];
        let mut response_modes = vec!["query"];
        if self.implicit {
            response_types.push("token");
            grant_types.push("implicit");
            response_modes.push("fragment");
        }
        if self.refresh {
            grant_types.push("refresh_token");
        }
        json!({
            "issuer": self.issuer.as_str(),
            "authorization_endpoint": self.issuer.endpoint("/oauth/authorize/"),
            "token_endpoint": self.issuer.endpoint("/oauth/token/"),
            "revocation_endpoint": self.issuer.endpoint("/oauth/revoke/"),
            "scopes_supported": self.scopes.iter().collect::<Vec<_>>(),
            "response_types_supported": response_types,
            "response_modes_supported": response_modes,
            "grant_types_supported": grant_types,
            "token_endpoint_auth_methods_supported": ["none"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        })
    }

    /// RFC 9728 §2, of the API beside this server.
    pub(crate) fn protected_resource(&self) -> Value {
        json!({
            "resource": self.issuer.as_str(),
            "authorization_servers": [self.issuer.as_str()],
            "scopes_supported": self.scopes.iter().collect::<Vec<_>>(),
            "bearer_methods_supported": ["header"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_say_what_is_on() {
        let issuer: Issuer = "https://api.example".parse().unwrap();
        let scopes: Scope = "things:read things:write".parse().unwrap();
        let plain =
            Metadata { issuer: &issuer, scopes: &scopes, implicit: false, refresh: false }.authorization_server();
        assert_eq!(plain["issuer"], "https://api.example");
        assert_eq!(plain["token_endpoint"], "https://api.example/oauth/token/");
        assert_eq!(plain["response_types_supported"], json!(["code"]));
        assert_eq!(plain["grant_types_supported"], json!(["authorization_code"]));
        let all = Metadata { issuer: &issuer, scopes: &scopes, implicit: true, refresh: true };
        assert_eq!(all.authorization_server()["response_types_supported"], json!(["code", "token"]));
        assert_eq!(
            all.authorization_server()["grant_types_supported"],
            json!(["authorization_code", "implicit", "refresh_token"])
        );
        assert_eq!(all.protected_resource()["authorization_servers"], json!(["https://api.example"]));
        assert_eq!(all.protected_resource()["scopes_supported"], json!(["things:read", "things:write"]));
    }
}
