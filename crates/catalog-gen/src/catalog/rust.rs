//! Writes the catalog as the Rust statics that the component is built with.

use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::{Action, Catalog, Entity, Paging};
use crate::mapping::{Method, Special};

/// As wide as the rest of the code.
const WIDTH: usize = 100;

pub fn text(catalog: &Catalog) -> Result<String> {
    let mut text = format!(
        "//! Made by catalog-gen from Stripe's API description; `mapping.txt` beside this file can be reviewed in its \
         place.\n\nuse super::graph::Object;\nuse super::{{Action, Entity, Paging, Special}};\nuse crate::transport::Method;\n\n\
         /// The version of Stripe's API that this describes.\npub const API_VERSION: &str = {:?};\n\n",
        catalog.version
    );
    let graph = &catalog.graph;
    text += "pub static NAMES: &str = \"";
    for part in graph.names.as_bytes().chunks(WIDTH) {
        text += "\\\n    ";
        text += std::str::from_utf8(part).context("a name that is not ASCII")?;
    }
    text += "\";\n\n";
    numbers(&mut text, "NAME_STARTS", &graph.name_starts);
    bytes(&mut text, "NAME_LENGTHS", &graph.name_lengths);
    numbers(&mut text, "OBJECTS", &graph.objects);
    bytes(&mut text, "FIELDS", &graph.fields);
    bytes(&mut text, "WORDS", &graph.words.bytes);
    numbers(&mut text, "WORD_BLOCKS", &graph.words.blocks);
    bytes(&mut text, "WORD_PAIRS", &graph.words.pairs);
    numbers(&mut text, "ENUMS", &graph.enums);
    bytes(&mut text, "ENUM_WORDS", &graph.enum_words);
    text += "pub static ENTITIES: &[Entity] = &[\n";
    for entity in &catalog.entities {
        text += &self::entity(entity, catalog)?;
    }
    text += "];\n\npub static ACTIONS: &[Action] = &[\n";
    for action in &catalog.actions {
        text += &self::action(action, catalog)?;
    }
    text += "];\n";
    Ok(text)
}

fn numbers(text: &mut String, name: &str, numbers: &[u16]) {
    let _ = writeln!(text, "pub static {name}: &[u16] = &[");
    for line in numbers.chunks(WIDTH / 6) {
        let line: Vec<_> = line.iter().map(u16::to_string).collect();
        let _ = writeln!(text, "    {},", line.join(", "));
    }
    text.push_str("];\n\n");
}

fn bytes(text: &mut String, name: &str, bytes: &[u8]) {
    let _ = write!(text, "pub static {name}: &[u8] = b\"");
    for line in bytes.chunks(WIDTH / 2) {
        // A space at the start of a line would be taken for its indentation.
        let line = line.escape_ascii().to_string().replace(' ', "\\x20");
        let _ = write!(text, "\\\n    {line}");
    }
    text.push_str("\";\n\n");
}

fn entity(entity: &Entity, catalog: &Catalog) -> Result<String> {
    let number = |id| catalog.graph.number(id);
    let optional = |id: Option<_>| -> Result<String> {
        Ok(match id {
            Some(id) => format!("Some(Object::at({}))", number(id)?),
            None => "None".to_owned(),
        })
    };
    let map = &entity.map;
    let paging = match entity.list {
        None | Some((_, Paging::Object)) => "Object",
        Some((_, Paging::Whole)) => "Whole",
        Some((_, Paging::Token)) => "Token",
    };
    Ok(format!(
        "    Entity {{\n        name: {:?},\n        object: {:?},\n        aliases: &{:?},\n        path: {:?},\n        \
         parents: &{:?},\n        row: Object::at({}),\n        list: {},\n        get: {},\n        create: {},\n        \
         update: {},\n        delete: {},\n        paging: Paging::{paging},\n        singleton: {},\n        search: {},\n        \
         upload: {},\n    }},\n",
        map.name,
        map.schema,
        map.aliases,
        map.path,
        map.parents,
        number(entity.row)?,
        optional(entity.list.map(|(filters, _)| filters))?,
        optional(entity.get)?,
        optional(entity.create)?,
        optional(entity.update)?,
        optional(entity.delete)?,
        map.singleton,
        map.search.is_some(),
        entity.upload,
    ))
}

fn action(action: &Action, catalog: &Catalog) -> Result<String> {
    let map = &action.map;
    let method = match action.method {
        Method::Delete => "Delete",
        Method::Get => "Get",
        Method::Post => "Post",
    };
    let special = match map.special {
        None => "None",
        Some(Special::Upload) => bail!("{} takes a file: say in the component how an action does", map.name),
        Some(Special::Download) => "Some(Special::Download)",
        Some(Special::EventStream) => "Some(Special::EventStream)",
    };
    let answer = match action.answer {
        Some(id) => format!("Some(Object::at({}))", catalog.graph.number(id)?),
        None => "None".to_owned(),
    };
    Ok(format!(
        "    Action {{\n        name: {:?},\n        method: Method::{method},\n        path: {:?},\n        ids: &{:?},\n        \
         parameters: Object::at({}),\n        entity: {:?},\n        answer: {answer},\n        special: {special},\n        \
         test_only: {},\n    }},\n",
        map.name,
        action.path,
        map.ids,
        catalog.graph.number(action.parameters)?,
        map.entity.as_deref().unwrap_or_default(),
        map.test_only,
    ))
}
