//! The file that people review: one line to an operation, with what it is and what decided it.

use std::fmt;

use super::{EntityMap, EntityOperation, Mapping, OperationMap, Special, Target};

impl Mapping {
    /// Sorted by path, then by method.
    pub fn to_text(&self) -> String {
        let mut operations: Vec<_> = self.operations.iter().collect();
        operations.sort_by_key(|operation| (&operation.path, operation.method));
        let rows: Vec<_> = operations
            .into_iter()
            .map(|operation| (operation, format!("{}{}", self.target(&operation.target), marks(operation))))
            .collect();
        let path = rows.iter().map(|(operation, _)| operation.path.len()).max().unwrap_or_default();
        let target = rows.iter().map(|(_, target)| target.len()).max().unwrap_or_default();
        let line = |(operation, what): &(&OperationMap, String)| {
            let OperationMap { method, path: at, rule, .. } = operation;
            format!("{method:6} {at:path$} -> {what:target$}  {rule}\n")
        };
        let lines: String = rows.iter().map(line).collect();
        format!("# {self}\n{lines}")
    }

    pub(super) fn target(&self, target: &Target) -> String {
        match target {
            Target::Entity { entity, operation } => format!("{entity}.{operation}"),
            Target::Search { entity } => format!("search of {entity}"),
            Target::Action { name } => format!("action {name}"),
            Target::Alias { of } => {
                let of = self.operations.get(*of);
                format!("alias of {}", of.map(|of| self.target(&of.target)).unwrap_or_default())
            }
        }
    }
}

fn marks(operation: &OperationMap) -> String {
    let special = operation.special.map(|special| match special {
        Special::Upload => " (upload)",
        Special::Download => " (download)",
        Special::EventStream => " (event stream)",
    });
    let test_only = operation.test_only.then_some(" (test-only)");
    special.into_iter().chain(test_only).collect()
}

impl EntityMap {
    /// Every name that means it.
    pub fn spellings(&self) -> Vec<&str> {
        [&self.name, &self.plural].into_iter().chain(&self.aliases).map(String::as_str).collect()
    }
}

/// The statistics that end a run.
impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operations, entities) = (self.operations.len(), self.entities.len());
        let test_only = self.actions.iter().filter(|action| action.test_only).count();
        let searches = self.entities.iter().filter(|entity| entity.search.is_some()).count();
        let is_alias = |operation: &&OperationMap| matches!(operation.target, Target::Alias { .. });
        let aliases = self.operations.iter().filter(is_alias).count();
        write!(
            f,
            "{}: {operations} operations, {entities} entities, {} actions ({test_only} test-only), {searches} searches, {aliases} aliases",
            self.version,
            self.actions.len(),
        )
    }
}

impl fmt::Display for EntityOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "List",
            Self::Get => "Get",
            Self::Create => "Create",
            Self::Update => "Update",
            Self::Delete => "Delete",
        })
    }
}
