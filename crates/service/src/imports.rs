//! The connector and the host as the world's imports give them.

use crate::backend::{Backend, Failed};
use crate::contract::actions::{self, Outcome};
use crate::contract::catalog::{self, ActionSummary, Description, EntitySummary};
use crate::contract::connection::{self, Status};
use crate::contract::entities::{self, BulkResult, Change, Page, Query, Row, Selection};
use crate::contract::log::{self, Level};
use crate::contract::secrets::{self, Reference, SecretError};
use crate::contract::settings;
use crate::contract::types::CallOptions;

/// The imports of the component.
pub struct Imports;

impl Backend for Imports {
    fn list(&self, query: &Query, options: &CallOptions) -> Result<Page, Failed> {
        entities::list(query, options).map_err(Box::new)
    }

    fn get(
        &self,
        entity: &str,
        id: Option<&str>,
        columns: Option<&[String]>,
        options: &CallOptions,
    ) -> Result<Row, Failed> {
        entities::get(entity, id, columns, false, options).map_err(Box::new)
    }

    fn create(&self, entity: &str, fields: &str, options: &CallOptions) -> Result<Change, Failed> {
        entities::create(entity, fields, options).map_err(Box::new)
    }

    fn update(
        &self,
        entity: &str,
        id: Option<&str>,
        fields: &str,
        options: &CallOptions,
    ) -> Result<Change, Failed> {
        entities::update(entity, id, fields, options).map_err(Box::new)
    }

    fn delete(&self, entity: &str, id: Option<&str>, options: &CallOptions) -> Result<Change, Failed> {
        entities::delete(entity, id, options).map_err(Box::new)
    }

    fn update_where(
        &self,
        selection: &Selection,
        fields: &str,
        options: &CallOptions,
    ) -> Result<BulkResult, Failed> {
        entities::update_where(selection, fields, options).map_err(Box::new)
    }

    fn delete_where(&self, selection: &Selection, options: &CallOptions) -> Result<BulkResult, Failed> {
        entities::delete_where(selection, options).map_err(Box::new)
    }

    fn execute(&self, action: &str, parameters: &str, options: &CallOptions) -> Result<Outcome, Failed> {
        actions::execute(action, parameters, options).map_err(Box::new)
    }

    fn entity_types(&self) -> Vec<EntitySummary> {
        catalog::list_entity_types()
    }

    fn entity_type(&self, name: &str) -> Result<Description, Failed> {
        catalog::get_entity_type(name).map_err(Box::new)
    }

    fn actions(&self) -> Vec<ActionSummary> {
        catalog::list_actions()
    }

    fn action(&self, name: &str) -> Result<Description, Failed> {
        catalog::get_action(name).map_err(Box::new)
    }

    fn check_readiness(&self) -> Status {
        connection::check_readiness()
    }

    fn check_status(&self) -> Status {
        connection::check_status()
    }

    fn settings(&self) -> Vec<(String, String)> {
        settings::all()
    }

    fn secret(&self, name: &str, version: &str) -> Result<Vec<u8>, SecretError> {
        secrets::get(&Reference { name: name.to_owned(), version: version.to_owned() })
    }

    fn log(&self, level: Level, message: &str, fields: &[(String, String)]) {
        if log::enabled(level) {
            log::write(level, message, fields);
        }
    }
}
