//! An answer before it goes out.

use crate::error::ApiError;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// To be handed back once the answer went out or was dropped.
    pub ticket: Option<Ticket>,
}

#[derive(Debug, Clone)]
pub struct Ticket;

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Answer {
        let status = error.status;
        Answer { status, headers: Vec::new(), body: error.body().to_string(), ticket: None }
    }
}
