// SPDX-License-Identifier: Apache-2.0
//! The structures of `include/fleet_cql_bridge.h`, field by field. Both sides assert the sizes.

use std::slice;

pub const ABI_VERSION: u32 = 1;
pub const NO_TIMESTAMP: i64 = i64::MIN;
pub const NO_SERIAL: u16 = 0xFFFF;
pub const UNKNOWN_CONSISTENCY: u16 = 0xFFFF;
pub const FLAG_IDEMPOTENT: u8 = 1;
pub const FLAG_TRACE: u8 = 2;

#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    Null = 1,
    NoSession = 2,
    Closed = 3,
    Full = 4,
    NoStatement = 5,
    BadConfig = 6,
    BadArgument = 7,
    BadRow = 8,
    MixedPartitions = 9,
    TooLarge = 10,
    Panic = 11,
}

#[repr(u16)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    None = 0,
    Unavailable = 1,
    WriteTimeout = 2,
    ReadTimeout = 3,
    WriteFailure = 4,
    ReadFailure = 5,
    Overloaded = 6,
    Bootstrapping = 7,
    ClientTimeout = 8,
    NoConnection = 9,
    Broken = 10,
    Syntax = 11,
    Invalid = 12,
    Unauthorized = 13,
    Authentication = 14,
    AlreadyExists = 15,
    SchemaAgreement = 16,
    Server = 17,
    Protocol = 18,
    Cancelled = 19,
    Internal = 20,
}

#[repr(u16)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Connect = 0,
    Prepare = 1,
    Execute = 2,
    Schema = 3,
    Topology = 4,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    pub data: *const u8,
    pub len: usize,
}

impl Slice {
    pub const EMPTY: Slice = Slice {
        data: std::ptr::null(),
        len: 0,
    };

    pub fn of(bytes: &[u8]) -> Slice {
        Slice {
            data: bytes.as_ptr(),
            len: bytes.len(),
        }
    }

    /// The bytes, or `Status::Null` for a null pointer with a length.
    ///
    /// # Safety
    /// A pointer that is not null must be readable for `len` bytes during `'a`.
    pub unsafe fn bytes<'a>(self) -> Result<&'a [u8], Status> {
        match (self.data.is_null(), self.len) {
            (_, 0) => Ok(&[]),
            (true, _) => Err(Status::Null),
            (false, len) if len > isize::MAX as usize => Err(Status::BadArgument),
            // SAFETY: the caller vouches for the pointer; the length was checked.
            (false, len) => Ok(unsafe { slice::from_raw_parts(self.data, len) }),
        }
    }

    /// # Safety
    /// As for `bytes`.
    pub unsafe fn text<'a>(self) -> Result<&'a str, Status> {
        // SAFETY: passed on to the caller.
        std::str::from_utf8(unsafe { self.bytes() }?).map_err(|_| Status::BadArgument)
    }
}

#[repr(C)]
pub struct Config {
    pub contact_points: Slice,
    pub home_dc: Slice,
    pub remote_dc: Slice,
    pub user: Slice,
    pub password: Slice,
    pub tls_ca_file: Slice,
    pub event_fd: i32,
    pub connect_timeout_ms: u32,
    pub schema_timeout_ms: u32,
    pub max_in_flight: u32,
    pub max_batch_rows: u32,
    pub max_batch_bytes: u32,
    pub compression: u8,
    pub tls_verify_host: u8,
    pub reserved: [u8; 6],
}

#[repr(C)]
pub struct Request {
    pub tag: u64,
    pub rows: Slice,
    pub page_state: Slice,
    pub timestamp_us: i64,
    pub statement: u32,
    pub row_count: u32,
    pub timeout_ms: u32,
    pub page_rows: u32,
    pub consistency: u16,
    pub serial: u16,
    pub route: u8,
    pub flags: u8,
    pub reserved: [u8; 2],
}

#[repr(C)]
pub struct Completion {
    pub tag: u64,
    pub latency_us: u64,
    pub result: *mut crate::result::Output,
    pub trace_id: [u8; 16],
    pub required: i32,
    pub received: i32,
    pub alive: i32,
    pub failures: i32,
    pub kind: u16,
    pub error: u16,
    pub consistency: u16,
    pub has_trace: u8,
    pub data_present: u8,
}

#[repr(C)]
#[derive(Debug)]
pub struct Column {
    pub name: Slice,
    pub type_name: Slice,
}

#[repr(C)]
#[derive(Debug)]
pub struct Node {
    pub host_id: Slice,
    pub address: Slice,
    pub datacenter: Slice,
    pub rack: Slice,
    pub connected: u64,
}

#[repr(C)]
#[derive(Debug)]
pub struct Replication {
    pub datacenter: Slice,
    pub factor: u64,
}

#[repr(C)]
pub struct View {
    pub message: Slice,
    pub coordinator: Slice,
    pub coordinator_dc: Slice,
    pub write_type: Slice,
    pub page: Slice,
    pub page_state: Slice,
    pub cluster_name: Slice,
    pub schema_version: Slice,
    pub params: *const Column,
    pub columns: *const Column,
    pub key_params: *const u16,
    pub nodes: *const Node,
    pub replication: *const Replication,
    pub param_count: u32,
    pub column_count: u32,
    pub key_param_count: u32,
    pub node_count: u32,
    pub replication_count: u32,
    pub row_count: u32,
    pub statement: u32,
    pub has_more: u32,
}

const _: () = {
    assert!(size_of::<usize>() == 8);
    assert!(size_of::<Slice>() == 16);
    assert!(size_of::<Config>() == 128);
    assert!(size_of::<Request>() == 72);
    assert!(size_of::<Completion>() == 64);
    assert!(size_of::<Column>() == 32);
    assert!(size_of::<Node>() == 72);
    assert!(size_of::<Replication>() == 24);
    assert!(size_of::<View>() == 200);
};
