//! JSON with its keys in order.

use std::iter::Peekable;

use super::json::{Json, tokens};

/// The same JSON, compact, with the keys of each object in order of their bytes; keys that occur twice stay in theirs.
pub(super) fn sorted(json: Json<'_>) -> Option<String> {
    let mut tokens = tokens(json.text()).filter(|token| !token.trim_ascii().is_empty()).peekable();
    let mut out = String::with_capacity(json.text().len());
    read(&mut tokens)?.write(&mut out);
    Some(out)
}

/// As deep at most as [`Json::read`] lets it be.
enum Node<'t> {
    Scalar(&'t str),
    Array(Vec<Self>),
    Object(Vec<(&'t str, Self)>),
}

fn read<'t>(tokens: &mut Peekable<impl Iterator<Item = &'t str>>) -> Option<Node<'t>> {
    Some(match tokens.next()? {
        "[" => {
            let mut items = Vec::new();
            while tokens.next_if_eq(&"]").is_none() {
                tokens.next_if_eq(&",");
                items.push(read(tokens)?);
            }
            Node::Array(items)
        }
        "{" => {
            let mut members = Vec::new();
            while tokens.next_if_eq(&"}").is_none() {
                tokens.next_if_eq(&",");
                let name = tokens.next()?;
                tokens.next_if_eq(&":")?;
                members.push((name, read(tokens)?));
            }
            // Without the quotes: there are characters before these.
            members.sort_by_key(|(name, _)| name.trim_matches('"'));
            Node::Object(members)
        }
        scalar => Node::Scalar(scalar),
    })
}

impl Node<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    out.push_str(name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_put_in_order_at_every_depth() {
        let text = r#" {"b": [ {"d":1, "c":{}}, [] ], "a": "x,y", "b": 2.0, "ab":null, "a b":0} "#;
        let ordered = r#"{"a":"x,y","a b":0,"ab":null,"b":[{"c":{},"d":1},[]],"b":2.0}"#;
        assert_eq!(sorted(Json::read(text.as_bytes()).unwrap()).unwrap(), ordered);
        assert_eq!(sorted(Json::read(b"7").unwrap()).unwrap(), "7");
    }
}
