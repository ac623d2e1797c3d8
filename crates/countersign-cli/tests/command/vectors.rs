//! Vectors in, verdicts out: of every file that there is, and of files that are wrong on purpose.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::{Place, Ran};

/// What signing again comes to, where the format leaves nothing to chance and what was sent is all that it says.
const SIGNED_OTHERWISE: [(&str, &str, &str); 4] = [
    // Its target was not escaped yet when it was signed.
    ("contentful", "utf8", "different"),
    ("draft-cavage", "request-target", "different"),
    ("rfc9421-hmac-sha256", "rfc9421-B.2.5", "different"),
    ("standard-webhooks", "svix-headers", "not deterministic"),
];

/// All files of vectors.
fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| read(path).is_some_and(|file| file["vectors"].is_array())).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).unwrap()).ok()
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn file(name: &str) -> Value {
    read(&files().into_iter().find(|path| stem(path) == name).unwrap()).unwrap()
}

fn vectors(place: &Place, more: &[&str], path: &Path) -> Ran {
    place.run(&[&["vectors", path.to_str().unwrap()], more].concat())
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs a file that is made up.
fn made_up(place: &Place, file: &Value) -> Ran {
    let path = place.path("made-up.json");
    fs::write(&path, file.to_string()).unwrap();
    vectors(place, &["--json"], &path)
}

/// Of one file, what became of the vector of this id after a change.
fn changed(name: &str, id: &str, change: impl FnOnce(&mut Value)) -> Value {
    let mut file = file(name);
    let row = file["vectors"].as_array_mut().unwrap().iter_mut().find(|row| row["id"] == id).unwrap();
    change(row);
    let ran = made_up(&Place::empty(), &file);
    let row = lines(&ran).into_iter().find(|row| row["id"] == id);
    row.unwrap_or_else(|| panic!("{ran:?}"))
}

#[test]
fn every_vector_comes_out_as_expected() {
    let place = Place::empty();
    let (mut seen, mut unmet) = (0, Vec::new());
    for path in files() {
        let ran = vectors(&place, &["--json"], &path);
        let rows = lines(&ran);
        assert_eq!(rows.len(), read(&path).unwrap()["vectors"].as_array().unwrap().len(), "{ran:?}");
        let before = unmet.len();
        for row in &rows {
            assert_eq!(row["file"], path.to_str().unwrap());
            let keys: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["default_policy", "expect", "file", "id", "reason", "sign", "verdict"]);
            let expect = row["expect"].as_str().unwrap();
            let (valid, id) = (row["verdict"] == "valid", row["id"].as_str().unwrap().to_owned());
            assert_eq!(row["reason"].is_null(), valid && row["default_policy"] == "valid", "{row}");
            if (expect == "valid" && !valid) || (expect.starts_with("invalid:") && valid) {
                unmet.push((stem(&path).to_owned(), id));
            }
        }
        assert_eq!(ran.code, i32::from(unmet.len() > before), "{}", path.display());
        seen += rows.len();
    }
    assert!(seen > 150, "only {seen}");
    assert_eq!(unmet, []);
}

#[test]
fn what_is_valid_is_signed_alike() {
    let place = Place::empty();
    let mut seen = Vec::new();
    for path in files() {
        for row in lines(&vectors(&place, &["--json"], &path)) {
            let (id, sign) = (row["id"].as_str().unwrap(), row["sign"].as_str().unwrap().to_owned());
            let otherwise = SIGNED_OTHERWISE.iter().find(|own| (own.0, own.1) == (stem(&path), id)).map(|own| own.2);
            match (row["verdict"] == "valid", stem(&path)) {
                (false, _) => assert_eq!(sign, "not signed: it is not valid", "{row}"),
                // They name another client, or none.
                (true, "sentry-legacy") => assert_eq!(sign, "different", "{row}"),
                (true, "hawk" | "akamai-edgegrid") => assert_eq!(sign, "not deterministic", "{row}"),
                (true, "adyen") if id == "notification-item-docs" => assert!(sign.contains("stands in the"), "{row}"),
                (true, "mailgun") => assert!(sign.contains("the signature stands in the body"), "{row}"),
                (true, "rfc9421-hmac-sha256") if id == "all-derived" => {
                    assert!(sign.starts_with("not signed: "), "{row}")
                }
                // What is read in any order is written in one.
                (true, "kong-hmac-auth") if id == "params-reordered" => assert_eq!(sign, "different"),
                (true, _) => assert_eq!(sign, otherwise.unwrap_or("same"), "{row}"),
            }
            seen.push(sign);
        }
    }
    assert!(seen.iter().filter(|sign| *sign == "same").count() > 60);
}

#[test]
fn the_default_policy_is_told_beside_the_references() {
    for (name, id, reason) in [
        ("kong-hmac-auth", "date-only", "by default: insufficient coverage"),
        ("kong-hmac-auth", "sha1", "by default: malformed credentials: the algorithm is not accepted"),
        ("stripe", "future-3600", "by default: from the future"),
        ("draft-cavage", "request-target", "by default: bad signature: the body is not what its digest says"),
    ] {
        let row = changed(name, id, |_| ());
        assert_eq!([&row["verdict"], &row["default_policy"]], ["valid", "invalid"], "{row}");
        assert!(row["reason"].as_str().unwrap().starts_with(reason), "{row}");
    }
    // A limit of the reference's own configuration.
    let row = changed("apisix-hmac-auth", "body-too-large", |_| ());
    assert_eq!([&row["verdict"], &row["default_policy"]], ["invalid", "valid"], "{row}");
}

/// A check that nothing could fail would be none.
#[test]
fn a_wrong_expectation_is_noticed() {
    let place = Place::empty();
    for (id, expect) in [("basic-json", "invalid:signature_mismatch"), ("tampered", "valid"), ("basic-utf8", "invalid")]
    {
        let mut file = file("github");
        let rows = file["vectors"].as_array_mut().unwrap();
        rows.iter_mut().find(|row| row["id"] == id).unwrap()["expect"] = json!(expect);
        let ran = made_up(&place, &file);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("10 vectors, 1 of them not as expected"), "{ran:?}");
        let quiet = place.run(&["vectors", "made-up.json", "--quiet"]);
        assert_eq!((quiet.code, &*quiet.stdout, &*quiet.stderr), (1, format!("{id}\n").as_str(), ""));
    }
    // What is not expected cannot be missed.
    let mut file = file("github");
    for row in file["vectors"].as_array_mut().unwrap() {
        row["expect"] = json!("policy:whatever");
    }
    assert_eq!(made_up(&place, &file).code, 0);
}

#[test]
fn a_table_has_a_line_for_each() {
    let place = Place::empty();
    let path = files().into_iter().find(|path| stem(path) == "github").unwrap();
    let ran = vectors(&place, &[], &path);
    let lines: Vec<&str> = ran.succeeded().lines().collect();
    assert_eq!(lines.len(), 11);
    assert!(
        lines[0].contains("EXPECTED") && lines[0].contains("VERDICT") && lines[0].contains("DEFAULT"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains("basic-json") && lines[1].contains("same"), "{}", lines[1]);
    assert_eq!(ran.stderr, "10 vectors, 0 of them not as expected\n");
}

#[test]
fn what_is_no_file_of_vectors_is_told_and_the_others_are_judged() {
    let place = Place::empty();
    let write = |name: &str, text: &str| fs::write(place.path(name), text).unwrap();
    let github = file("github");
    write("good.json", &github.to_string());
    write("none.json", "{\"scheme\": \"github\"}");
    write("text.json", "vectors");
    write("unknown.json", &json!({"scheme": "gitub", "vectors": github["vectors"]}).to_string());
    let row = |change: &dyn Fn(&mut Value)| {
        let mut row = github["vectors"][0].clone();
        change(&mut row);
        json!({"scheme": "github", "vectors": [row]}).to_string()
    };
    write("no-now.json", &row(&|row| row["now"] = json!("now")));
    write("no-secret.json", &row(&|row| row["secret"] = json!({"utf16": "a"})));
    write("no-body.json", &row(&|row| row["request"]["body_base64"] = json!("?")));
    for (name, expected) in [
        ("missing.json", "missing.json: it could not be opened"),
        ("none.json", "none.json: it has no `vectors`"),
        ("text.json", "text.json: it is not JSON"),
        ("unknown.json", "unknown.json: there is no scheme \"gitub\"; there are: "),
        ("no-now.json", "no-now.json: vector basic-json: its `now` is not in seconds since 1970"),
        ("no-secret.json", "no-secret.json: vector basic-json: its secret has neither"),
        ("no-body.json", "no-body.json: vector basic-json: its `body_base64` is not base64"),
    ] {
        let ran = place.run(&["vectors", "--json", name, "good.json"]);
        assert_eq!((ran.code, lines(&ran).len()), (1, 10), "{ran:?}");
        assert!(ran.stderr.starts_with(&format!("error: {expected}")), "{ran:?}");
    }
}

/// One vector that cannot be read does not hide the others.
#[test]
fn the_vectors_beside_one_that_is_wrong_are_judged() {
    let mut file = file("github");
    file["vectors"][3].as_object_mut().unwrap().remove("request");
    let ran = made_up(&Place::empty(), &file);
    assert_eq!((ran.code, lines(&ran).len()), (1, 9), "{ran:?}");
    assert!(ran.stderr.contains("vector basic-escaped: it has no `request`"), "{ran:?}");
}

/// A format of which there is no file of this form, with a digest that its original made.
#[test]
fn every_format_has_vectors_of_this_form() {
    let digest = "93f69cd384865a62b56efcdd6b63266da6e4ffb6287d5e75a3a7d1df4e2255b0";
    let row = |id: &str, expect: &str, target: &str| {
        let credentials = format!("USTUDIO-HMAC-V2 correct-key {digest}");
        let headers = json!([["Host", "api.test"], ["Authorization", credentials]]);
        let request = json!({"method": "GET", "target": target, "headers": headers});
        let secret = json!({"id": "correct-key", "utf8": "secret"});
        json!({"id": id, "expect": expect, "now": 1_700_000_000.5, "secret": secret, "request": request})
    };
    let rows =
        [row("good", "valid", "/authorized/argument"), row("bad", "invalid:signature_mismatch", "/authorized/other")];
    let ran = made_up(&Place::empty(), &json!({"scheme": "ustudio-hmac", "vectors": rows}));
    assert_eq!((ran.code, &lines(&ran)[0]["sign"]), (0, &json!("same")), "{ran:?}");
}

#[test]
fn an_empty_secret_verifies_nothing() {
    let row = changed("github", "basic-json", |row| row["secret"]["utf8"] = json!(""));
    assert_eq!([&row["verdict"], &row["default_policy"]], ["invalid", "invalid"], "{row}");
}

#[test]
fn a_file_that_does_not_name_its_scheme_is_named_after_it() {
    let place = Place::empty();
    let vectors = file("github")["vectors"].clone();
    fs::write(place.path("github.json"), json!({"vectors": vectors}).to_string()).unwrap();
    assert_eq!(lines(&place.run(&["vectors", "--json", "github.json"])).len(), 10);
}

#[test]
fn a_secret_is_read_in_any_spelling() {
    let secret = "It's a Secret to Everybody";
    for spelled in
        [json!({"base64": BASE64_STANDARD.encode(secret)}), json!({"hex": hex::encode(secret)}), json!(secret)]
    {
        assert_eq!(
            changed("github", "basic-json", |row| row["secret"] = spelled.clone())["verdict"],
            "valid",
            "{spelled}"
        );
    }
    // Formats whose secrets are spelled in base64 or hexadecimal find them so.
    let whsec = |row: &mut Value| {
        let secret = row["secret"].as_object_mut().unwrap();
        secret.remove("serialized").unwrap();
    };
    assert_eq!(changed("standard-webhooks", "basic-json", whsec)["verdict"], "valid");
    let adyen = |row: &mut Value| {
        let key = hex::decode(row["secret"]["hex"].as_str().unwrap()).unwrap();
        row["secret"] = json!({"base64": BASE64_STANDARD.encode(key)});
    };
    assert_eq!(changed("adyen", "payload-json", adyen)["verdict"], "valid");
}

#[test]
fn the_public_url_is_the_one_that_was_signed() {
    let inside = |row: &mut Value| {
        row["request"]["scheme"] = json!("http");
        row["request"]["authority"] = json!("10.0.0.7:8080");
    };
    for (name, id) in [("twilio", "docs-example"), ("hubspot-v3", "post"), ("square", "utf8")] {
        assert_eq!(changed(name, id, inside)["verdict"], "valid", "{name}");
    }
}

#[test]
fn repeated_fields_stay_repeated() {
    let twice = |row: &mut Value| {
        let fields = row["request"]["headers"].as_array_mut().unwrap();
        let signature = fields[0].clone();
        fields.push(signature);
    };
    let row = changed("github", "basic-json", twice);
    assert_eq!(row["verdict"], "invalid");
    assert!(row["reason"].as_str().unwrap().starts_with("several credentials"), "{row}");
}

/// No secret of any file is in anything that is printed.
#[test]
fn secrets_are_not_printed() {
    let place = Place::empty();
    for path in files() {
        let ran = vectors(&place, &["--json"], &path);
        let table = vectors(&place, &[], &path);
        for row in read(&path).unwrap()["vectors"].as_array().unwrap() {
            for form in ["utf8", "base64", "hex", "serialized"] {
                // Some are words that are in anything.
                let Some(secret) = row["secret"][form].as_str().filter(|secret| secret.len() > 12) else { continue };
                for out in [&ran.stdout, &ran.stderr, &table.stdout, &table.stderr] {
                    assert!(!out.contains(secret), "{}", path.display());
                }
            }
        }
    }
}
