//! Who there is, and what they have. In the real world this comes from your database.

use countersign_oauth::{Membership, Role, StoreError, async_trait};
use serde::Serialize;

pub(crate) struct User {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) roles: &'static [(&'static str, Role)],
}

pub(crate) struct Organisation {
    pub(crate) slug: &'static str,
    pub(crate) name: &'static str,
    pub(crate) projects: &'static [Project],
}

#[derive(Serialize)]
pub(crate) struct Project {
    pub(crate) slug: &'static str,
    pub(crate) about: &'static str,
    pub(crate) open_issues: u32,
}

pub(crate) const USERS: [User; 3] = [
    User { id: "ada", name: "Ada", roles: &[("acme", Role::Admin), ("umbrella", Role::Member)] },
    User { id: "bob", name: "Bob", roles: &[("acme", Role::Member)] },
    User { id: "eve", name: "Eve", roles: &[("umbrella", Role::Admin)] },
];

const ORGANISATIONS: [Organisation; 2] = [
    Organisation {
        slug: "acme",
        name: "Acme Pottery",
        projects: &[
            Project { slug: "glaze-recipes", about: "Every glaze since 1987, searchable", open_issues: 2 },
            Project { slug: "kiln-controller", about: "Firing curves, and alarms at night", open_issues: 7 },
            Project { slug: "web-shop", about: "What this page runs on", open_issues: 0 },
        ],
    },
    Organisation {
        slug: "umbrella",
        name: "Umbrella Tea",
        projects: &[
            Project { slug: "rain-forecast", about: "How much tea tomorrow needs", open_issues: 1 },
            Project { slug: "tea-room", about: "Tables, orders and the bill", open_issues: 4 },
        ],
    },
];

pub(crate) fn user(id: &str) -> Option<&'static User> {
    const { &USERS }.iter().find(|user| user.id == id)
}

pub(crate) fn organisation(slug: &str) -> Option<&'static Organisation> {
    const { &ORGANISATIONS }.iter().find(|organisation| organisation.slug == slug)
}

impl User {
    pub(crate) fn role(&self, organisation: &str) -> Option<Role> {
        self.roles.iter().find(|(slug, _)| *slug == organisation).map(|(_, role)| *role)
    }

    pub(crate) fn initial(&self) -> &'static str {
        self.name.get(..1).unwrap_or_default()
    }

    /// The user's organisations, and whether they manage them.
    pub(crate) fn organisations(&self) -> Vec<(&'static Organisation, bool)> {
        let own = self.roles.iter().filter_map(|(slug, role)| Some((organisation(slug)?, *role == Role::Admin)));
        own.collect()
    }
}

/// What the authorization server asks about members.
pub(crate) struct Organisations;

#[async_trait]
impl Membership for Organisations {
    async fn role(&self, subject: &str, organisation: &str) -> Result<Option<Role>, StoreError> {
        Ok(user(subject).and_then(|user| user.role(organisation)))
    }
}
