//! The way of a request: route, token, method, body, and then to the module that answers it.

use crate::backend::Backend;
use crate::contract::log::Level;
use crate::entities::Target;
use crate::error::{Code, Error};
use crate::http::{Request, Response};
use crate::query::Query;
use crate::route::{Resource, Route};
use crate::{actions, auth, body as bodies, bulk, catalog, entities, openapi, page, sql, status, tools};

const OVERRIDE: &str = "x-http-method-override";

/// Answers a request, whose body is read only if somebody may send one.
pub fn answer(
    backend: &impl Backend,
    mut request: Request,
    body: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Response {
    let response = routed(backend, &mut request, body).unwrap_or_else(Error::response);
    log(backend, &request, response.status);
    response
}

/// A line for each request. The query is left out: conditions hold data of people.
fn log(backend: &impl Backend, request: &Request, status: u16) {
    let level = if status >= 500 { Level::Error } else { Level::Info };
    let fields = [
        ("operation".to_owned(), "http".to_owned()),
        ("method".to_owned(), request.method.clone()),
        ("path".to_owned(), request.path().to_owned()),
        ("status".to_owned(), status.to_string()),
    ];
    backend.log(level, "http request", &fields);
}

fn routed(
    backend: &impl Backend,
    request: &mut Request,
    body: impl FnOnce() -> Result<Vec<u8>, Error>,
) -> Result<Response, Error> {
    let route = Route::of(request.path());
    match &route {
        Some(route @ (Route::Page | Route::Health)) => {
            check_method(route, &request.method)?;
            return Ok(match route {
                Route::Page => page::response(),
                _ => Response::new(200, "text/plain; charset=utf-8", "ok"),
            });
        }
        // Nobody without the token learns which paths there are.
        _ => auth::check(backend, request)?,
    }
    let route = route.ok_or_else(|| {
        let message = format!("there is nothing at `{}`; /openapi.json lists the paths", request.path());
        Error::new(Code::NotFound, message)
    })?;
    request.body = body()?;
    bodies::check_size(request)?;
    let (method, query) = overridden(request)?;
    check_method(&route, method)?;
    match route {
        Route::Connection(connection, resource) => {
            of_connection(backend, &connection, resource, method, request, &query)
        }
        _ => Ok(openapi::response()),
    }
}

fn check_method(route: &Route, method: &str) -> Result<(), Error> {
    let allowed = route.methods();
    if allowed.contains(&method) { Ok(()) } else { Err(Error::method(method, allowed)) }
}

/// The method that is meant, and the query. Google's clients send a GET whose query is too long for a URL as a POST with
/// the query as a form in its body.
fn overridden(request: &Request) -> Result<(&str, Query), Error> {
    let other = request.header(OVERRIDE).filter(|meant| !meant.eq_ignore_ascii_case(&request.method));
    let Some(meant) = other else {
        return Ok((&request.method, Query::parse(request.query())?));
    };
    if request.method != "POST" || !meant.eq_ignore_ascii_case("GET") {
        let message = format!(
            "`{OVERRIDE}: {meant}` with {} is not supported; only a POST may stand for a GET",
            request.method
        );
        return Err(Error::invalid(OVERRIDE, message));
    }
    bodies::check_size(request)?;
    let form = std::str::from_utf8(&request.body)
        .map_err(|_| Error::invalid("body", "the form in the body is no UTF-8"))?;
    Ok(("GET", Query::parse(&format!("{}&{}", request.query(), form.trim()))?))
}

fn of_connection(
    backend: &impl Backend,
    connection: &str,
    resource: Resource,
    method: &str,
    request: &Request,
    query: &Query,
) -> Result<Response, Error> {
    let target = |entity: &str| Target::find(backend, connection, entity, request, query);
    match resource {
        Resource::CheckStatus => status::status(backend, query),
        Resource::CheckReadiness => status::readiness(backend, query),
        Resource::ExecuteSqlQuery => sql::execute(backend, request, query),
        Resource::EntityTypes => catalog::list(backend, query),
        Resource::EntityType(name) => catalog::get(backend, &name, query),
        Resource::Entities(entity) => match method {
            "POST" => entities::create(backend, &target(&entity)?),
            _ => entities::list(backend, &target(&entity)?),
        },
        Resource::Entity(entity, id) => match method {
            "PATCH" => entities::patch(backend, &target(&entity)?, &id),
            "DELETE" => entities::delete(backend, &target(&entity)?, &id),
            _ => entities::get(backend, &target(&entity)?, &id),
        },
        Resource::UpdateWithConditions(entity) => bulk::update(backend, &target(&entity)?),
        Resource::DeleteWithConditions(entity) => bulk::delete(backend, &target(&entity)?),
        Resource::Actions => actions::list(backend, query),
        Resource::Action(name) => actions::get(backend, &name, query),
        Resource::ExecuteAction(name) => actions::execute(backend, &name, request, query),
        Resource::Tools => match method {
            "POST" => tools::list_post(backend, request, query),
            _ => tools::list(backend, query),
        },
        Resource::ExecuteTool(name) => tools::execute(backend, &name, request, query),
        Resource::Missing(what, _) => Err(Error::new(
            Code::Unimplemented,
            format!("this connector has no `{what}`: entities, actions, tools and SQL are what it offers"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::MAX_BODY;
    use crate::testing::{CONNECTION, Fake, get};
    use serde_json::json;

    #[test]
    fn only_the_probe_and_the_page_are_open() {
        let fake = Fake::default();
        let anonymous = |path: &str| {
            let mut request = get(path);
            request.headers.clear();
            answer(&fake, request, || panic!("nobody reads it")).status
        };
        assert_eq!((anonymous("/healthz"), anonymous("/")), (200, 200));
        for path in ["/openapi.json", "/nothing", CONNECTION, &format!("{CONNECTION}:checkStatus")] {
            assert_eq!(anonymous(path), 401, "{path}");
        }
        assert_eq!(fake.send(&get("/openapi.json")).0, 200);
    }

    #[test]
    fn a_body_is_read_of_those_only_who_show_the_token() {
        let fake = Fake::default();
        let mut request = get(&format!("{CONNECTION}:checkStatus"));
        let broken = || Err(Error::invalid("body", "the body broke off"));
        assert_eq!(answer(&fake, request.clone(), broken).status, 400);
        request.headers.clear();
        assert_eq!(answer(&fake, request, || panic!("nobody reads it")).status, 401);
    }

    #[test]
    fn wrong_paths_and_methods() {
        let fake = Fake::default();
        let (status, body) = fake.send(&get("/nothing"));
        assert_eq!((status, &body["error"]["status"]), (404, &json!("NOT_FOUND")));
        let mut request = get(&format!("{CONNECTION}/actions"));
        request.method = "PUT".to_owned();
        let response = answer(&fake, request, || Ok(Vec::new()));
        assert_eq!(response.status, 405);
        assert!(response.headers.contains(&("allow", "GET".to_owned())));
    }

    #[test]
    fn what_is_not_offered_says_so() {
        let fake = Fake::default();
        for (method, path) in [
            ("POST", ":exchangeAuthCode"),
            ("POST", ":refreshAccessToken"),
            ("POST", ":executeHttpRequest"),
            ("POST", ":generateConnectionToolspecOverride"),
            ("GET", ":listCustomToolNames"),
            ("GET", "/resources"),
            ("GET", "/resources/a/b"),
            ("POST", "/resources/a"),
        ] {
            let (status, body) = fake.call(method, path, "{}");
            assert_eq!((status, &body["error"]["status"]), (501, &json!("UNIMPLEMENTED")), "{path}");
        }
    }

    #[test]
    fn a_long_body_is_refused() {
        let fake = Fake::default();
        let body = " ".repeat(MAX_BODY + 1);
        assert_eq!(fake.call("POST", "/entityTypes/Customer/entities", &body).0, 413);
    }
}
