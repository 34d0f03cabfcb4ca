// SPDX-License-Identifier: Apache-2.0
//! What a session is asked to do, and how the driver does it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use scylla::client::session::Session as Driver;
use scylla::cluster::metadata::Strategy;
use scylla::errors::{RequestAttemptError, RequestError};
use scylla::observability::history::{AttemptId, HistoryListener, RequestId, SpeculativeId};
use scylla::policies::retry::RetryDecision;
use scylla::response::{Coordinator, PagingState};
use scylla::statement::batch::Batch;
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::unprepared::Statement;

use crate::abi::Class;
use crate::error::Failure;
use crate::packed::{PackedRow, PackedRows};
use crate::result::{Columns, NodeInfo, Output};
use crate::session::Ticket;

#[derive(Clone)]
pub struct Prepared {
    pub statement: Arc<PreparedStatement>,
    pub params: usize,
    pub key: Arc<[u16]>,
}

pub enum Work {
    Prepare(String),
    Execute(Box<Execution>),
    Schema(String),
    Topology(String),
}

pub struct Command {
    pub work: Work,
    pub deadline: Instant,
    pub ticket: Ticket,
}

pub struct Execution {
    pub call: Call,
    pub rows: PackedRows,
    pub page_state: PagingState,
    pub contacted: Arc<Contacted>,
}

pub enum Call {
    /// Whatever it returns, at once.
    All(PreparedStatement),
    Page(PreparedStatement),
    Batch(Batch),
}

/// Those of a session, by their number less one.
pub type Statements = RwLock<Vec<Prepared>>;

/// The node that was asked last: the driver names the coordinator of an answer, but not of an error.
#[derive(Debug, Default)]
pub struct Contacted(Mutex<Option<SocketAddr>>);

impl HistoryListener for Contacted {
    fn log_request_start(&self) -> RequestId {
        RequestId(0)
    }
    fn log_request_success(&self, _: RequestId) {}
    fn log_request_error(&self, _: RequestId, _: &RequestError) {}
    fn log_new_speculative_fiber(&self, _: RequestId) -> SpeculativeId {
        SpeculativeId(0)
    }
    fn log_attempt_start(
        &self,
        _: RequestId,
        _: Option<SpeculativeId>,
        node: SocketAddr,
    ) -> AttemptId {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(node);
        AttemptId(0)
    }
    fn log_attempt_success(&self, _: AttemptId) {}
    fn log_attempt_error(&self, _: AttemptId, _: &RequestAttemptError, _: &RetryDecision) {}
}

/// One request from its start to its answer.
pub async fn run(driver: Arc<Driver>, statements: Arc<Statements>, command: Command) {
    let Command {
        work,
        deadline,
        ticket,
    } = command;
    let contacted = match &work {
        Work::Execute(execution) => Some(execution.contacted.clone()),
        _ => None,
    };
    let mut output = Output::default();
    let work = perform(&driver, &statements, work, &mut output);
    let outcome = tokio::time::timeout_at(deadline.into(), work).await;
    let outcome = outcome.unwrap_or_else(|_| {
        let waited = ticket.begin.elapsed().as_millis();
        Err(Failure::new(
            Class::ClientTimeout,
            format!("no answer within {waited} ms"),
        ))
    });
    let failure = outcome.as_ref().err().cloned();
    if let Err(failure) = &outcome
        && failure.class != Class::NoConnection
        && let Some(address) =
            contacted.and_then(|c| *c.0.lock().unwrap_or_else(PoisonError::into_inner))
    {
        output.coordinator = address.to_string().into();
        output.coordinator_dc = datacenter_of(&driver, address).into();
    }
    ticket.answer(outcome.ok().flatten(), failure, output);
}

fn datacenter_of(driver: &Driver, address: SocketAddr) -> String {
    let state = driver.get_cluster_state();
    state
        .get_nodes_info()
        .iter()
        .find(|node| node.address.ip() == address.ip() && node.address.port() == address.port())
        .and_then(|node| node.datacenter.clone())
        .unwrap_or_default()
}

fn note(coordinator: &Coordinator, output: &mut Output) {
    output.coordinator = coordinator.connection_address().to_string().into();
    output.coordinator_dc = coordinator
        .node()
        .datacenter
        .as_deref()
        .unwrap_or("")
        .into();
}

type Answer = Result<Option<[u8; 16]>, Failure>;

async fn perform(
    driver: &Driver,
    statements: &Statements,
    work: Work,
    output: &mut Output,
) -> Answer {
    match work {
        Work::Prepare(cql) => prepare(driver, statements, &cql, output).await,
        Work::Execute(execution) => execute(driver, *execution, output).await,
        Work::Schema(cql) => {
            let result = driver
                .query_unpaged(Statement::new(cql), ())
                .await
                .map_err(|e| Failure::from(&e))?;
            note(result.request_coordinator(), output);
            Ok(None)
        }
        Work::Topology(keyspace) => topology(driver, &keyspace, output).await,
    }
}

async fn prepare(
    driver: &Driver,
    statements: &Statements,
    cql: &str,
    output: &mut Output,
) -> Answer {
    let statement = driver.prepare(cql).await.map_err(|e| Failure::from(&e))?;
    let mut key: Vec<(u16, u16)> = statement
        .get_variable_pk_indexes()
        .iter()
        .map(|index| (index.sequence, index.index))
        .collect();
    key.sort_unstable();
    let key: Arc<[u16]> = key.into_iter().map(|(_, param)| param).collect();
    output.params = Columns::of(statement.get_variable_col_specs().iter());
    output.columns = Columns::of(statement.get_current_result_set_col_specs().get().iter());
    output.key_params = key.iter().copied().collect();
    let mut statements = statements.write().unwrap_or_else(PoisonError::into_inner);
    statements.push(Prepared {
        params: output.params.len(),
        statement: Arc::new(statement),
        key,
    });
    output.statement = u32::try_from(statements.len())
        .map_err(|_| Failure::new(Class::Invalid, "too many prepared statements"))?;
    Ok(None)
}

fn row(rows: &PackedRows) -> Result<PackedRow<'_>, Failure> {
    rows.row(0)
        .ok_or_else(|| Failure::new(Class::Internal, "a request without a row"))
}

async fn execute(driver: &Driver, execution: Execution, output: &mut Output) -> Answer {
    let Execution {
        call,
        rows,
        page_state,
        ..
    } = execution;
    let result = match call {
        Call::Batch(batch) => driver
            .batch(&batch, rows)
            .await
            .map_err(|e| Failure::from(&e))?,
        Call::All(statement) => driver
            .execute_unpaged(&statement, row(&rows)?)
            .await
            .map_err(|e| Failure::from(&e))?,
        Call::Page(statement) => {
            let (result, next) = driver
                .execute_single_page(&statement, row(&rows)?, page_state)
                .await
                .map_err(|e| Failure::from(&e))?;
            if let std::ops::ControlFlow::Continue(state) = next.into_paging_control_flow() {
                output.has_more = true;
                output.page_state = state
                    .as_bytes_slice()
                    .map(|s| Box::from(&s[..]))
                    .unwrap_or_default();
            }
            result
        }
    };
    note(result.request_coordinator(), output);
    let trace_id = result.tracing_id().map(|id| id.into_bytes());
    output.take_rows(result)?;
    Ok(trace_id)
}

async fn topology(driver: &Driver, keyspace: &str, output: &mut Output) -> Answer {
    driver
        .refresh_metadata()
        .await
        .map_err(|e| Failure::from(&e))?;
    let version = driver
        .check_schema_agreement()
        .await
        .map_err(|e| Failure::from(&e))?;
    output.schema_version = version.map(|v| v.to_string()).unwrap_or_default().into();
    let state = driver.get_cluster_state();
    output.cluster_name = state.cluster_name().into();
    output.nodes = state
        .get_nodes_info()
        .iter()
        .map(|node| NodeInfo {
            host_id: node.host_id.to_string().into(),
            address: format!("{}:{}", node.address.ip(), node.address.port()).into(),
            datacenter: node.datacenter.as_deref().unwrap_or("").into(),
            rack: node.rack.as_deref().unwrap_or("").into(),
            connected: node.is_connected(),
        })
        .collect();
    if keyspace.is_empty() {
        return Ok(None);
    }
    let Some(found) = state.get_keyspace(keyspace) else {
        return Err(Failure::new(
            Class::Invalid,
            format!("there is no keyspace {keyspace}"),
        ));
    };
    let mut replication: Vec<(Box<str>, u64)> = match &found.strategy {
        Strategy::SimpleStrategy { replication_factor } => {
            vec![("".into(), *replication_factor as u64)]
        }
        Strategy::NetworkTopologyStrategy {
            datacenter_repfactors,
        } => datacenter_repfactors
            .iter()
            .map(|(name, factor)| (name.as_str().into(), *factor as u64))
            .collect(),
        _ => Vec::new(),
    };
    replication.sort();
    output.replication = replication.into();
    Ok(None)
}
