// SPDX-License-Identifier: Apache-2.0
//! A C ABI over the scylla crate; `include/fleet_cql_bridge.h` is its contract.
#![deny(unsafe_op_in_unsafe_fn)]

mod abi;
mod config;
mod error;
mod packed;
mod queue;
mod result;
mod session;
mod work;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use abi::{Class, Completion, Config, Request, Slice, Status, UNKNOWN_CONSISTENCY, View};
use config::Settings;
use result::{Done, Output};
use session::Session;

static SESSIONS: LazyLock<RwLock<HashMap<u64, Arc<Session>>>> = LazyLock::new(RwLock::default);
static NEXT: AtomicU64 = AtomicU64::new(1);

/// No panic crosses into C.
fn guarded(call: impl FnOnce() -> Result<(), Status>) -> Status {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => Status::Ok,
        Ok(Err(status)) => status,
        Err(_) => Status::Panic,
    }
}

fn find(session: u64) -> Result<Arc<Session>, Status> {
    let sessions = SESSIONS.read().unwrap_or_else(PoisonError::into_inner);
    sessions.get(&session).cloned().ok_or(Status::NoSession)
}

#[unsafe(no_mangle)]
pub extern "C" fn fcql_abi_version() -> u32 {
    abi::ABI_VERSION
}

/// # Safety
/// `config` and its slices must be readable, `session` writable, `error` null or writable for `error_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_open(
    config: *const Config,
    session: *mut u64,
    error: *mut u8,
    error_size: usize,
) -> Status {
    let mut text = String::new();
    let status = guarded(|| {
        if config.is_null() || session.is_null() {
            return Err(Status::Null);
        }
        // SAFETY: not null; the caller vouches for the rest.
        let config = unsafe { &*config };
        // SAFETY: as above.
        let settings = unsafe { Settings::read(config) }.map_err(|(status, message)| {
            text = message;
            status
        })?;
        let opened = Session::open(settings, config.event_fd).map_err(|message| {
            text = message;
            Status::BadConfig
        })?;
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut sessions = SESSIONS.write().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(id, Arc::new(opened));
        // SAFETY: not null; the caller vouches that it may be written.
        unsafe { session.write(id) };
        Ok(())
    });
    if !error.is_null() && error_size > 0 {
        let length = text.len().min(error_size - 1);
        // SAFETY: the caller vouches for `error_size` bytes, and `length` is less.
        unsafe {
            std::ptr::copy_nonoverlapping(text.as_ptr(), error, length);
            error.add(length).write(0);
        }
    }
    status
}

/// # Safety
/// `cql` must be readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_prepare(
    session: u64,
    tag: u64,
    cql: Slice,
    timeout_ms: u32,
) -> Status {
    // SAFETY: the caller vouches for the slice.
    guarded(|| find(session)?.prepare(tag, unsafe { cql.text() }?, timeout_ms))
}

/// # Safety
/// `request` and its slices must be readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_execute(session: u64, request: *const Request) -> Status {
    guarded(|| {
        if request.is_null() {
            return Err(Status::Null);
        }
        // SAFETY: not null; the caller vouches for the rest.
        unsafe { find(session)?.execute(&*request) }
    })
}

/// # Safety
/// `cql` must be readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_schema(
    session: u64,
    tag: u64,
    cql: Slice,
    timeout_ms: u32,
) -> Status {
    // SAFETY: the caller vouches for the slice.
    guarded(|| find(session)?.schema(tag, unsafe { cql.text() }?, timeout_ms))
}

/// # Safety
/// `keyspace` must be readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_topology(
    session: u64,
    tag: u64,
    keyspace: Slice,
    timeout_ms: u32,
) -> Status {
    // SAFETY: the caller vouches for the slice.
    guarded(|| find(session)?.topology(tag, unsafe { keyspace.text() }?, timeout_ms))
}

/// # Safety
/// `count` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_in_flight(session: u64, count: *mut u32) -> Status {
    guarded(|| {
        if count.is_null() {
            return Err(Status::Null);
        }
        let found = find(session)?.in_flight();
        // SAFETY: not null; the caller vouches that it may be written.
        unsafe { count.write(u32::try_from(found).unwrap_or(u32::MAX)) };
        Ok(())
    })
}

/// # Safety
/// `out` must be writable for `capacity` completions, `count` for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_poll(
    session: u64,
    out: *mut Completion,
    capacity: usize,
    count: *mut usize,
) -> Status {
    guarded(|| {
        if out.is_null() || count.is_null() {
            return Err(Status::Null);
        }
        let done = find(session)?.poll(capacity);
        let taken = done.len();
        for (index, one) in done.into_iter().enumerate() {
            // SAFETY: `index` is below `capacity`, for which the caller vouches.
            unsafe { out.add(index).write(completion(one)) };
        }
        // SAFETY: not null; the caller vouches that it may be written.
        unsafe { count.write(taken) };
        Ok(())
    })
}

fn completion(done: Done) -> Completion {
    let failure = done.failure.as_ref();
    let number = |of: fn(&error::Failure) -> i32| failure.map_or(-1, of);
    Completion {
        tag: done.tag,
        latency_us: done.latency_us,
        trace_id: done.trace_id.unwrap_or_default(),
        required: number(|f| f.required),
        received: number(|f| f.received),
        alive: number(|f| f.alive),
        failures: number(|f| f.failures),
        kind: done.kind as u16,
        error: failure.map_or(Class::None, |f| f.class) as u16,
        consistency: failure.map_or(UNKNOWN_CONSISTENCY, |f| f.consistency),
        has_trace: done.trace_id.is_some().into(),
        data_present: failure.is_some_and(|f| f.data_present).into(),
        result: Box::into_raw(done.output),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn fcql_close(session: u64) -> Status {
    guarded(|| match find(session)?.close() {
        Status::Ok => Ok(()),
        other => Err(other),
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn fcql_free(session: u64) -> Status {
    guarded(|| {
        let mut sessions = SESSIONS.write().unwrap_or_else(PoisonError::into_inner);
        let found = sessions.remove(&session);
        // Closing waits for a thread; others must not wait for that.
        drop(sessions);
        match found.ok_or(Status::NoSession)?.close() {
            Status::Panic => Err(Status::Panic),
            _ => Ok(()),
        }
    })
}

/// # Safety
/// `result` must come from a completion and not be freed, `view` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_result_view(result: *const Output, view: *mut View) -> Status {
    guarded(|| {
        if result.is_null() || view.is_null() {
            return Err(Status::Null);
        }
        // SAFETY: not null; the caller vouches for the rest.
        unsafe { view.write((*result).view()) };
        Ok(())
    })
}

/// # Safety
/// `result` must be null, or come from a completion and not be freed before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fcql_result_free(result: *mut Output) {
    if !result.is_null() {
        // SAFETY: it came from `Box::into_raw`, and the caller vouches that this is the only call.
        drop(unsafe { Box::from_raw(result) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_stops_at_the_boundary() {
        assert_eq!(guarded(|| panic!("on purpose, by a test")), Status::Panic);
    }

    #[test]
    fn what_is_not_there_is_refused() {
        assert_eq!(fcql_close(0), Status::NoSession);
        assert_eq!(fcql_free(u64::MAX), Status::NoSession);
        // SAFETY: null is what these calls must survive.
        unsafe {
            let null = std::ptr::null_mut();
            assert_eq!(fcql_execute(1, std::ptr::null()), Status::Null);
            assert_eq!(
                fcql_open(std::ptr::null(), null, null.cast(), 0),
                Status::Null
            );
            assert_eq!(
                fcql_result_view(std::ptr::null(), null.cast()),
                Status::Null
            );
            fcql_result_free(null.cast());
        }
    }
}
