//! Near misses, all of them.

use super::*;
use proptest::prelude::*;

fn registered(uri: &str) -> RedirectUri {
    uri.parse().unwrap()
}

#[test]
fn only_the_very_same_uri_matches() {
    let own = registered("https://app.test/cb");
    assert!(own.matches("https://app.test/cb"));
    let foreign = [
        "https://app.test@evil.test/cb",
        "https://app.test:x@evil.test/cb",
        "https://@app.test/cb",
        "http://127.0.0.1:80@evil.test/",
        "https://app.test.evil.test/cb",
        "https://app.test/CB",
        "https://APP.test/cb",
        "HTTPS://app.test/cb",
        "https://app.test/cb/../evil",
        "https://app.test/x/../cb",
        "https://app.test/./cb",
        "https://app.test/%63b",
        "https://app.test/cb#x",
        "https://app.test/cb#",
        "https://app.test/cb?",
        "https://app.test/cb?x=1",
        "https://app.test/cb/",
        "https://app.test/cb-evil",
        "https://app.test\\@evil.test/cb",
        "https:\\\\app.test\\cb",
        "https:/app.test/cb",
        "https:app.test/cb",
        "//app.test/cb",
        "/cb",
        "",
        "https://app.test./cb",
        "https://app.test:443/cb",
        "https://app.test:8443/cb",
        "https://app.test:/cb",
        "http://app.test/cb",
        " https://app.test/cb",
        "https://app.test/cb\n",
        "https://app.te\tst/cb",
        "https://app.test/c\u{0}b",
        "https://ａpp.test/cb",
        "javascript://app.test/cb",
        "data:text/html,x",
    ];
    for presented in foreign {
        assert!(!own.matches(presented), "{presented:?}");
    }
}

#[test]
fn a_bare_host_stands_for_its_root() {
    let root = registered("https://app.test");
    assert_eq!(root.as_str(), "https://app.test/");
    assert!(root.matches("https://app.test") && root.matches("https://app.test/"));
    assert!(!root.matches("https://app.test//") && !root.matches("https://app.test?x=1"));
    let with_query = registered("https://app.test?x=1");
    assert!(with_query.matches("https://app.test/?x=1") && !with_query.matches("https://app.test?x=1"));
    let folder = registered("https://www.sentry.io/authorized/");
    assert!(!folder.matches("https://www.sentry.io/authorized"));
}

#[test]
fn this_machine_is_reached_on_any_port_unless_one_was_registered() {
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        let any = registered(&format!("http://{host}/cb?a=1"));
        assert!(any.matches(&format!("http://{host}/cb?a=1")));
        assert!(any.matches(&format!("http://{host}:5000/cb?a=1")));
        assert!(!any.matches(&format!("https://{host}:5000/cb?a=1")));
        assert!(!any.matches(&format!("http://{host}:5000/cb?a=2")));
        assert!(!any.matches(&format!("http://{host}:5000/cb")));
        assert!(!any.matches(&format!("http://{host}:80/cb?a=1")));
        assert!(!any.matches(&format!("http://{host}:70000/cb?a=1")));
        let one = registered(&format!("http://{host}:5000/cb"));
        assert!(one.matches(&format!("http://{host}:5000/cb")));
        assert!(!one.matches(&format!("http://{host}:5001/cb")) && !one.matches(&format!("http://{host}/cb")));
    }
    let any = registered("http://127.0.0.1/cb");
    for other in [
        "http://localhost:1/cb",
        "http://[::1]:1/cb",
        "http://127.1:1/cb",
        "http://2130706433/cb",
        "http://127.0.0.2/cb",
    ] {
        assert!(!any.matches(other), "{other}");
    }
}

#[test]
fn what_cannot_be_registered() {
    let long = format!("https://app.test/{}", "a".repeat(255));
    let bad = [
        "http://app.test/cb",
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.evil.test/cb",
        "app:/cb",
        "myapp://cb",
        "https://",
        "https:///cb",
        "https://user@app.test/cb",
        "https://app.test/cb#",
        "https://app.test:443/cb",
        "http://[::1]:80/cb",
        "https://app.test/cb?code=1",
        "https://app.test/cb?a=1&st%61te=x",
        "https://app.test/a b",
        "https://bücher.test/",
        "https://app.test/cb\r\nX: y",
        &long,
    ];
    for uri in bad {
        assert!(uri.parse::<RedirectUri>().is_err(), "{uri}");
    }
    assert_eq!(registered("https://APP.test/a/../cb").as_str(), "https://app.test/cb");
}

proptest! {
    #[test]
    fn nothing_near_a_registered_uri_leads_elsewhere(near in "(https?:)?[/\\\\]{0,3}[@.:a-z0-9\\[\\]]{0,8}(app\\.test|127\\.0\\.0\\.1|localhost)[@.:/?#%a-z0-9\\\\]{0,12}(cb)?") {
        for own in ["https://app.test/cb", "http://127.0.0.1/cb", "http://localhost:80800/cb"].into_iter().filter_map(|uri| uri.parse::<RedirectUri>().ok()) {
            if let Some(target) = own.target(&near) {
                prop_assert_eq!(target.host(), own.0.host());
                prop_assert_eq!(target.path(), own.0.path());
                prop_assert_eq!(target.scheme(), own.0.scheme());
                prop_assert!(target.port() == own.0.port() || is_loopback(&target));
            }
        }
    }
}
