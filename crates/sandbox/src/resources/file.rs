//! Files that are uploaded. Their bytes are kept, and no answer shows them.

use serde_json::{Value, json};

use super::retrieve;
use crate::account::Account;
use crate::error::{ApiError, Result};
use crate::list::page;
use crate::route::{Call, Route, get, post};

const KIND: &str = "file";

pub const ROUTES: &[Route] = &[
    get("/v1/files", KIND, index),
    post("/v1/files", KIND, create),
    get("/v1/files/{file}", KIND, retrieve),
];

fn index(account: &mut Account, call: &Call) -> Result<Value> {
    page(account, call, &["purpose"], |_| true)
}

fn create(account: &mut Account, call: &Call) -> Result<Value> {
    let upload = call.upload.as_ref().ok_or_else(|| ApiError::required("file"))?;
    if upload.bytes.is_empty() {
        return Err(ApiError::invalid(format!("The file '{}' is empty.", upload.filename)).param("file"));
    }
    let id = account.new_id("file");
    let links: Vec<Value> = link(account, call, &id)?.into_iter().collect();
    let kind = upload.filename.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let file = json!({
        "id": id,
        "object": KIND,
        "created": account.now(),
        "expires_at": null,
        "filename": upload.filename,
        "links": {
            "object": "list",
            "data": links,
            "has_more": false,
            "url": format!("/v1/file_links?file={id}"),
        },
        "purpose": call.params.text("purpose"),
        "size": upload.bytes.len(),
        "title": null,
        "type": kind.filter(|ending| !ending.is_empty()),
        // Stripe's would lead out of the sandbox.
        "url": null,
    });
    account.uploaded = Some((id, upload.bytes.clone()));
    account.store.put(file.clone());
    Ok(file)
}

/// The link that is made along with a file.
fn link(account: &mut Account, call: &Call, file: &str) -> Result<Option<Value>> {
    let Some(data) = call.params.get("file_link_data") else {
        return Ok(None);
    };
    if data["create"] != true {
        return match data.as_object().is_some_and(|data| data.len() > 1) {
            true => Err(ApiError::invalid(
                "file_link_data describes a link, and file_link_data[create] is not true: no link would be made.",
            )
            .param("file_link_data[create]")),
            false => Ok(None),
        };
    }
    let id = account.new_id("link");
    let metadata = data["metadata"].as_object().map(|sent| {
        sent.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone()))
    });
    Ok(Some(json!({
        "id": id,
        "object": "file_link",
        "created": account.now(),
        "expired": false,
        "expires_at": data["expires_at"],
        "file": file,
        "livemode": false,
        "metadata": metadata.map(Iterator::collect::<Value>).unwrap_or_else(|| json!({})),
        "url": null,
    })))
}
