//! One operation: where it is, what it takes and what it answers.

use serde_json::{Map, Value, json};

/// The hosts that Stripe serves its API from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    Api,
    Files,
    MeterEvents,
}

impl Host {
    /// The host of a server's URL.
    pub fn of_server(url: &str) -> Option<Self> {
        match url {
            "https://api.stripe.com/" => Some(Self::Api),
            "https://files.stripe.com/" => Some(Self::Files),
            "https://meter-events.stripe.com/" => Some(Self::MeterEvents),
            _ => None,
        }
    }
}

/// How an operation takes its parameters beside those of the path. The schemas are of one object that has them all.
pub enum Takes {
    /// In the query, as all that GET and DELETE take.
    Query(Value),
    /// In a form.
    Form(Value),
    /// In parts, of which some are files.
    Multipart(Value),
    /// In an object of JSON.
    Json(Value),
    /// It is a POST that takes nothing, not even a form.
    Nothing,
}

/// What an operation answers when all is well.
pub struct Answers {
    /// `application/json`, for most.
    pub media: String,
    pub schema: Value,
}

/// An operation of the description.
pub struct Operation {
    /// `POST`.
    pub method: String,
    /// `/v1/customers/{customer}`.
    pub template: String,
    /// The URL of the server that it alone has.
    pub server: Option<String>,
    pub takes: Takes,
    pub answers: Answers,
    /// The schemas of the ids in the path, in their order there.
    pub ids: Vec<(String, Value)>,
}

impl Operation {
    /// Reads an operation object.
    pub fn new(method: &str, template: &str, own: &Value) -> Self {
        let listed = own["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let schema_of = |name: &str, place: &str| {
            let found = listed.iter().find(|one| one["in"] == place && one["name"] == name);
            found.map(|one| one["schema"].clone())
        };
        let ids = template.split('/').filter_map(id_name);
        let ids = ids.map(|name| (name.to_owned(), schema_of(name, "path").unwrap_or(Value::Null)));
        let (media, schema) = only_entry(&own["responses"]["200"]["content"]).unwrap_or_default();
        Self {
            method: method.to_ascii_uppercase(),
            template: template.to_owned(),
            server: own["servers"][0]["url"].as_str().map(str::to_owned),
            takes: takes(method, listed, &own["requestBody"]["content"]),
            answers: Answers { media, schema },
            ids: ids.collect(),
        }
    }

    /// `GET /v1/customers/{customer}`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    /// The ids of a path of this template, none when it is of another.
    pub fn ids_in<'a>(&self, path: &'a str) -> Option<Vec<&'a str>> {
        if path.split('/').count() != self.template.split('/').count() {
            return None;
        }
        let mut ids = Vec::new();
        for (own, segment) in self.template.split('/').zip(path.split('/')) {
            match id_name(own) {
                Some(_) => ids.push(segment),
                None if own == segment => {}
                None => return None,
            }
        }
        Some(ids)
    }

    /// Which segments are literal: what comes first weighs most.
    pub fn literals(&self) -> Vec<bool> {
        self.template.split('/').map(|segment| id_name(segment).is_none()).collect()
    }
}

fn id_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// The media type and the schema of content that has only one.
fn only_entry(content: &Value) -> Option<(String, Value)> {
    let content = content.as_object()?;
    assert!(content.len() == 1, "one media type, not {:?}", content.keys());
    content.iter().next().map(|(media, own)| (media.clone(), own["schema"].clone()))
}

fn takes(method: &str, listed: &[Value], content: &Value) -> Takes {
    let body = only_entry(content);
    if method != "post" {
        // The description puts what a DELETE takes into a form; in HTTP its body means nothing, and Stripe's own
        // clients send a query.
        let form = body.map(|(_, schema)| schema).unwrap_or_default();
        return Takes::Query(query(listed, &form));
    }
    match body {
        None => Takes::Nothing,
        Some((media, schema)) => match media.as_str() {
            "application/x-www-form-urlencoded" => Takes::Form(schema),
            "multipart/form-data" => Takes::Multipart(schema),
            "application/json" => Takes::Json(schema),
            other => panic!("the judge cannot read {other}"),
        },
    }
}

/// One object of the parameters of a query and of a form.
fn query(listed: &[Value], form: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for one in listed.iter().filter(|one| one["in"] == "query") {
        let Some(name) = one["name"].as_str() else { continue };
        properties.insert(name.to_owned(), one["schema"].clone());
        if one["required"] == true {
            required.push(one["name"].clone());
        }
    }
    for (name, schema) in form["properties"].as_object().into_iter().flatten() {
        properties.insert(name.clone(), schema.clone());
    }
    required.extend(form["required"].as_array().into_iter().flatten().cloned());
    json!({"type": "object", "properties": properties, "required": required})
}
