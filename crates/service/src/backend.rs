//! What the service asks of the connector and of its host, as a trait: the imports of the world `service`.

use crate::contract::actions::Outcome;
use crate::contract::catalog::{ActionSummary, Description, EntitySummary};
use crate::contract::connection::Status;
use crate::contract::entities::{BulkResult, Change, Page, Query, Row, Selection};
use crate::contract::log::Level;
use crate::contract::secrets::SecretError;
use crate::contract::types::{CallOptions, Failure};

/// Why a call has no result. Boxed, since it is large and rare.
pub type Failed = Box<Failure>;

/// The contract's functions that the service calls, under their names.
#[allow(missing_docs, reason = "the WIT is the documentation")]
pub trait Backend {
    fn list(&self, query: &Query, options: &CallOptions) -> Result<Page, Failed>;
    fn get(
        &self,
        entity: &str,
        id: Option<&str>,
        columns: Option<&[String]>,
        options: &CallOptions,
    ) -> Result<Row, Failed>;
    fn create(&self, entity: &str, fields: &str, options: &CallOptions) -> Result<Change, Failed>;
    fn update(
        &self,
        entity: &str,
        id: Option<&str>,
        fields: &str,
        options: &CallOptions,
    ) -> Result<Change, Failed>;
    fn delete(&self, entity: &str, id: Option<&str>, options: &CallOptions) -> Result<Change, Failed>;
    fn update_where(
        &self,
        selection: &Selection,
        fields: &str,
        options: &CallOptions,
    ) -> Result<BulkResult, Failed>;
    fn delete_where(&self, selection: &Selection, options: &CallOptions) -> Result<BulkResult, Failed>;
    fn execute(&self, action: &str, parameters: &str, options: &CallOptions) -> Result<Outcome, Failed>;
    fn entity_types(&self) -> Vec<EntitySummary>;
    fn entity_type(&self, name: &str) -> Result<Description, Failed>;
    fn actions(&self) -> Vec<ActionSummary>;
    fn action(&self, name: &str) -> Result<Description, Failed>;
    fn check_readiness(&self) -> Status;
    fn check_status(&self) -> Status;
    fn settings(&self) -> Vec<(String, String)>;
    fn secret(&self, name: &str, version: &str) -> Result<Vec<u8>, SecretError>;
    fn log(&self, level: Level, message: &str, fields: &[(String, String)]);
}
