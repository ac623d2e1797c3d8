//! What the authorization server shows, looking like the rest of the application.

use askama::Template;
use countersign_oauth::{ConsentPage, Pages, RefusalPage};

use crate::api::PROJECTS_READ;
use crate::app::TOKEN_HOURS;
use crate::organisations::{organisation, user};

pub(crate) struct OwnPages;

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentTemplate<'a> {
    page: &'a ConsentPage<'a>,
    organisation: &'a str,
    user: &'a str,
    hours: u32,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalTemplate<'a> {
    page: &'a RefusalPage<'a>,
}

impl Pages for OwnPages {
    fn consent(&self, page: &ConsentPage<'_>) -> String {
        let organisation = organisation(page.organisation).map_or(page.organisation, |known| known.name);
        let user = user(page.subject).map_or(page.subject, |known| known.name);
        // A page that cannot be written asks nothing.
        ConsentTemplate { page, organisation, user, hours: TOKEN_HOURS }.render().unwrap_or_default()
    }

    fn refusal(&self, page: &RefusalPage<'_>) -> String {
        RefusalTemplate { page }.render().unwrap_or_default()
    }
}

/// What a scope means to people.
fn in_words(scope: &str) -> &str {
    match scope {
        PROJECTS_READ => "See the organization’s projects",
        other => other,
    }
}
