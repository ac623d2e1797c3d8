//! A curl command line, as documentation, browsers and colleagues hand them on.

mod options;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use http::uri::Scheme;

use self::options::{Takes, long, option, unknown};
use super::ansi_c;
use super::incoming::{Incoming, all_of, head};
use crate::failure::{Failure, Result};

/// What of a command makes a difference to the request.
#[derive(Default)]
struct Command {
    method: Option<String>,
    url: Option<String>,
    fields: Vec<(String, Vec<u8>)>,
    data: Option<Vec<u8>>,
    json: bool,
    as_query: bool,
    head: bool,
}

/// Reads a command as a POSIX shell and curl would, but for what neither would put into the request.
pub(super) fn read(command: &str) -> Result<Incoming> {
    let command = command.strip_prefix('\u{feff}').unwrap_or(command);
    let words = ansi_c::plain(command).and_then(|plain| shell_words::split(&plain).ok());
    let words =
        words.ok_or_else(|| Failure::usage("the command is not one that a shell can read: is all of it there?"))?;
    let mut words = words.into_iter();
    if !words.next().is_some_and(|word| word == "curl" || word.ends_with("/curl")) {
        return Err(Failure::usage("the command does not begin with curl"));
    }
    let mut read = Command::default();
    while let Some(word) = words.next() {
        let mut value =
            |name: &str| words.next().ok_or_else(|| Failure::usage(format!("{name} has nothing behind it")));
        if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
            match option(name)? {
                Takes::Nothing => read.flag(name),
                Takes::Value => {
                    let value = value(&word)?;
                    read.option(name, value)?;
                }
            }
        } else if let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) {
            // Several in one word, the last perhaps with its value: `-sSd@file`.
            for (at, letter) in cluster.char_indices() {
                let name = long(letter).ok_or_else(|| unknown(&format!("-{letter}")))?;
                if let Takes::Nothing = option(name)? {
                    read.flag(name);
                    continue;
                }
                let rest = cluster.get(at + letter.len_utf8()..).unwrap_or_default();
                let value = if rest.is_empty() { value(&word)? } else { rest.to_owned() };
                read.option(name, value)?;
                break;
            }
        } else {
            read.set_url(word)?;
        }
    }
    read.into_incoming()
}

impl Command {
    fn flag(&mut self, name: &str) {
        match name {
            "get" => self.as_query = true,
            "head" => self.head = true,
            _ => {}
        }
    }

    fn option(&mut self, name: &str, value: String) -> Result {
        match name {
            "request" => self.method = Some(value),
            "url" => self.set_url(value)?,
            "header" => self.header(&value)?,
            "data" | "data-ascii" => {
                let data = of_file_or(&value, |bytes| bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0)))?;
                self.push(data);
            }
            "data-binary" => {
                let data = of_file_or(&value, |_| ())?;
                self.push(data);
            }
            "data-raw" => self.push(value.into_bytes()),
            "json" => {
                self.json = true;
                let data = of_file_or(&value, |_| ())?;
                let data = [self.data.take().unwrap_or_default(), data].concat();
                self.data = Some(data);
            }
            "user" => {
                self.fields.push(("authorization".to_owned(), format!("Basic {}", STANDARD.encode(value)).into()))
            }
            "user-agent" => self.fields.push(("user-agent".to_owned(), value.into())),
            "referer" => self.fields.push(("referer".to_owned(), value.into())),
            "cookie" if value.contains('=') => self.fields.push(("cookie".to_owned(), value.into())),
            _ => {}
        }
        Ok(())
    }

    fn set_url(&mut self, url: String) -> Result {
        match self.url.replace(url) {
            None => Ok(()),
            Some(_) => Err(Failure::usage("the command has two URLs: explain one request at a time")),
        }
    }

    /// `Name: value`, `Name;` for an empty one; `Name:` for none.
    fn header(&mut self, text: &str) -> Result {
        match text.split_once(':') {
            Some((_, value)) if value.trim().is_empty() => {}
            Some((name, value)) => self.fields.push((name.trim().to_owned(), value.trim().as_bytes().to_vec())),
            None => match text.strip_suffix(';') {
                Some(name) => self.fields.push((name.trim().to_owned(), Vec::new())),
                None => return Err(Failure::usage("a header of the command is not 'Name: value'")),
            },
        }
        Ok(())
    }

    fn push(&mut self, data: Vec<u8>) {
        match &mut self.data {
            None => self.data = Some(data),
            Some(all) => {
                all.push(b'&');
                all.extend_from_slice(&data);
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field.eq_ignore_ascii_case(name))
    }

    fn into_incoming(mut self) -> Result<Incoming> {
        let url = self.url.take().ok_or_else(|| Failure::usage("the command has no URL"))?;
        let mut url = if url.contains("://") { url } else { format!("http://{url}") };
        if let (true, Some(data)) = (self.as_query, self.data.take_if(|_| self.as_query)) {
            let data = String::from_utf8(data).map_err(|_| Failure::usage("the data of --get is not UTF-8"))?;
            url = [&*url, if url.contains('?') { "&" } else { "?" }, &data].concat();
        }
        let default = match (self.head, &self.data) {
            (true, _) => "HEAD",
            (_, Some(_)) => "POST",
            (_, None) => "GET",
        };
        if self.data.is_some() && !self.has("content-type") {
            let form = if self.json { "application/json" } else { "application/x-www-form-urlencoded" };
            self.fields.push(("content-type".to_owned(), form.into()));
        }
        if self.json && !self.has("accept") {
            self.fields.push(("accept".to_owned(), "application/json".into()));
        }
        let fields = self.fields.iter().map(|(name, value)| (&**name, &**value));
        let mut head = head(self.method.as_deref().unwrap_or(default), &url, fields)?;
        head.uri = under_host(&head)?;
        Ok(Incoming { head, body: self.data.unwrap_or_default(), notes: Vec::new() })
    }
}

/// The URL under the Host that is sent, where the command has one of its own: that is what arrives.
fn under_host(head: &http::request::Parts) -> Result<Uri> {
    let bad = || Failure::usage("the command has a URL or a Host that cannot be read");
    let mut parts = head.uri.clone().into_parts();
    if let Some(host) = head.headers.get(http::header::HOST) {
        parts.authority = Some(host.to_str().ok().and_then(|host| host.parse().ok()).ok_or_else(bad)?);
    }
    let is_web = parts.scheme == Some(Scheme::HTTP) || parts.scheme == Some(Scheme::HTTPS);
    Uri::from_parts(parts).ok().filter(|_| is_web).ok_or_else(bad)
}

/// The text itself, or what is in the file behind an `@`.
fn of_file_or(text: &str, clean: impl Fn(&mut Vec<u8>)) -> Result<Vec<u8>> {
    let Some(name) = text.strip_prefix('@') else { return Ok(text.as_bytes().to_vec()) };
    let file = std::fs::File::open(name);
    let file =
        file.map_err(|error| Failure::usage(format!("{name}, which the command sends, could not be opened: {error}")))?;
    let mut bytes = all_of(file, name)?;
    clean(&mut bytes);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(command: &str) -> (String, String, Vec<(String, String)>, String) {
        let Incoming { head, body, .. } = read(command).unwrap();
        let fields = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        (head.method.to_string(), head.uri.to_string(), fields.collect(), String::from_utf8(body).unwrap())
    }

    #[test]
    fn a_command_is_the_request_that_curl_makes_of_it() {
        let form = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        let json = ("content-type".to_owned(), "application/json".to_owned());
        let accept = ("accept".to_owned(), "application/json".to_owned());
        let a = ("a".to_owned(), "b: c".to_owned());
        let basic = ("authorization".to_owned(), "Basic YTpi".to_owned());
        for (command, method, url, fields, body) in [
            ("curl example.com", "GET", "http://example.com/", vec![], ""),
            ("/usr/bin/curl --url https://a/b?c -I", "HEAD", "https://a/b?c", vec![], ""),
            (
                "curl -sSXPUT 'https://a/b' -H 'a:  b: c' -d x -d y",
                "PUT",
                "https://a/b",
                vec![a.clone(), form.clone()],
                "x&y",
            ),
            (
                "curl \\\n  --request POST \\\n  https://a/ --data-raw '@x'",
                "POST",
                "https://a/",
                vec![form.clone()],
                "@x",
            ),
            ("curl https://a/ --data-raw $'a\\'\\u00e9\\n'", "POST", "https://a/", vec![form], "a'é\n"),
            ("curl -G https://a/b?c -d d=e -d f", "GET", "https://a/b?c&d=e&f", vec![], ""),
            ("curl https://a/ --json '{' --json '}'", "POST", "https://a/", vec![json, accept], "{}"),
            ("curl -u a:b https://a/ -H 'Accept:'", "GET", "https://a/", vec![basic], ""),
            (
                "curl -H 'Host: c:1' https://a/b",
                "GET",
                "https://c:1/b",
                vec![("host".to_owned(), "c:1".to_owned())],
                "",
            ),
        ] {
            assert_eq!(told(command), (method.to_owned(), url.to_owned(), fields, body.to_owned()), "{command}");
        }
    }

    #[test]
    fn what_cannot_be_told_from_the_command_is_refused() {
        for bad in [
            "curl",
            "wget https://a/",
            "curl https://a/ https://b/",
            "curl -F a=b https://a/",
            "curl -T file https://a/",
            "curl --unknown https://a/",
            "curl https://a/ -H",
            "curl 'https://a/",
            "curl -H nothing https://a/",
            "curl -d @no-such-file https://a/",
            "curl ftp://a/",
            "curl $'\\q' https://a/",
            "",
            "curl http://é/",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
