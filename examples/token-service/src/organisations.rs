//! What organisations have. In the real world this comes from your database.

use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

pub(crate) async fn reports(Path(organisation): Path<String>) -> Json<Value> {
    Json(json!({ "organisation": organisation, "reports": ["first quarter", "second quarter"] }))
}

pub(crate) async fn members(Path(organisation): Path<String>) -> Json<Value> {
    Json(json!({ "organisation": organisation, "members": ["ada", "bob"] }))
}
