//! Ids in paths. The input is the name of an entity or of an action, and an id in each further line.

use crate::{assert_refused, entity, split_line};
use percent_encoding::percent_decode_str;
use stripe_connector_native::api::types::FailureKind;
use stripe_connector_native::catalog::ACTIONS;
use stripe_connector_native::form;
use url::Url;

/// An id is refused, or stands in the path as the one segment that it fills, for every reader of URLs.
pub fn path(input: &[u8]) {
    let Ok(input) = str::from_utf8(input) else { return };
    let (name, ids) = split_line(input);
    let action = ACTIONS.iter().find(|action| action.name == name);
    let template = action.map_or_else(|| entity(name).path, |action| action.path);
    let parents = template.matches("{}").count();
    // The path of an object ends with its own id.
    let most = parents + usize::from(action.is_none());
    let ids: Vec<&str> = ids.split('\n').take(most).collect();
    if ids.len() < parents {
        return;
    }
    for id in &ids {
        if let Err(failure) = form::check_id("CustomerId", id) {
            assert_refused(&failure, &[FailureKind::InvalidInput]);
            assert_eq!(failure.param.as_deref(), Some("CustomerId"));
            return;
        }
    }

    let path = form::path(template, &ids);
    assert!(path.bytes().all(|b| b.is_ascii_graphic() && !b"?#\\".contains(&b)), "{path}");
    let mut ids_left = ids.iter();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next().expect("no segment is lost");
        match expected {
            "{}" => assert_is_id(segment, ids_left.next().expect("each id has a segment")),
            expected => assert_eq!(segment, expected, "{path}"),
        }
    }
    for id in ids_left {
        assert_is_id(segments.next().expect("each id has a segment"), id);
    }
    assert_eq!(segments.next(), None, "{path}");

    let url = Url::parse(&format!("https://api.stripe.com{path}")).expect("it is part of a URL");
    assert_eq!((url.path(), url.query(), url.fragment()), (path.as_str(), None, None));
    assert_eq!(url.host_str(), Some("api.stripe.com"));
}

fn assert_is_id(segment: &str, id: &str) {
    assert!(!["", ".", ".."].contains(&segment), "{id:?}");
    assert_eq!(percent_decode_str(segment).decode_utf8().as_deref(), Ok(id));
}
