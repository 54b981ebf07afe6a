//! The connector and the host as the world's imports give them.

use crate::backend::Backend;
use crate::contract::actions::{self, Outcome};
use crate::contract::catalog::{self, ActionSummary, Description, EntitySummary};
use crate::contract::connection::{self, Status};
use crate::contract::entities::{self, BulkResult, Change, Page, Query, Row, Selection};
use crate::contract::log::{self, Level};
use crate::contract::secrets::{self, Reference, SecretError};
use crate::contract::settings;
use crate::contract::types::{CallOptions, Failure};

/// The imports of the component.
pub struct Imports;

impl Backend for Imports {
    fn list(&self, query: &Query, options: &CallOptions) -> Result<Page, Failure> {
        entities::list(query, options)
    }

    fn get(
        &self,
        entity: &str,
        id: Option<&str>,
        columns: Option<&[String]>,
        options: &CallOptions,
    ) -> Result<Row, Failure> {
        entities::get(entity, id, columns, false, options)
    }

    fn create(&self, entity: &str, fields: &str, options: &CallOptions) -> Result<Change, Failure> {
        entities::create(entity, fields, options)
    }

    fn update(
        &self,
        entity: &str,
        id: Option<&str>,
        fields: &str,
        options: &CallOptions,
    ) -> Result<Change, Failure> {
        entities::update(entity, id, fields, options)
    }

    fn delete(&self, entity: &str, id: Option<&str>, options: &CallOptions) -> Result<Change, Failure> {
        entities::delete(entity, id, options)
    }

    fn update_where(
        &self,
        selection: &Selection,
        fields: &str,
        options: &CallOptions,
    ) -> Result<BulkResult, Failure> {
        entities::update_where(selection, fields, options)
    }

    fn delete_where(&self, selection: &Selection, options: &CallOptions) -> Result<BulkResult, Failure> {
        entities::delete_where(selection, options)
    }

    fn execute(&self, action: &str, parameters: &str, options: &CallOptions) -> Result<Outcome, Failure> {
        actions::execute(action, parameters, options)
    }

    fn entity_types(&self) -> Vec<EntitySummary> {
        catalog::list_entity_types()
    }

    fn entity_type(&self, name: &str) -> Result<Description, Failure> {
        catalog::get_entity_type(name)
    }

    fn actions(&self) -> Vec<ActionSummary> {
        catalog::list_actions()
    }

    fn action(&self, name: &str) -> Result<Description, Failure> {
        catalog::get_action(name)
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
