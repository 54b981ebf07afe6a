//! Which path means what. A path is split before it is decoded, so that a `%2F` in an id stays in the id.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What in an id would end a segment of a path, or be taken for something else.
const SEGMENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'<').add(b'>').add(b'?').add(b'`');

/// Where a request goes.
#[derive(PartialEq, Eq, Debug)]
pub enum Route {
    /// The page for people.
    Page,
    /// The probe.
    Health,
    /// The description of all this.
    OpenApi,
    /// Something of a connection, whose name is `projects/P/locations/L/connections/C` as it was sent.
    Connection(String, Resource),
}

/// What of a connection.
#[derive(PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names are the API's")]
pub enum Resource {
    CheckStatus,
    CheckReadiness,
    ExecuteSqlQuery,
    EntityTypes,
    EntityType(String),
    Entities(String),
    Entity(String, String),
    UpdateWithConditions(String),
    DeleteWithConditions(String),
    Actions,
    Action(String),
    ExecuteAction(String),
    Tools,
    ExecuteTool(String),
    /// What the API has and this service does not.
    Missing(&'static str, &'static [&'static str]),
}

impl Route {
    /// The route of a path, still percent-encoded.
    pub fn of(path: &str) -> Option<Route> {
        match path {
            "/" => return Some(Route::Page),
            "/healthz" => return Some(Route::Health),
            "/openapi.json" => return Some(Route::OpenApi),
            _ => {}
        }
        let segments: Vec<&str> = path.strip_prefix("/v2/")?.split('/').collect();
        let ["projects", project, "locations", location, "connections", connection, rest @ ..] =
            segments.as_slice()
        else {
            return None;
        };
        let (connection, resource) = match rest {
            [] => {
                let (connection, verb) = connection.rsplit_once(':')?;
                (connection, of_connection(verb)?)
            }
            _ => (*connection, below(rest)?),
        };
        if project.is_empty() || location.is_empty() || connection.is_empty() {
            return None;
        }
        let name = format!("projects/{project}/locations/{location}/connections/{connection}");
        Some(Route::Connection(name, resource))
    }

    /// The methods that a route has.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Route::Page | Route::Health => &["GET", "HEAD"],
            Route::OpenApi => &["GET"],
            Route::Connection(_, resource) => match resource {
                Resource::CheckStatus
                | Resource::CheckReadiness
                | Resource::EntityTypes
                | Resource::EntityType(_)
                | Resource::Actions
                | Resource::Action(_) => &["GET"],
                Resource::Entities(_) | Resource::Tools => &["GET", "POST"],
                Resource::Entity(..) => &["GET", "PATCH", "DELETE"],
                Resource::ExecuteSqlQuery
                | Resource::UpdateWithConditions(_)
                | Resource::DeleteWithConditions(_)
                | Resource::ExecuteAction(_)
                | Resource::ExecuteTool(_) => &["POST"],
                Resource::Missing(_, methods) => methods,
            },
        }
    }
}

fn of_connection(verb: &str) -> Option<Resource> {
    Some(match verb {
        "checkStatus" => Resource::CheckStatus,
        "checkReadiness" => Resource::CheckReadiness,
        "executeSqlQuery" => Resource::ExecuteSqlQuery,
        "exchangeAuthCode" => Resource::Missing("exchangeAuthCode", &["POST"]),
        "refreshAccessToken" => Resource::Missing("refreshAccessToken", &["POST"]),
        "executeHttpRequest" => Resource::Missing("executeHttpRequest", &["POST"]),
        "generateConnectionToolspecOverride" => {
            Resource::Missing("generateConnectionToolspecOverride", &["POST"])
        }
        "listCustomToolNames" => Resource::Missing("listCustomToolNames", &["GET"]),
        _ => return None,
    })
}

/// What follows the connection. An id may have a colon of its own (`cus_1:txi_1`), so that no verb is looked for in it.
fn below(segments: &[&str]) -> Option<Resource> {
    Some(match segments {
        ["entityTypes"] => Resource::EntityTypes,
        ["entityTypes", name] => Resource::EntityType(decode(name)?),
        ["entityTypes", name, "entities"] => Resource::Entities(decode(name)?),
        ["entityTypes", name, "entities:updateEntitiesWithConditions"] => {
            Resource::UpdateWithConditions(decode(name)?)
        }
        ["entityTypes", name, "entities:deleteEntitiesWithConditions"] => {
            Resource::DeleteWithConditions(decode(name)?)
        }
        ["entityTypes", name, "entities", id] => Resource::Entity(decode(name)?, decode(id)?),
        ["actions"] => Resource::Actions,
        ["actions", name] => match name.rsplit_once(':') {
            None => Resource::Action(decode(name)?),
            Some((name, "execute")) => Resource::ExecuteAction(decode(name)?),
            Some(_) => return None,
        },
        ["tools"] => Resource::Tools,
        ["tools", name] => match name.rsplit_once(':') {
            Some((name, "execute")) => Resource::ExecuteTool(decode(name)?),
            _ => return None,
        },
        ["resources"] => Resource::Missing("resources.list", &["GET"]),
        ["resources", first, ..] if !first.is_empty() => Resource::Missing("resources.get", &["GET", "POST"]),
        _ => return None,
    })
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    Some(text.into_owned()).filter(|text| !text.is_empty())
}

/// A segment of a resource name, such that the name is a path that leads back.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rest: &str) -> Option<Resource> {
        match Route::of(&format!("/v2/projects/p/locations/l/connections/c{rest}"))? {
            Route::Connection(name, resource) => {
                assert_eq!(name, "projects/p/locations/l/connections/c");
                Some(resource)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_route() {
        let customer = || "Customer".to_owned();
        for (path, resource) in [
            (":checkStatus", Resource::CheckStatus),
            (":executeSqlQuery", Resource::ExecuteSqlQuery),
            ("/entityTypes", Resource::EntityTypes),
            ("/entityTypes/Customer", Resource::EntityType(customer())),
            ("/entityTypes/Customer/entities", Resource::Entities(customer())),
            ("/entityTypes/Customer/entities/cus_1", Resource::Entity(customer(), "cus_1".into())),
            (
                "/entityTypes/Customer/entities:updateEntitiesWithConditions",
                Resource::UpdateWithConditions(customer()),
            ),
            ("/actions/A:execute", Resource::ExecuteAction("A".into())),
            ("/tools/list_Customer:execute", Resource::ExecuteTool("list_Customer".into())),
            ("/resources/a/b", Resource::Missing("resources.get", &["GET", "POST"])),
        ] {
            assert_eq!(of(path), Some(resource), "{path}");
        }
    }

    #[test]
    fn an_id_keeps_its_signs() {
        let id = |path: &str| match of(&format!("/entityTypes/X/entities/{path}")) {
            Some(Resource::Entity(_, id)) => id,
            other => panic!("{other:?}"),
        };
        assert_eq!(id("a%2Fb%20c+d"), "a/b c+d");
        assert_eq!(id("cus_1:txi_1"), "cus_1:txi_1");
        assert_eq!(id("a%3Aexecute"), "a:execute");
        assert_eq!(id(&segment("a/b%?# ü")), "a/b%?# ü");
    }

    #[test]
    fn what_is_no_route() {
        for path in
            ["", "/", ":nothing", "/entityTypes/", "/entityTypes/X/entities/", "/actions/A:run", "/tools/T"]
        {
            assert_eq!(of(path), None, "{path}");
        }
        for path in
            ["/v2", "/v1/projects/p", "/v2/projects//locations/l/connections/c/actions", "/v2/projects/p"]
        {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
