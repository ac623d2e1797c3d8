//! Two requests that mean different things are never signed alike.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime};

use countersign::hmac::{Coverage, HmacScheme};
use countersign::{KeyId, Secret, sign_request};
use http::{HeaderName, HeaderValue, Request};

/// Small requests of every kind that a careless format could take for each other: bytes that may stand on either side of
/// whatever is between two parts.
pub struct World {
    paths: Vec<&'static str>,
    queries: Vec<Option<&'static str>>,
    bodies: Vec<&'static str>,
    fields: Vec<(HeaderName, Vec<&'static str>)>,
    times: Vec<u64>,
}

/// What a request says in the parts that are covered.
type Meaning = Vec<String>;

impl World {
    pub fn new() -> Self {
        Self {
            paths: vec!["/", "/a", "/a:", "/a:b", "/:", "/a/", "/a.", "/1", "/a%0A", "/a%3F", "/a%3Ab", "/a;b:c"],
            queries: vec![
                None,
                Some(""),
                Some("a"),
                Some("a=b"),
                Some("b=a"),
                Some("a=b&c"),
                Some("a%3Db"),
                Some("a=%26c"),
            ],
            bodies: vec![
                "", "a", "b", ":", ":b", "b:b", ".", "1", ".1", "0", "\n", "\na", "?a", "a=b", "a=&b", "ab=", "a=b&c",
                "{}",
            ],
            fields: Vec::new(),
            times: vec![1_700_000_000, 170_000_000, 17_000_000_001],
        }
    }

    /// Other bodies.
    pub fn with_bodies(mut self, bodies: &[&'static str]) -> Self {
        self.bodies = bodies.to_vec();
        self
    }

    /// Other paths and queries.
    pub fn with_targets(mut self, paths: &[&'static str], queries: &[Option<&'static str>]) -> Self {
        (self.paths, self.queries) = (paths.to_vec(), queries.to_vec());
        self
    }

    /// A field that is signed, and its values.
    pub fn with_field(mut self, name: &'static str, values: &[&'static str]) -> Self {
        self.fields.push((HeaderName::from_static(name), values.to_vec()));
        self
    }

    /// The same without this field.
    pub fn without_field(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    /// Pairs of requests that mean different things in what is covered and have the same signature, the field `signature`
    /// without what stands before the MAC.
    pub fn collisions(
        &self,
        scheme: &impl HmacScheme,
        covers: Coverage,
        signature: &str,
    ) -> BTreeSet<(Meaning, Meaning)> {
        let (key, secret) = (KeyId::new("key").unwrap(), Secret::new("0".repeat(64)).unwrap());
        let (mut known, mut found, mut signed) = (HashMap::new(), BTreeSet::new(), 0);
        for (method, path, query, body, fields, time) in self.requests() {
            let target = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
            let request = Request::builder().method(method).uri(format!("https://example.com{target}"));
            let (mut head, ()) = request.header("host", "example.com").body(()).unwrap().into_parts();
            for (name, value) in &fields {
                head.headers.insert(*name, HeaderValue::from_static(value));
            }
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(time);
            if sign_request(&mut head, body.as_bytes(), scheme, &key, &secret, now).is_err() {
                continue;
            }
            signed += 1;
            let mut meaning = Meaning::new();
            let mut says = |component, text: String| {
                if covers.contains(component) {
                    meaning.push(text);
                }
            };
            says(Coverage::METHOD, method.to_owned());
            says(Coverage::PATH, path.to_owned());
            says(Coverage::QUERY, format!("{query:?}"));
            says(Coverage::BODY, body.to_owned());
            says(Coverage::CREATED, time.to_string());
            meaning.extend(fields.iter().map(|(_, value)| (*value).to_owned()));
            let text = head.headers[signature].to_str().unwrap().to_owned();
            // A time beside the MAC is not what tells two signatures apart.
            let mac = mac_of(&text).to_owned();
            match known.entry(mac).or_insert_with(|| meaning.clone()) {
                other if *other == meaning => {}
                other => {
                    found.insert((other.clone(), meaning));
                }
            }
        }
        assert!(signed > 10, "nothing can be signed in this world");
        found
    }

    #[allow(clippy::type_complexity, reason = "walked over in one place")]
    fn requests(
        &self,
    ) -> impl Iterator<
        Item = (&'static str, &'static str, Option<&'static str>, &'static str, Vec<(&HeaderName, &'static str)>, u64),
    > {
        let mut combinations: Vec<Vec<(&HeaderName, &'static str)>> = vec![Vec::new()];
        for (name, values) in &self.fields {
            let extended = combinations.iter().flat_map(|fields| {
                values.iter().map(move |value| fields.iter().copied().chain([(name, *value)]).collect())
            });
            combinations = extended.collect();
        }
        let mut all = Vec::new();
        for method in ["GET", "POST"] {
            for path in &self.paths {
                for query in &self.queries {
                    for body in &self.bodies {
                        for fields in &combinations {
                            for time in &self.times {
                                all.push((method, *path, *query, *body, fields.clone(), *time));
                            }
                        }
                    }
                }
            }
        }
        all.into_iter()
    }
}

/// The longest run of base64 or hexadecimal in a field: the MAC.
fn mac_of(text: &str) -> &str {
    let separators = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/'));
    text.split(separators).max_by_key(|run| run.len()).unwrap()
}
