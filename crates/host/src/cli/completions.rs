//! `completions`: scripts by which shells complete a command line.

use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use stripe_connector_host::contract::{EntitySummary, Operation};

use super::args::{Args, Global};
use super::connect::offline;
use super::{Trouble, reading};

/// Subcommands that take an entity, and what they do with it.
const OF_ENTITIES: [(&str, Operation); 5] = [
    ("list", Operation::List),
    ("get", Operation::Get),
    ("create", Operation::Create),
    ("update", Operation::Update),
    ("delete", Operation::Delete),
];

pub async fn run(global: &Global, shell: Shell) -> Result<(), Trouble> {
    let connector = offline(global)?;
    let entities = connector.list_entity_types().await.map_err(reading)?;
    let actions = connector.list_actions().await.map_err(reading)?;
    let actions: Vec<_> = actions.into_iter().map(|action| action.name).collect();
    let script = script(shell, command(&entities, &actions))?;
    Ok(io::stdout().lock().write_all(script.as_bytes())?)
}

fn script(shell: Shell, mut command: clap::Command) -> Result<String, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "stripe-connector", &mut script);
    let script = String::from_utf8(script).map_err(io::Error::other)?;
    // In bash, clap_complete names the state of a subcommand in two ways where the command's name has a hyphen, and
    // completes nothing after it: https://github.com/clap-rs/clap/issues/6421.
    Ok(script.replace("stripe__subcmd__connector", "stripe__connector"))
}

/// The command with the catalog's names. Parsing goes without them: the connector also takes plurals and other spellings,
/// and names the nearest right one where nothing is meant.
fn command(entities: &[EntitySummary], actions: &[String]) -> clap::Command {
    let mut command = Args::command();
    for (subcommand, operation) in OF_ENTITIES {
        let able = entities.iter().filter(|entity| entity.operations.contains(&operation));
        let names: Vec<_> = able.map(|entity| entity.name.clone()).collect();
        command = offer(command, subcommand, "entity", &names);
    }
    let all: Vec<_> = entities.iter().map(|entity| entity.name.clone()).collect();
    command = offer(command, "entities", "name", &all);
    command = offer(command, "actions", "name", actions);
    offer(command, "run", "action", actions)
}

fn offer(command: clap::Command, subcommand: &str, argument: &str, names: &[String]) -> clap::Command {
    // All are gone through, since changing one alone would put it behind the others.
    let offer = |own: Arg| match own.get_id() == argument {
        true => own.value_parser(PossibleValuesParser::new(names.to_vec())),
        false => own,
    };
    command.mut_subcommand(subcommand, |own| own.mut_args(offer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_offered_where_it_can_be_used() {
        let event = EntitySummary {
            name: "Event".to_owned(),
            plural: "Events".to_owned(),
            operations: vec![Operation::List, Operation::Get],
            parents: Vec::new(),
        };
        let command = command(&[event], &["AcceptQuote".to_owned()]);
        let offered = |subcommand: &str, argument: &str| {
            let own = command.find_subcommand(subcommand).unwrap();
            let argument = own.get_arguments().find(|own| own.get_id() == argument).unwrap();
            let values = argument.get_possible_values();
            values.iter().map(|value| value.get_name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(offered("list", "entity"), ["Event"]);
        assert_eq!(offered("delete", "entity"), [""; 0]);
        assert_eq!(offered("entities", "name"), ["Event"]);
        assert_eq!(offered("run", "action"), ["AcceptQuote"]);
    }
}
