//! Whatever happens, in whatever order: nobody is sent where nothing is registered, and no token reaches an organisation that
//! it is not for, or is good after it ended.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use countersign::{BearerTokenLayer, OrganisationLayer};
use countersign_oauth::Role;
use http::{Request, StatusCode, header};
use proptest::prelude::*;
use tower::ServiceExt as _;

use crate::support::{Answer, World, changed, redemption, request, world};

const USERS: [&str; 3] = ["ada", "bob", "eve"];
const ORGANISATIONS: [&str; 2] = ["acme", "globex"];
/// The applications: their names, whose they are, and where they return to.
const APPLICATIONS: [(&str, &str, &[&str]); 3] = [
    ("toolbar", "acme", &["https://app.test/cb"]),
    ("reports", "globex", &["https://app.test/cb", "https://reports.test/"]),
    ("native", "acme", &["http://127.0.0.1/cb"]),
];

#[derive(Clone, Debug)]
enum Step {
    Join(usize, usize),
    Leave(usize, usize),
    /// A user asks for an application, with another redirect URI than its own perhaps, and whoever the second is sends the
    /// form.
    Approve(usize, usize, usize, Option<String>),
    /// The nth code is presented, by another application perhaps, with the right verifier or a wrong one.
    Redeem(usize, Option<usize>, bool),
    GiveBack(usize),
    LogOut(usize),
    Withdraw(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let redirect = prop_oneof![
        8 => Just(None),
        1 => prop::sample::select(vec![
            "https://app.test/cb/../x", "https://app.test@evil.test/cb", "https://evil.test/cb", "https://app.test/cb#x",
            "https://app.test\\@evil.test/cb", "http://127.0.0.1.evil.test/cb", "//evil.test", "javascript:alert(1)", "",
        ]).prop_map(|uri| Some(uri.to_owned())),
        1 => "https?://(app|reports)\\.test[a-z@:/.?#%\\\\]{0,8}(cb|evil\\.test)?".prop_map(Some),
    ];
    let (user, organisation, application) = (0..USERS.len(), 0..ORGANISATIONS.len(), 0..APPLICATIONS.len());
    let step = prop_oneof![
        2 => (user.clone(), organisation.clone()).prop_map(|(user, organisation)| Step::Join(user, organisation)),
        1 => (user.clone(), organisation).prop_map(|(user, organisation)| Step::Leave(user, organisation)),
        6 => (user.clone(), user.clone(), application.clone(), redirect, 0..8_u8).prop_map(|(user, other, of, to, odd)| {
            Step::Approve(user, if odd == 0 { other } else { user }, of, to)
        }),
        8 => (0..16_usize, application.clone(), 0..16_u8).prop_map(|(code, other, odd)| {
            Step::Redeem(code, (odd == 0).then_some(other), odd != 1)
        }),
        1 => (0..8_usize).prop_map(Step::GiveBack),
        1 => user.clone().prop_map(Step::LogOut),
        1 => (user, application).prop_map(|(user, application)| Step::Withdraw(user, application)),
    ];
    prop::collection::vec(step, 1..80)
}

/// What must hold, by a model that knows nothing of how it is done.
#[derive(Default)]
struct Model {
    members: BTreeSet<(usize, usize)>,
    /// Who approved for which application, and what became of it.
    codes: Vec<Code>,
    /// Whose, of which application, from which code, and whether it is good.
    tokens: BTreeMap<String, (usize, usize, usize, bool)>,
}

struct Code {
    text: String,
    redirect_uri: String,
    user: usize,
    application: usize,
    spent: bool,
    over: bool,
}

fn organisation_of(application: usize) -> usize {
    ORGANISATIONS.iter().position(|name| *name == APPLICATIONS[application].1).unwrap()
}

/// Whether a redirect leads to where this application has registered, judged by the text alone.
fn leads_home(location: &str, application: usize) -> bool {
    let (place, answer) = location.split_once('?').unwrap_or((location, ""));
    let own = APPLICATIONS[application]
        .2
        .iter()
        .any(|own| *own == place || (*own == "http://127.0.0.1/cb" && place == "http://127.0.0.1:4000/cb"));
    own && !answer.contains(['/', '\\', '@'])
}

#[test]
fn the_check_itself_can_fail() {
    assert!(leads_home("https://app.test/cb?code=x&state=y", 0));
    for evil in [
        "https://evil.test/cb?code=x",
        "https://app.test/cb-evil?code=x",
        "https://app.test@evil.test/cb",
        "//app.test/cb",
    ] {
        assert!(!leads_home(evil, 0), "{evil}");
    }
    assert!(!leads_home("https://reports.test/?code=x", 0));
}

async fn step(world: &World, model: &mut Model, step: &Step) {
    match step {
        Step::Join(user, organisation) => {
            world.members.set(USERS[*user], ORGANISATIONS[*organisation], Some(Role::Member));
            model.members.insert((*user, *organisation));
        }
        Step::Leave(user, organisation) => {
            world.members.set(USERS[*user], ORGANISATIONS[*organisation], None);
            model.members.remove(&(*user, *organisation));
        }
        Step::Approve(user, sender, application, redirect_uri) => {
            approve(world, model, *user, *sender, *application, redirect_uri.as_deref()).await;
        }
        Step::Redeem(index, application, verified) => redeem(world, model, *index, *application, *verified).await,
        Step::GiveBack(index) => {
            let Some((token, entry)) = model.tokens.iter_mut().nth(*index) else { return };
            let form = [("client_id", APPLICATIONS[entry.1].0), ("token", &**token)];
            assert_eq!(world.post("/oauth/revoke/", &form).await.status, StatusCode::OK);
            entry.3 = false;
        }
        Step::LogOut(user) => {
            world.server.revoke_on_logout(USERS[*user]).await.unwrap();
            end(model, |who, _| who == *user);
        }
        Step::Withdraw(user, application) => {
            let name = APPLICATIONS[*application].0;
            let request = Request::get("/api/0/api-authorizations/").header("x-user", USERS[*user]);
            let listed = world.ask(request.body(Body::empty()).unwrap()).await.json();
            let own = listed.as_array().unwrap().iter().find(|consent| consent["application"]["id"] == name).cloned();
            let Some(own) = own else { return };
            let body = serde_json::json!({ "authorization": own["id"] }).to_string();
            let request = Request::delete("/api/0/api-authorizations/").header("x-user", USERS[*user]);
            let request = request.header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap();
            assert_eq!(world.ask(request).await.status, StatusCode::NO_CONTENT);
            end(model, |who, of| who == *user && of == *application);
        }
    }
}

/// Ends the codes and tokens of these users and applications.
fn end(model: &mut Model, ended: impl Fn(usize, usize) -> bool) {
    for code in model.codes.iter_mut().filter(|code| ended(code.user, code.application)) {
        code.over = true;
    }
    for entry in model.tokens.values_mut().filter(|entry| ended(entry.0, entry.1)) {
        entry.3 = false;
    }
}

async fn approve(
    world: &World,
    model: &mut Model,
    user: usize,
    sender: usize,
    application: usize,
    redirect_uri: Option<&str>,
) {
    let redirect_uri = redirect_uri.unwrap_or(match APPLICATIONS[application].2 {
        ["http://127.0.0.1/cb"] => "http://127.0.0.1:4000/cb",
        own => own[0],
    });
    let client_id = APPLICATIONS[application].0;
    let query = changed(&request(client_id), "redirect_uri", Some(redirect_uri));
    let page = world.authorize(Some(USERS[user]), &query).await;
    let (answer, who) = match page.status {
        StatusCode::OK => (world.send(USERS[sender], &page.fields(), "approve").await, sender),
        _ => (page, user),
    };
    goes_home(&answer, application);
    let Some(code) = answer.headers.contains_key(header::LOCATION).then(|| answer.parameter("code")).flatten() else {
        return;
    };
    assert_eq!(who, user, "a form of somebody else was taken");
    assert!(model.members.contains(&(user, organisation_of(application))), "no member, and a code");
    let redirect_uri = redirect_uri.to_owned();
    model.codes.push(Code { text: code, redirect_uri, user, application, spent: false, over: false });
}

fn goes_home(answer: &Answer, application: usize) {
    let location = answer.header("location");
    assert!(location.is_empty() || leads_home(location, application), "{location}");
    assert_eq!(location.is_empty(), !answer.status.is_redirection());
}

async fn redeem(world: &World, model: &mut Model, index: usize, application: Option<usize>, verified: bool) {
    let index = index % model.codes.len().max(1);
    let Some(code) = model.codes.get_mut(index) else { return };
    let application = application.unwrap_or(code.application);
    let mut form = changed(&redemption(&code.text), "client_id", Some(APPLICATIONS[application].0));
    let named = (!code.redirect_uri.is_empty()).then_some(&*code.redirect_uri);
    form = changed(&form, "redirect_uri", named);
    if !verified {
        form = changed(&form, "code_verifier", Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    }
    let answer = world.post("/oauth/token/", &form).await;
    let member = model.members.contains(&(code.user, organisation_of(code.application)));
    let good = !code.spent && !code.over && code.application == application && verified && member;
    assert_eq!(answer.status == StatusCode::OK, good, "{answer:?}");
    if good {
        model.tokens.insert(answer.text("access_token"), (code.user, code.application, index, true));
    } else {
        assert_eq!(answer.error(), "invalid_grant");
    }
    let replayed = std::mem::replace(&mut code.spent, true);
    if replayed && !code.over {
        code.over = true;
        for entry in model.tokens.values_mut().filter(|entry| entry.2 == index) {
            entry.3 = false;
        }
    }
}

/// Tries every token at every organisation's door.
async fn knock(world: &World, model: &Model) {
    let path = "/orgs/{org}".parse().unwrap();
    let doors = Router::new()
        .route("/orgs/{org}/things", get(async || "things"))
        .layer(OrganisationLayer::for_path(path))
        .layer(BearerTokenLayer::new(world.store.clone()).with_clock(world.clock.clone()));
    for (token, (_, application, _, good)) in &model.tokens {
        for (index, organisation) in ORGANISATIONS.iter().enumerate() {
            let request = Request::get(format!("/orgs/{organisation}/things"));
            let request = request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
            let status = doors.clone().oneshot(request).await.unwrap().status();
            let expected = match (*good, index == organisation_of(*application)) {
                (true, true) => StatusCode::OK,
                (true, false) => StatusCode::FORBIDDEN,
                (false, _) => StatusCode::UNAUTHORIZED,
            };
            assert_eq!(status, expected, "{organisation}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_leaks_whatever_happens(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = world();
            for user in USERS {
                for organisation in ORGANISATIONS {
                    world.members.set(user, organisation, Some(Role::Member));
                }
            }
            for (client_id, organisation, redirect_uris) in APPLICATIONS {
                world.application_of(client_id, organisation, redirect_uris).await;
            }
            let everybody = (0..USERS.len()).flat_map(|user| (0..ORGANISATIONS.len()).map(move |of| (user, of)));
            let mut model = Model { members: everybody.collect(), ..Model::default() };
            for one in &steps {
                step(&world, &mut model, one).await;
            }
            knock(&world, &model).await;
        });
    }
}
