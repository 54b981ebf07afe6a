//! Tests of the built component in a real host: one binary, since each links the whole of wasmtime.

mod bad_ids;
mod bad_input;
mod bulk;
mod canary;
mod command;
mod command_all;
mod command_lists;
mod command_sandbox;
mod command_usage;
mod contract;
mod entities;
mod everything;
mod failures;
mod filters;
mod instances;
mod judge;
mod judge_asking;
mod judge_table;
mod judge_whole;
mod paging;
mod requests;
mod rows;
mod sample;
mod sdk;
mod seed;
mod specials;
