//! `completions`: scripts by which shells complete a command line.

use std::io::{self, Write};

use clap::builder::PossibleValuesParser;
use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use stripe_connector_host::contract::{ActionSummary, EntitySummary, Operation};

use super::args::{Args, Global};
use super::connect::offline;
use super::{Trouble, reading};

const NAME: &str = "stripe-connector";

/// Subcommands that take an entity, and what they do with it.
const OF_ENTITIES: [(&str, Operation); 5] = [
    ("list", Operation::List),
    ("get", Operation::Get),
    ("create", Operation::Create),
    ("update", Operation::Update),
    ("delete", Operation::Delete),
];

/// What there is to choose from for an argument of a subcommand.
struct Choice {
    subcommand: &'static str,
    argument: &'static str,
    names: Vec<String>,
}

pub async fn run(global: &Global, shell: Shell) -> Result<(), Trouble> {
    let connector = offline(global)?;
    let entities = connector.list_entity_types().await.map_err(reading)?;
    let actions = connector.list_actions().await.map_err(reading)?;
    let script = script(shell, &choices(&entities, &actions))?;
    Ok(io::stdout().lock().write_all(script.as_bytes())?)
}

fn choices(entities: &[EntitySummary], actions: &[ActionSummary]) -> Vec<Choice> {
    let able = |operation| entities.iter().filter(move |entity| entity.operations.contains(operation));
    let mut choices: Vec<_> = OF_ENTITIES
        .iter()
        .map(|(subcommand, operation)| Choice {
            subcommand,
            argument: "entity",
            names: able(operation).map(|entity| entity.name.clone()).collect(),
        })
        .collect();
    let entities = entities.iter().map(|entity| entity.name.clone()).collect();
    choices.push(Choice { subcommand: "entities", argument: "name", names: entities });
    for (subcommand, argument) in [("actions", "name"), ("run", "action")] {
        let names = actions.iter().map(|action| action.name.clone()).collect();
        choices.push(Choice { subcommand, argument, names });
    }
    choices
}

/// The command with the catalog's names. Parsing goes without them: the connector also takes plurals and other spellings,
/// and names the nearest right one where nothing is meant.
fn command(choices: &[Choice]) -> clap::Command {
    choices.iter().fold(Args::command(), |command, choice| {
        // All arguments are gone through, since changing one alone would put it behind the others.
        let offer = |own: Arg| match own.get_id() == choice.argument {
            true => own.value_parser(PossibleValuesParser::new(choice.names.clone())),
            false => own,
        };
        command.mut_subcommand(choice.subcommand, |own| own.mut_args(offer))
    })
}

fn script(shell: Shell, choices: &[Choice]) -> Result<String, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(choices), NAME, &mut script);
    let mut script = String::from_utf8(script).map_err(io::Error::other)?;
    if shell == Shell::Fish {
        // clap_complete leaves arguments without a name out there.
        for Choice { subcommand, names, .. } in choices {
            let names = names.join(" ");
            script.push_str(&format!(
                "complete -c {NAME} -n \"__fish_seen_subcommand_from {subcommand}\" -f -a \"{names}\"\n"
            ));
        }
    }
    // In bash, clap_complete names the state of a subcommand in two ways where the command's name has a hyphen, and
    // completes nothing after it: https://github.com/clap-rs/clap/issues/6421.
    Ok(script.replace("stripe__subcmd__connector", "stripe__connector"))
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
        let accept = ActionSummary { name: "AcceptQuote".to_owned(), test_only: false };
        let command = command(&choices(&[event], &[accept]));
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
