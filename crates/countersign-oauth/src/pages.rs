//! What people see.

use askama::Template;

/// The pages that people see. [`DefaultPages`] has plain ones; implement this for ones that look like the rest of the
/// application.
///
/// A page is HTML. Whoever writes one escapes all text that is put in: names of applications are what their organisations say.
/// The server adds the headers that keep pages out of frames and caches, whoever wrote them.
pub trait Pages: Send + Sync + 'static {
    /// Asks the user whether an application may act for them.
    fn consent(&self, page: &ConsentPage<'_>) -> String;

    /// Tells the user why there is nothing to ask and nowhere to go back to.
    fn refusal(&self, page: &RefusalPage<'_>) -> String;
}

/// What the user is to decide about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ConsentPage<'a> {
    /// What the application is called; its client id where it has no name.
    pub application: &'a str,
    /// The organisation that it would reach, and no other.
    pub organisation: &'a str,
    /// The user as who they are signed in.
    pub subject: &'a str,
    /// What it asks for.
    pub scopes: &'a [&'a str],
    /// Where the answer goes: the host of the redirect URI.
    pub destination: &'a str,
    /// Where the form goes, by `POST`.
    pub action: &'a str,
    /// What the form carries, each as a hidden field of this name. Beside them goes `op`: `approve` or `deny`.
    pub fields: &'a [(&'static str, String)],
}

/// Why an authorization request leads nowhere.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RefusalPage<'a> {
    /// The parameter at fault, if it is one.
    pub parameter: Option<&'a str>,
    /// What is wrong, in a sentence.
    pub explanation: &'a str,
}

/// Plain pages in English.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct DefaultPages;

impl Pages for DefaultPages {
    fn consent(&self, page: &ConsentPage<'_>) -> String {
        ConsentTemplate { page }.render().unwrap_or_default()
    }

    fn refusal(&self, page: &RefusalPage<'_>) -> String {
        RefusalTemplate { page }.render().unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentTemplate<'a> {
    page: &'a ConsentPage<'a>,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalTemplate<'a> {
    page: &'a RefusalPage<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_put_in_becomes_markup() {
        let evil = "<script>\"'&";
        let fields = [("state", evil.to_owned())];
        let scopes = [evil];
        let consent = DefaultPages.consent(&ConsentPage {
            application: evil,
            organisation: evil,
            subject: evil,
            scopes: &scopes,
            destination: evil,
            action: "/oauth/authorize/",
            fields: &fields,
        });
        let refusal = DefaultPages.refusal(&RefusalPage { parameter: Some(evil), explanation: evil });
        for page in [&consent, &refusal] {
            assert!(!page.contains("<script") && !page.contains(evil) && page.contains("&#60;script"), "{page}");
        }
        assert!(consent.contains("name=\"state\"") && consent.contains("value=\"approve\""));
    }

    #[test]
    fn a_refusal_names_the_parameter_as_the_original_does() {
        let page = RefusalPage { parameter: Some("client_id"), explanation: "x" };
        assert!(DefaultPages.refusal(&page).contains("Missing or invalid <em>client_id</em> parameter."));
    }
}
