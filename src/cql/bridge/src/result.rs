// SPDX-License-Identifier: Apache-2.0
//! What a completion points at: everything is copied out of the driver, so a result that is kept pins no connection.

use scylla::deserialize::row::ColumnIterator;
use scylla::frame::response::result::{CollectionType, ColumnSpec, ColumnType, NativeType};
use scylla::response::query_result::QueryResult;

use crate::abi::{Class, Column, Kind, Node, Replication, Slice, View};
use crate::error::Failure;

/// Text that stays where it is while `Output` lives, so that views may point at it.
type Text = Box<str>;

pub struct NodeInfo {
    pub host_id: Text,
    pub address: Text,
    pub datacenter: Text,
    pub rack: Text,
    pub connected: bool,
}

/// The owner behind `fcql_result`. A C caller sees only what `view` gives.
#[derive(Default)]
pub struct Output {
    pub message: Text,
    pub coordinator: Text,
    pub coordinator_dc: Text,
    pub write_type: Text,
    pub page: Box<[u8]>,
    pub page_state: Box<[u8]>,
    pub has_more: bool,
    pub row_count: u32,
    pub cluster_name: Text,
    pub schema_version: Text,
    pub statement: u32,
    pub key_params: Box<[u16]>,
    pub params: Columns,
    pub columns: Columns,
    pub nodes: Box<[NodeInfo]>,
    pub replication: Box<[(Text, u64)]>,
    node_views: Box<[Node]>,
    replication_views: Box<[Replication]>,
}

// SAFETY: the raw pointers are into memory that the same value owns and never changes after `finish`.
unsafe impl Send for Output {}

/// Names and types of columns or bind markers.
#[derive(Default)]
pub struct Columns {
    texts: Box<[(Text, Text)]>,
    views: Box<[Column]>,
}

impl Columns {
    pub fn of<'a>(specs: impl Iterator<Item = &'a ColumnSpec<'a>>) -> Columns {
        let texts: Box<[(Text, Text)]> = specs
            .map(|spec| (spec.name().into(), type_name(spec.typ()).into()))
            .collect();
        let views = texts
            .iter()
            .map(|(name, type_name)| Column {
                name: Slice::of(name.as_bytes()),
                type_name: Slice::of(type_name.as_bytes()),
            })
            .collect();
        Columns { texts, views }
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }
}

impl Output {
    /// Fills in what views of nodes need. To be called once, when the rest is complete.
    pub fn finish(mut self) -> Box<Output> {
        self.node_views = self
            .nodes
            .iter()
            .map(|node| Node {
                host_id: Slice::of(node.host_id.as_bytes()),
                address: Slice::of(node.address.as_bytes()),
                datacenter: Slice::of(node.datacenter.as_bytes()),
                rack: Slice::of(node.rack.as_bytes()),
                connected: node.connected.into(),
            })
            .collect();
        self.replication_views = self
            .replication
            .iter()
            .map(|(datacenter, factor)| Replication {
                datacenter: Slice::of(datacenter.as_bytes()),
                factor: *factor,
            })
            .collect();
        Box::new(self)
    }

    pub fn view(&self) -> View {
        View {
            message: Slice::of(self.message.as_bytes()),
            coordinator: Slice::of(self.coordinator.as_bytes()),
            coordinator_dc: Slice::of(self.coordinator_dc.as_bytes()),
            write_type: Slice::of(self.write_type.as_bytes()),
            page: Slice::of(&self.page),
            page_state: Slice::of(&self.page_state),
            cluster_name: Slice::of(self.cluster_name.as_bytes()),
            schema_version: Slice::of(self.schema_version.as_bytes()),
            params: self.params.views.as_ptr(),
            columns: self.columns.views.as_ptr(),
            key_params: self.key_params.as_ptr(),
            nodes: self.node_views.as_ptr(),
            replication: self.replication_views.as_ptr(),
            param_count: count(self.params.len()),
            column_count: count(self.columns.len()),
            key_param_count: count(self.key_params.len()),
            node_count: count(self.node_views.len()),
            replication_count: count(self.replication_views.len()),
            row_count: self.row_count,
            statement: self.statement,
            has_more: self.has_more.into(),
        }
    }

    /// Copies the rows of a result, if it has any, in the encoding in which they came.
    pub fn take_rows(&mut self, result: QueryResult) -> Result<(), Failure> {
        if !result.is_rows() {
            return Ok(());
        }
        let fault = |error: String| Failure::new(Class::Protocol, error);
        let rows = result
            .into_rows_result()
            .map_err(|e| fault(e.to_string()))?;
        self.columns = Columns::of(rows.column_specs().iter());
        let mut page = Vec::with_capacity(rows.rows_bytes_size());
        let cells = rows
            .rows::<ColumnIterator>()
            .map_err(|e| fault(e.to_string()))?;
        for row in cells {
            for cell in row.map_err(|e| fault(e.to_string()))? {
                match cell.map_err(|e| fault(e.to_string()))?.slice {
                    None => page.extend_from_slice(&(-1i32).to_be_bytes()),
                    Some(value) => {
                        let value = value.as_slice();
                        let length =
                            i32::try_from(value.len()).map_err(|e| fault(e.to_string()))?;
                        page.extend_from_slice(&length.to_be_bytes());
                        page.extend_from_slice(value);
                    }
                }
            }
        }
        self.row_count = count(rows.rows_num());
        self.page = page.into_boxed_slice();
        Ok(())
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// One answer on its way to the caller.
pub struct Done {
    pub tag: u64,
    pub kind: Kind,
    pub latency_us: u64,
    pub trace_id: Option<[u8; 16]>,
    pub failure: Option<Failure>,
    pub output: Box<Output>,
}

/// The type as CQL writes it.
pub fn type_name(typ: &ColumnType<'_>) -> String {
    match typ {
        ColumnType::Native(native) => native_name(native).to_string(),
        ColumnType::Collection { typ, .. } => match typ {
            CollectionType::List(of) => format!("list<{}>", type_name(of)),
            CollectionType::Set(of) => format!("set<{}>", type_name(of)),
            CollectionType::Map(key, value) => {
                format!("map<{}, {}>", type_name(key), type_name(value))
            }
            _ => "unknown".to_string(),
        },
        ColumnType::Vector { typ, dimensions } => {
            format!("vector<{}, {dimensions}>", type_name(typ))
        }
        ColumnType::UserDefinedType { definition, .. } => definition.name.to_string(),
        ColumnType::Tuple(of) => {
            let parts: Vec<String> = of.iter().map(type_name).collect();
            format!("tuple<{}>", parts.join(", "))
        }
        _ => "unknown".to_string(),
    }
}

fn native_name(native: &NativeType) -> &'static str {
    match native {
        NativeType::Ascii => "ascii",
        NativeType::Boolean => "boolean",
        NativeType::Blob => "blob",
        NativeType::Counter => "counter",
        NativeType::Date => "date",
        NativeType::Decimal => "decimal",
        NativeType::Double => "double",
        NativeType::Duration => "duration",
        NativeType::Float => "float",
        NativeType::Int => "int",
        NativeType::BigInt => "bigint",
        NativeType::Text => "text",
        NativeType::Timestamp => "timestamp",
        NativeType::Inet => "inet",
        NativeType::SmallInt => "smallint",
        NativeType::TinyInt => "tinyint",
        NativeType::Time => "time",
        NativeType::Timeuuid => "timeuuid",
        NativeType::Uuid => "uuid",
        NativeType::Varint => "varint",
        _ => "unknown",
    }
}
