//! A user's own tokens.

use std::error::Error;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use countersign::{
    Authenticated, Clock as _, InvalidTokenFormat, PresentedToken, Scope, SystemClock, TokenFilter, TokenFormat,
    TokenInfo, TokenState, issue_token,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::store::SharedStore;

/// What a token must be allowed to do to issue and revoke others.
const MANAGE: &str = "tokens:manage";
/// How many tokens a page has.
const PAGE: usize = 50;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest that a token may live.
const MOST_DAYS: u32 = 365;

/// How our tokens look; a secret scanner finds leaked ones by the prefix.
pub(crate) fn format() -> Result<TokenFormat, InvalidTokenFormat> {
    TokenFormat::new("ts")
}

/// The first token, where there is none or another is wanted: for `ada`, with everything that can be tried.
pub(crate) async fn first(store: &SharedStore, another: bool) -> Result<Option<PresentedToken>, Box<dyn Error>> {
    if !another && !store.list_tokens(&TokenFilter::all(), None, 1).await?.is_empty() {
        return Ok(None);
    }
    let now = SystemClock::new().now();
    let info = TokenInfo::new("ada")
        .with_organisation("acme")
        .with_scope("tokens:manage reports:read".parse()?)
        .with_note("the first token")
        .with_expires_at(now + 30 * DAY);
    Ok(Some(issue_token(store, &format()?, info, now).await?.token))
}

/// `GET /me`: who calls.
pub(crate) async fn me(caller: Authenticated) -> Json<Value> {
    Json(json!({ "subject": caller.subject(), "token": caller.token().map(|token| about(token, caller.at())) }))
}

#[derive(Deserialize)]
pub(crate) struct Page {
    /// The last id of the page before.
    below: Option<String>,
}

/// `GET /me/tokens?below=ID`: the caller's tokens, newest first.
pub(crate) async fn list(
    caller: Authenticated,
    State(store): State<SharedStore>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let tokens = store
        .list_tokens(&own(&caller), page.below.as_deref(), PAGE)
        .await
        .map_err(|error| Problem::store(&error, "the tokens cannot be listed now"))?;
    let next = (tokens.len() == PAGE).then(|| tokens.last().and_then(TokenInfo::id)).flatten();
    let tokens: Vec<_> = tokens.iter().map(|token| about(token, caller.at())).collect();
    Ok(Json(json!({ "tokens": tokens, "next": next })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    note: Option<String>,
    /// As much as the caller's own token may do, unless less is wished for.
    scope: Option<String>,
    /// 30 unless told otherwise.
    days: Option<u32>,
}

/// `POST /me/tokens`: a new token, which can do no more than the one it is asked for with, and ends no later. It is in the
/// answer, and nowhere else ever again.
pub(crate) async fn issue(
    caller: Authenticated,
    State(store): State<SharedStore>,
    wish: Result<Json<Wish>, JsonRejection>,
) -> Result<impl IntoResponse, Problem> {
    let own = manager(&caller)?;
    let Json(wish) = wish.map_err(|_| {
        Problem::bad_request(
            "the body is not JSON like {\"note\": \"laptop\", \"scope\": \"reports:read\", \"days\": 7}",
        )
    })?;
    let scope = match wish.scope {
        None => own.scope().clone(),
        Some(text) => {
            text.parse::<Scope>().map_err(|_| Problem::bad_request("the scope is not names with blanks between"))?
        }
    };
    if !scope.iter().all(|name| own.scope().contains(name)) {
        return Err(Problem::forbidden("a token cannot give what it does not have itself"));
    }
    let days = wish.days.unwrap_or(30);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Problem::bad_request("a token lives for 1 to 365 days"));
    }
    if wish.note.as_ref().is_some_and(|note| note.chars().count() > 200) {
        return Err(Problem::bad_request("a note has 200 characters at most"));
    }

    let now = caller.at();
    let end = now + days * DAY;
    let end = own.expires_at().map_or(end, |own_end| own_end.min(end));
    let info = TokenInfo::new(caller.subject()).with_scope(scope).with_expires_at(end);
    let info = own.organisation().into_iter().fold(info, |info, organisation| info.with_organisation(organisation));
    let info = wish.note.into_iter().fold(info, |info, note| info.with_note(note));
    let format = format().map_err(|_| Problem::bad_request("no format"))?;
    let issued = issue_token(&store, &format, info, now)
        .await
        .map_err(|error| Problem::store(&error, "the token could not be stored, and there is none"))?;
    let mut answer = about(&issued.info, now);
    if let Value::Object(answer) = &mut answer {
        answer.insert("value".to_owned(), issued.token.expose_secret().into());
    }
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)))
}

/// `DELETE /me/tokens/{id}`: takes one back. On this instance the very next request with it is refused.
pub(crate) async fn revoke(
    caller: Authenticated,
    State(store): State<SharedStore>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    manager(&caller)?;
    let failed = |error| Problem::store(&error, "the token could not be revoked, and is still good");
    let token = store.token_by_id(&id).await.map_err(failed)?;
    // Somebody else's token is answered as one that does not exist.
    if !token.is_some_and(|token| own(&caller).picks(&token)) {
        return Err(Problem::not_found());
    }
    store.revoke_token(&id, caller.at(), "revoked by its owner").await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's own token, if it may manage others.
fn manager(caller: &Authenticated) -> Result<&TokenInfo, Problem> {
    let own = caller.token().filter(|own| own.scope().contains(MANAGE));
    own.ok_or(Problem::forbidden("this wants a token with the scope tokens:manage"))
}

/// Which tokens are the caller's: a token of one organisation does not see those of others.
fn own(caller: &Authenticated) -> TokenFilter {
    let filter = TokenFilter::all().with_subject(caller.subject());
    match caller.token().and_then(TokenInfo::organisation) {
        Some(organisation) => filter.with_organisation(organisation),
        None => filter,
    }
}

fn about(token: &TokenInfo, now: SystemTime) -> Value {
    json!({
        "id": token.id(),
        "note": token.note(),
        "ends_in": token.last_four(),
        "scope": token.scope().to_string(),
        "organisation": token.organisation(),
        "state": TokenState::of(token, now).as_str(),
        "created_at": token.created_at().and_then(rfc3339),
        "expires_at": token.expires_at().and_then(rfc3339),
        "last_used_at": token.last_used_at().and_then(rfc3339),
        "revoked_at": token.revoked_at().and_then(rfc3339),
    })
}

fn rfc3339(time: SystemTime) -> Option<String> {
    let timestamp = jiff::Timestamp::try_from(time).ok()?;
    Some(timestamp.round(jiff::Unit::Second).ok()?.to_string())
}
