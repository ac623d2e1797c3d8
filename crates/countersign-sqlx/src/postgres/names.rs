//! How tables are named.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// A table prefix that was found to be one: nothing in it could mean anything else in SQL.
#[derive(Clone, Debug)]
pub(super) struct Prefix(Arc<str>);

impl Prefix {
    /// 1 to 32 lower-case letters, digits and underscores, the first no digit: no name made of it has more than the 63
    /// bytes that PostgreSQL keeps, or has to be quoted.
    pub(super) fn new(prefix: &str) -> Option<Self> {
        let may_stand = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let is_prefix = (1..=32).contains(&prefix.len()) && !prefix.starts_with(|first: char| first.is_ascii_digit());
        (is_prefix && prefix.bytes().all(may_stand)).then(|| Self(prefix.into()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The table of this kind, as it is called within its schema.
    pub(super) fn table(&self, kind: &str) -> String {
        format!("{}{kind}", self.0)
    }
}

/// The names of one set of tables, in one schema.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: Prefix,
    schema: Arc<str>,
}

impl Names {
    /// `schema` as PostgreSQL told it.
    pub(super) fn new(prefix: Prefix, schema: &str) -> Self {
        Self { prefix, schema: schema.replace('"', "\"\"").into() }
    }

    /// A statement of ours: `@` stands for the schema and the prefix, `#` for the prefix alone. With the schema in every
    /// name, whatever `search_path` somebody sets makes no difference.
    pub(super) fn sql(&self, template: &str) -> SqlStr {
        let mut sql = String::with_capacity(template.len() * 2);
        for character in template.chars() {
            match character {
                '@' => sql.extend(["\"", &*self.schema, "\".", self.prefix.as_str()]),
                '#' => sql += self.prefix.as_str(),
                other => sql.push(other),
            }
        }
        // Of what others chose there are in it the prefix, which was validated, and the schema, which is quoted.
        AssertSqlSafe(sql).into_sql_str()
    }

    /// The channel on which changes are told. Channels belong to the database, not to a schema.
    pub(super) fn channel(&self) -> String {
        self.prefix.table("changes")
    }

    pub(super) const fn prefix(&self) -> &Prefix {
        &self.prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_prefixes() {
        for good in ["countersign_", "a", "_9", &"p".repeat(32)] {
            assert!(Prefix::new(good).is_some(), "{good:?}");
        }
        for bad in ["", "9a", "A", "a-b", "a b", "a\"", "a;", "é", "a.b", "a$", "a\0", &"p".repeat(33)] {
            assert!(Prefix::new(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn every_name_stands_where_its_sign_was() {
        let names = Names::new(Prefix::new("acme_").unwrap(), "my \"own\"");
        let sql = names.sql("CREATE INDEX #by ON @token (id)");
        assert_eq!(sql.as_str(), r#"CREATE INDEX acme_by ON "my ""own""".acme_token (id)"#);
    }
}
