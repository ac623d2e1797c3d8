//! The authorization server: where it sends people, and what a code is worth. Each case goes the whole way that its request
//! has open, to the inner service behind the token.

use countersign_tests::Answer;
use countersign_tests::authorizing::{CHALLENGE, CLIENT, ORGANISATION, VERIFIER, approval, code_request, form};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::corpus::{CORPUS, Case, case};
use crate::target::Target;
use crate::{Checked, named};

/// What the client registered, as all titles say.
const REGISTERED: &str = "https://app.test/cb";

pub(crate) fn attack(case: &Case) -> Checked {
    let site = Attacked(Target::start("oauth", &case.config));
    let checked = match case.id.as_str() {
        "O-pkce-downgrade" => site.downgraded(case, &[]),
        "O-no-store" => site.stores_nothing(),
        _ => site.redirects(case),
    };
    let [_, calls] = site.0.counters();
    checked.and_then(|()| is(calls == usize::from(case.expect.inner_called), &format!("{calls} inner calls")))
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        named("planted::a_redirect_uri_that_is_none_of_the_clients_is_noticed", || {
            fails(&case("O-redirect-case-path").with_config("redirect_uri=https://app.test/CB"))
        }),
        named("planted::an_open_oauth_server_fails_every_case", || {
            let cases = CORPUS.iter().filter(|case| case.scheme == "oauth");
            let count = cases.clone().count();
            is(count == 14, &format!("there are {count} cases"))?;
            cases.map(|case| case.with_config("insecure_unguarded=true")).try_for_each(|case| fails(&case))
        }),
        named("planted::a_code_that_is_redeemed_with_its_verifier_is_noticed", || {
            let site = Attacked(Target::start("oauth", &[]));
            let downgraded = site.downgraded(case("O-pkce-downgrade"), &[("code_verifier", VERIFIER)]);
            is(downgraded.is_err(), "nobody notices it")
        }),
    ]
}

fn fails(case: &Case) -> Checked {
    is(attack(case).is_err(), &format!("{} does not notice it", case.id))
}

fn is(holds: bool, otherwise: &str) -> Checked {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// The server, its client and a browser.
struct Attacked(Target);

impl Attacked {
    /// To where it is registered, and to nowhere else: neither for who is asked, nor for who has approved before.
    fn redirects(&self, case: &Case) -> Checked {
        let asked = asked_for(case);
        if case.expect.decision == "accept" {
            self.approve("ada", &asked)?;
            // Approved as much before: the answer comes at once.
            let answer = self.ask("ada", &asked)?;
            is(answer.status == case.expect.status, &format!("{answer:?}"))?;
            let token = self.redeem(&code(&answer, &asked)?, &[("code_verifier", VERIFIER)])?;
            return self.reaches(&text(&token, "access_token")?);
        }
        self.approve("ada", REGISTERED)?;
        for user in ["ada", "bob"] {
            let answer = self.ask(user, &asked)?;
            let page = String::from_utf8_lossy(&answer.body).into_owned();
            let refused = answer.status == case.expect.status && answer.field("location").is_none();
            is(refused && page.contains("<html") && !page.contains("<form"), &format!("{user}: {answer:?}"))?;
        }
        Ok(())
    }

    /// A code is worth nothing to who has not its verifier, and nothing any more after they tried.
    fn downgraded(&self, case: &Case, more: &[(&str, &str)]) -> Checked {
        let code = code(&self.approve("ada", REGISTERED)?, REGISTERED)?;
        for more in [more, &[("code_verifier", VERIFIER)]] {
            let answer = self.redeem(&code, more)?;
            let refused = answer.status == case.expect.status && text(&answer, "error")? == "invalid_grant";
            is(refused && text(&answer, "access_token").is_err(), &format!("{answer:?}"))?;
        }
        Ok(())
    }

    /// No answer with a code or a token, and no refusal of one, is kept by anybody in between (RFC 6749 §5.1).
    fn stores_nothing(&self) -> Checked {
        let approved = self.approve("ada", REGISTERED)?;
        let code = code(&approved, REGISTERED)?;
        let given = self.redeem(&code, &[("code_verifier", VERIFIER)])?;
        text(&given, "access_token")?;
        let refused = self.redeem(&code, &[("code_verifier", VERIFIER)])?;
        let statuses = [approved.status, given.status, refused.status];
        is(statuses == [303, 200, 400], &format!("{statuses:?}"))?;
        [approved, given, refused].iter().try_for_each(|answer| {
            is(answer.field("cache-control") == Some("no-store"), &format!("may be kept: {answer:?}"))
        })
    }

    /// An authorization request.
    fn ask(&self, user: &str, redirect_uri: &str) -> Result<Answer, String> {
        let query = code_request(redirect_uri, CHALLENGE, "S256");
        self.send(&format!("GET /oauth/authorize/?{query} HTTP/1.1\r\nX-User: {user}\r\n"), "")
    }

    /// Asks, and approves on the page that comes.
    fn approve(&self, user: &str, redirect_uri: &str) -> Result<Answer, String> {
        let page = self.ask(user, redirect_uri)?;
        let form = approval(&String::from_utf8_lossy(&page.body)).filter(|_| page.status == 200);
        let form = form.ok_or_else(|| format!("no page: {page:?}"))?;
        self.post(&format!("/oauth/authorize/ HTTP/1.1\r\nX-User: {user}"), &form)
    }

    fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Result<Answer, String> {
        let fields =
            [("grant_type", "authorization_code"), ("client_id", CLIENT), ("redirect_uri", REGISTERED), ("code", code)];
        self.post("/oauth/token/ HTTP/1.1", &form(&[&fields, more].concat()))
    }

    /// The token opens what is its organisation's, and nobody else's.
    fn reaches(&self, token: &str) -> Checked {
        for (organisation, status) in [("globex", 403), (ORGANISATION, 200)] {
            let line = format!("GET /orgs/{organisation}/things HTTP/1.1\r\nAuthorization: Bearer {token}\r\n");
            let answer = self.send(&line, "")?;
            let inside = answer.field("x-inner-called").is_some();
            is(answer.status == status && inside == (status == 200), &format!("{organisation}: {answer:?}"))?;
        }
        Ok(())
    }

    fn post(&self, line: &str, form: &str) -> Result<Answer, String> {
        self.send(&format!("POST {line}\r\nContent-Type: application/x-www-form-urlencoded\r\n"), form)
    }

    fn send(&self, head: &str, body: &str) -> Result<Answer, String> {
        let length = body.len();
        let request = format!("{head}Host: auth.test\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        self.0.send(request.as_bytes(), false)?.answers.pop().ok_or_else(|| "no answer came".to_owned())
    }
}

/// What the title says, in which a backslash is written twice.
fn asked_for(case: &Case) -> String {
    let said = case.title.strip_prefix("redirect_uri='").and_then(|rest| rest.split_once("', registered "));
    let (asked, registered) = said.unwrap_or_else(|| panic!("{}: nobody looks at this case", case.title));
    assert_eq!(registered, REGISTERED);
    asked.replace("\\\\", "\\")
}

/// The code with which the browser is sent back.
fn code(answer: &Answer, to: &str) -> Result<String, String> {
    let query = answer.field("location").and_then(|location| location.strip_prefix(to)?.strip_prefix('?'));
    let mut parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let code = parameters.find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    code.ok_or_else(|| format!("no code: {answer:?}"))
}

fn text(answer: &Answer, name: &str) -> Result<String, String> {
    let json: Value = serde_json::from_slice(&answer.body).map_err(|_| format!("no JSON: {answer:?}"))?;
    json[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name}: {answer:?}"))
}
