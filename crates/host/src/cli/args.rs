//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand};
use clap_complete::Shell;

use stripe_connector_host::connection::Config;

use super::course::Course;
use super::{help, input};

/// Stripe as entities, operations and actions.
#[derive(Parser)]
#[command(name = "stripe-connector", version, after_help = help::EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command, before or after its name.
#[derive(clap::Args)]
pub struct Global {
    /// Print JSON, failures included.
    #[arg(long, global = true)]
    pub json: bool,
    /// Where the API is, if not at Stripe.
    #[arg(long, global = true, value_name = "URL")]
    pub api_base: Option<String>,
    /// TOML file with the connection's settings.
    #[arg(long, global = true, value_name = "FILE")]
    pub connection: Option<PathBuf>,
    /// Where secrets are: env, dir:PATH, or command:PROGRAM ARGUMENT... which prints {name} in {version}.
    #[arg(long, global = true, value_name = "STORE")]
    pub secrets: Option<String>,
    /// Another component than the embedded one.
    #[arg(long, global = true, value_name = "FILE")]
    pub component: Option<PathBuf>,
    /// Connected account to act for.
    #[arg(long, global = true, value_name = "ACCT")]
    pub account: Option<String>,
    /// Key under which Stripe does the same change only once.
    #[arg(long, global = true, value_name = "KEY")]
    pub idempotency_key: Option<String>,
    /// Time for the whole call, in milliseconds.
    #[arg(long, global = true, value_name = "MS")]
    pub deadline_ms: Option<u32>,
    /// References to fetch whole, such as customer,latest_charge.
    #[arg(long, global = true, value_name = "A,B", value_delimiter = ',', value_parser = input::name)]
    pub expand: Vec<String>,
    /// Id of a collection that the entity is nested in; may be repeated.
    #[arg(long, global = true, value_name = "CustomerId=cus_1", value_parser = input::parent)]
    pub parent: Vec<(String, String)>,
    /// What a list, a get or a delete takes beside its own arguments, as JSON.
    #[arg(long, global = true, value_name = "JSON")]
    pub with: Option<String>,
    /// Show the connector's log; twice for all of it.
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// What file, environment and options say together.
    #[arg(skip)]
    pub config: Config,
    /// How far the command is.
    #[arg(skip)]
    pub course: Course,
}

#[derive(Subcommand)]
pub enum Command {
    /// Show everything once: entities, operations and the nine documented actions.
    Demo,
    /// Tell whether the connection works, and what to do if not.
    #[command(after_help = help::CHECK)]
    Check(Check),
    /// List the entity types, or describe one.
    #[command(after_help = help::ENTITIES)]
    Entities { name: Option<String> },
    /// List the actions, or describe one.
    #[command(after_help = help::ACTIONS)]
    Actions { name: Option<String> },
    /// List rows of an entity.
    #[command(after_help = help::LIST)]
    List(List),
    /// Print one row.
    #[command(after_help = help::GET)]
    Get(Get),
    /// Create an object.
    #[command(after_help = help::CREATE)]
    Create(Create),
    /// Change an object, or all that a filter selects.
    #[command(after_help = help::UPDATE)]
    Update(Update),
    /// Delete an object, or all that a filter selects.
    #[command(after_help = help::DELETE)]
    Delete(Delete),
    /// Run an action.
    #[command(after_help = help::RUN)]
    Run(Run),
    /// Print a script that completes the command line in a shell.
    #[command(after_help = help::COMPLETIONS)]
    Completions { shell: Shell },
    /// Serve the connector over HTTP, as the connectors v2 API, until Ctrl-C.
    #[command(after_help = help::SERVE)]
    Serve(Serve),
    /// Keep a sandbox running until Ctrl-C.
    #[command(after_help = help::FAULTS)]
    Sandbox {
        /// Address to listen on.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:12111", value_parser = input::address)]
        listen: SocketAddr,
        /// Begin with so many customers and what they bought, the same each time.
        #[arg(long, value_name = "N")]
        seed_data: Option<usize>,
        /// What goes wrong, and when: rules, or @FILE with rules. See below.
        #[arg(long, value_name = "SPEC")]
        faults: Option<String>,
    },
}

impl Command {
    /// Whether it is a change that is done once only for one idempotency key. A delete needs none.
    pub fn takes_key(&self) -> bool {
        matches!(self, Self::Create(_) | Self::Update(_) | Self::Run(_))
    }
}

#[derive(clap::Args)]
pub struct Serve {
    /// Address to listen on. One that can be reached from elsewhere needs a token for callers.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address at which Prometheus finds /metrics.
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
}

#[derive(clap::Args)]
pub struct Check {
    /// Look at settings and secret only, send nothing.
    #[arg(long)]
    pub offline: bool,
    /// Print the JSON Schema of connection files, for editors.
    #[arg(long, conflicts_with = "offline")]
    pub schema: bool,
}

#[derive(clap::Args)]
pub struct List {
    pub entity: String,
    /// Condition, such as "Email LIKE '%@example.com' AND (Created >= '2026-01-01' OR Metadata.plan IN ('gold', 'tin'))".
    #[arg(long, value_name = "F")]
    pub filter: Option<String>,
    /// Column to sort by; ascending unless :desc follows.
    #[arg(long, value_name = "COL[:desc]", value_parser = input::sort)]
    pub sort: Option<input::Sort>,
    /// Rows of a page, 1 to 200; 25 if not said, 100 with --all, 200 with --all and --sort.
    #[arg(long, value_name = "N")]
    pub page_size: Option<u32>,
    /// Continue where a page ended.
    #[arg(long, value_name = "T")]
    pub page_token: Option<String>,
    /// Read to the end. A JSON array that does not end with ] was cut by a failure.
    #[arg(long)]
    pub all: bool,
    /// Tell how the rows would be found, send nothing.
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(clap::Args)]
pub struct Shape {
    /// Columns to show.
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = input::name)]
    pub columns: Vec<String>,
    /// Stripe's objects untouched instead of rows.
    #[arg(long)]
    pub raw: bool,
}

#[derive(clap::Args)]
pub struct Get {
    pub entity: String,
    /// Left out for an entity with one object, such as Balance.
    pub id: Option<String>,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(clap::Args)]
pub struct Create {
    pub entity: String,
    /// A JSON object, @FILE, or - for standard input.
    #[arg(value_name = "JSON")]
    pub fields: String,
    /// Print the whole row instead of its id.
    #[arg(long)]
    pub row: bool,
}

#[derive(clap::Args)]
#[command(override_usage = "stripe-connector update [OPTIONS] <ENTITY> <ID> <JSON>
       stripe-connector update [OPTIONS] <ENTITY> --where <F> [--dry-run] <JSON>")]
pub struct Update {
    pub entity: String,
    /// The id, unless --where stands for it, and the changes: a JSON object, @FILE, or - for standard input.
    #[arg(value_name = "ID JSON", required = true, num_args = 1..=2)]
    pub rest: Vec<String>,
    /// Print the whole row instead of its id.
    #[arg(long, conflicts_with = "filter")]
    pub row: bool,
    #[command(flatten)]
    pub selection: Selection,
}

#[derive(clap::Args)]
pub struct Delete {
    pub entity: String,
    #[arg(conflicts_with = "filter")]
    pub id: Option<String>,
    #[command(flatten)]
    pub selection: Selection,
}

#[derive(clap::Args)]
pub struct Selection {
    /// Every object that fulfils this condition, instead of one by its id.
    #[arg(id = "filter", long = "where", value_name = "F")]
    pub filter: Option<String>,
    /// Count what --where selects, change nothing.
    #[arg(long, requires = "filter")]
    pub dry_run: bool,
}

#[derive(clap::Args)]
pub struct Run {
    pub action: String,
    /// A JSON object, @FILE, or - for standard input.
    #[arg(value_name = "JSON")]
    pub parameters: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after() {
        for line in ["x --json --api-base u list Customer", "x list Customer --api-base u --json"] {
            let args = Args::try_parse_from(line.split(' ')).unwrap_or_else(|e| panic!("{e}"));
            assert!(args.global.json && args.global.api_base.as_deref() == Some("u"), "{line}");
        }
    }

    #[test]
    fn an_id_and_a_filter_exclude_each_other() {
        assert!(Args::try_parse_from(["x", "delete", "Product", "prod_1", "--where", "f"]).is_err());
        assert!(Args::try_parse_from(["x", "delete", "Product", "--dry-run"]).is_err());
    }
}
