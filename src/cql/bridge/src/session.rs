// SPDX-License-Identifier: Apache-2.0
//! A session: the runtime's thread, what it was asked, and the promise that every accepted request is answered once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use scylla::client::execution_profile::ExecutionProfileHandle;
use scylla::client::session::Session as Driver;
use scylla::response::PagingState;
use scylla::statement::batch::{Batch, BatchStatement, BatchType};
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency, SerialConsistency};
use tokio::sync::{mpsc, oneshot};

use crate::abi::{self, Class, Kind, Status};
use crate::config::Settings;
use crate::error::Failure;
use crate::packed::{PackedError, PackedRows};
use crate::queue::Queue;
use crate::result::{Done, Output};
use crate::work::{Call, Command, Contacted, Execution, Statements, Work, run};

/// How long a closing session waits for a name look-up that the system does not let go.
const SHUTDOWN_WAIT: Duration = Duration::from_secs(1);

pub struct Session {
    shared: Arc<Shared>,
    commands: Mutex<Option<mpsc::UnboundedSender<Command>>>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    settings: Settings,
    profiles: [ExecutionProfileHandle; 3],
    queue: Queue<Done>,
    in_flight: AtomicUsize,
    closed: AtomicBool,
    statements: Arc<Statements>,
    driver: OnceLock<Arc<Driver>>,
}

/// The right to answer one request. Dropped without an answer, it gives one: cancelled, or internal when a panic drops it.
pub struct Ticket {
    shared: Arc<Shared>,
    tag: u64,
    kind: Kind,
    pub begin: Instant,
    answered: bool,
}

impl Ticket {
    pub fn answer(mut self, trace_id: Option<[u8; 16]>, failure: Option<Failure>, output: Output) {
        self.push(trace_id, failure, output);
    }

    pub fn fail(mut self, failure: Failure) {
        self.push(None, Some(failure), Output::default());
    }

    fn push(&mut self, trace_id: Option<[u8; 16]>, failure: Option<Failure>, mut output: Output) {
        self.answered = true;
        if let Some(failure) = &failure {
            output.message = failure.message.as_str().into();
            output.write_type = failure.write_type.as_str().into();
        }
        let micros = self.begin.elapsed().as_micros();
        self.shared.queue.push(Done {
            tag: self.tag,
            kind: self.kind,
            latency_us: u64::try_from(micros).unwrap_or(u64::MAX),
            trace_id,
            failure,
            output: output.finish(),
        });
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.answered {
            let failure = if std::thread::panicking() {
                Failure::new(Class::Internal, "a task of the driver's bridge panicked")
            } else {
                Failure::new(Class::Cancelled, "the session was closed")
            };
            self.push(None, Some(failure), Output::default());
        }
    }
}

impl Session {
    pub fn open(settings: Settings, event_fd: i32) -> Result<Session, String> {
        let profiles = settings.profiles();
        let builder = settings.builder(&profiles[abi_route::ANY])?;
        let queue = Queue::new(event_fd).map_err(|e| format!("the eventfd: {e}"))?;
        let shared = Arc::new(Shared {
            settings,
            profiles,
            queue,
            in_flight: AtomicUsize::new(1),
            closed: AtomicBool::new(false),
            statements: Arc::default(),
            driver: OnceLock::new(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| format!("the runtime: {e}"))?;
        let (commands, receiver) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let ticket = shared.ticket(0, Kind::Connect);
        let main_shared = shared.clone();
        let thread = std::thread::Builder::new()
            .name("fleet-cql".to_string())
            .spawn(move || {
                runtime.block_on(async move {
                    tokio::select! {
                        _ = stopped => {}
                        () = serve(main_shared, builder, ticket, receiver) => {}
                    }
                });
                // Drops the tasks, and with them their tickets.
                runtime.shutdown_timeout(SHUTDOWN_WAIT);
            })
            .map_err(|e| format!("the runtime's thread: {e}"))?;
        Ok(Session {
            shared,
            commands: Mutex::new(Some(commands)),
            stop: Mutex::new(Some(stop)),
            thread: Mutex::new(Some(thread)),
        })
    }

    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::Relaxed)
    }

    /// The caller's slots are free again when this returns.
    pub fn poll(&self, at_most: usize) -> Vec<Done> {
        let done = self.shared.queue.take(at_most);
        self.shared
            .in_flight
            .fetch_sub(done.len(), Ordering::Relaxed);
        done
    }

    pub fn prepare(&self, tag: u64, cql: &str, timeout_ms: u32) -> Result<(), Status> {
        self.submit(
            tag,
            Kind::Prepare,
            Work::Prepare(cql.to_string()),
            timeout_ms,
        )
    }

    pub fn schema(&self, tag: u64, cql: &str, timeout_ms: u32) -> Result<(), Status> {
        self.submit(tag, Kind::Schema, Work::Schema(cql.to_string()), timeout_ms)
    }

    pub fn topology(&self, tag: u64, keyspace: &str, timeout_ms: u32) -> Result<(), Status> {
        self.submit(
            tag,
            Kind::Topology,
            Work::Topology(keyspace.to_string()),
            timeout_ms,
        )
    }

    /// # Safety
    /// The slices of the request must be readable.
    pub unsafe fn execute(&self, request: &abi::Request) -> Result<(), Status> {
        // SAFETY: passed on to the caller.
        let (rows, page_state) = unsafe { (request.rows.bytes()?, request.page_state.bytes()?) };
        let settings = &self.shared.settings;
        let row_count = request.row_count as usize;
        if row_count == 0 || request.page_rows > i32::MAX as u32 {
            return Err(Status::BadArgument);
        }
        if row_count > 1
            && (row_count > settings.max_batch_rows || rows.len() > settings.max_batch_bytes)
        {
            return Err(Status::TooLarge);
        }
        let route = usize::from(request.route);
        let profile = self.shared.profiles.get(route).ok_or(Status::BadArgument)?;
        if route == abi_route::REMOTE && settings.remote_dc.is_empty() {
            return Err(Status::BadArgument);
        }
        let prepared = {
            let statements = self.shared.statements.read();
            let statements = statements.unwrap_or_else(PoisonError::into_inner);
            let index = (request.statement as usize).checked_sub(1);
            index.and_then(|i| statements.get(i)).cloned()
        }
        .ok_or(Status::NoStatement)?;
        if row_count > 1 && prepared.key.is_empty() {
            // Without the whole partition key among the markers, nobody can say that it is one partition.
            return Err(Status::MixedPartitions);
        }
        let rows = PackedRows::parse(rows, row_count, prepared.params, &prepared.key).map_err(
            |error| match error {
                PackedError::MixedPartitions => Status::MixedPartitions,
                _ => Status::BadRow,
            },
        )?;
        let consistency =
            Consistency::try_from(request.consistency).map_err(|_| Status::BadArgument)?;
        let serial = match request.serial {
            abi::NO_SERIAL => None,
            code => Some(
                i16::try_from(code)
                    .ok()
                    .and_then(|code| SerialConsistency::try_from(code).ok())
                    .ok_or(Status::BadArgument)?,
            ),
        };
        let timestamp = Some(request.timestamp_us).filter(|t| *t != abi::NO_TIMESTAMP);
        let idempotent = request.flags & abi::FLAG_IDEMPOTENT != 0;
        let trace = request.flags & abi::FLAG_TRACE != 0;
        let contacted = Arc::new(Contacted::default());
        macro_rules! configure {
            ($statement:ident) => {
                $statement.set_consistency(consistency);
                $statement.set_serial_consistency(serial);
                $statement.set_timestamp(timestamp);
                $statement.set_is_idempotent(idempotent);
                $statement.set_tracing(trace);
                $statement.set_execution_profile_handle(Some(profile.clone()));
                $statement.set_history_listener(contacted.clone());
            };
        }
        let call = if row_count == 1 {
            let mut statement = PreparedStatement::clone(&prepared.statement);
            configure!(statement);
            if request.page_rows > 0 {
                statement.set_page_size(request.page_rows as i32);
                Call::Page(statement)
            } else {
                Call::All(statement)
            }
        } else {
            let one = BatchStatement::from(PreparedStatement::clone(&prepared.statement));
            let mut batch = Batch::new_with_statements(BatchType::Unlogged, vec![one; row_count]);
            configure!(batch);
            Call::Batch(batch)
        };
        let execution = Execution {
            call,
            rows,
            page_state: if page_state.is_empty() {
                PagingState::start()
            } else {
                PagingState::new_from_raw_bytes(page_state)
            },
            contacted,
        };
        let work = Work::Execute(Box::new(execution));
        self.submit(request.tag, Kind::Execute, work, request.timeout_ms)
    }

    fn submit(&self, tag: u64, kind: Kind, work: Work, timeout_ms: u32) -> Result<(), Status> {
        if timeout_ms == 0 {
            return Err(Status::BadArgument);
        }
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(commands) = commands.as_ref() else {
            return Err(Status::Closed);
        };
        let limit = self.shared.settings.max_in_flight;
        let slot = self
            .shared
            .in_flight
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                (n < limit).then_some(n + 1)
            });
        if slot.is_err() {
            return Err(Status::Full);
        }
        let ticket = self.shared.ticket(tag, kind);
        let deadline = ticket.begin + Duration::from_millis(timeout_ms.into());
        let command = Command {
            work,
            deadline,
            ticket,
        };
        // A runtime that is gone gives the command back; dropping it answers "cancelled".
        drop(commands.send(command));
        Ok(())
    }

    pub fn close(&self) -> Status {
        if self.shared.closed.swap(true, Ordering::SeqCst) {
            return Status::Closed;
        }
        drop(
            self.commands
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        if let Some(stop) = self
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            // Fails only when the thread has ended already.
            let _ = stop.send(());
        }
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match thread.map(JoinHandle::join) {
            Some(Err(_)) => Status::Panic,
            _ => Status::Ok,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close();
    }
}

mod abi_route {
    pub const ANY: usize = 1;
    pub const REMOTE: usize = 2;
}

impl Shared {
    fn ticket(self: &Arc<Self>, tag: u64, kind: Kind) -> Ticket {
        Ticket {
            shared: self.clone(),
            tag,
            kind,
            begin: Instant::now(),
            answered: false,
        }
    }
}

/// Connects, then starts a task for each command until the channel closes.
async fn serve(
    shared: Arc<Shared>,
    builder: scylla::client::session_builder::SessionBuilder,
    ticket: Ticket,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let limit = shared.settings.connect_timeout;
    let refused = match tokio::time::timeout(limit, builder.build()).await {
        Ok(Ok(driver)) => {
            // Nobody else sets it.
            let _ = shared.driver.set(Arc::new(driver));
            None
        }
        Ok(Err(error)) => Some(Failure::from(&error)),
        Err(_) => {
            let text = format!("no session within {} ms", limit.as_millis());
            Some(Failure::new(Class::ClientTimeout, text))
        }
    };
    match &refused {
        None => ticket.answer(None, None, Output::default()),
        Some(failure) => ticket.fail(failure.clone()),
    }
    while let Some(command) = commands.recv().await {
        match (shared.driver.get(), &refused) {
            (Some(driver), _) => {
                tokio::spawn(run(driver.clone(), shared.statements.clone(), command));
            }
            (None, Some(failure)) => command.ticket.fail(failure.clone()),
            (None, None) => drop(command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    /// A session whose only contact point refuses; a socket stands in for the eventfd.
    fn session(event: &UnixStream) -> Session {
        let settings = Settings {
            contact_points: vec!["127.0.0.1:1".to_string()],
            home_dc: String::new(),
            remote_dc: String::new(),
            user: String::new(),
            password: String::new(),
            tls_ca_file: String::new(),
            tls_verify_host: true,
            lz4: false,
            connect_timeout: Duration::from_secs(5),
            schema_timeout: Duration::from_secs(5),
            max_in_flight: 2,
            max_batch_rows: 10,
            max_batch_bytes: 1000,
        };
        Session::open(settings, event.as_raw_fd()).expect("a session opens before it connects")
    }

    fn answers(session: &Session) -> Vec<(u64, Class)> {
        let class = |done: &Done| done.failure.as_ref().map_or(Class::None, |f| f.class);
        let done = session.poll(10);
        done.iter().map(|done| (done.tag, class(done))).collect()
    }

    #[test]
    fn a_panic_is_answered_as_a_fault_of_ours() {
        let (event, _other) = UnixStream::pair().expect("a pair");
        let session = session(&event);
        let ticket = session.shared.ticket(7, Kind::Execute);
        let task = std::thread::spawn(move || {
            let _held = ticket;
            panic!("on purpose, by a test");
        });
        assert!(task.join().is_err());
        assert!(answers(&session).contains(&(7, Class::Internal)));
    }

    #[test]
    fn closing_answers_everything_once() {
        let (event, _other) = UnixStream::pair().expect("a pair");
        let session = session(&event);
        session
            .prepare(8, "SELECT 1", 60_000)
            .expect("one more fits");
        assert_eq!(session.prepare(9, "SELECT 1", 60_000), Err(Status::Full));
        assert_eq!(session.close(), Status::Ok);
        assert_eq!(session.close(), Status::Closed);
        assert_eq!(session.prepare(10, "SELECT 1", 60_000), Err(Status::Closed));
        let mut tags: Vec<u64> = answers(&session).iter().map(|(tag, _)| *tag).collect();
        tags.sort_unstable(); // the connection may fail before or after the statement that waits for it
        assert_eq!(tags, [0, 8]);
        assert_eq!(session.in_flight(), 0);
        assert!(answers(&session).is_empty());
    }
}
