// SPDX-License-Identifier: Apache-2.0
//! Packed rows: for each bind marker a big-endian i32 length and that many bytes; -1 is null, -2 is unset.

use scylla::serialize::SerializationError;
use scylla::serialize::batch::{BatchValues, BatchValuesIterator};
use scylla::serialize::row::{RowSerializationContext, SerializeRow};
use scylla::serialize::writers::RowWriter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackedError {
    /// A cell or a length goes past the end.
    Truncated,
    /// A length below -2.
    Length,
    /// Bytes are left after the last row.
    Trailing,
    /// A column of the partition key is null or unset.
    KeyMissing,
    /// A row belongs to another partition than the first.
    MixedPartitions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    Null,
    Unset,
    Value(&'a [u8]),
}

/// The next cell and what follows it.
pub fn next_cell(bytes: &[u8]) -> Result<(Cell<'_>, &[u8]), PackedError> {
    let (length, rest) = bytes.split_first_chunk().ok_or(PackedError::Truncated)?;
    match i32::from_be_bytes(*length) {
        -1 => Ok((Cell::Null, rest)),
        -2 => Ok((Cell::Unset, rest)),
        length => {
            let length = usize::try_from(length).map_err(|_| PackedError::Length)?;
            let (value, rest) = rest
                .split_at_checked(length)
                .ok_or(PackedError::Truncated)?;
            Ok((Cell::Value(value), rest))
        }
    }
}

/// Rows that were checked against their statement. Owns a copy of the bytes.
#[derive(Debug)]
pub struct PackedRows {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl PackedRows {
    /// `key` are the params of the partition key. Work and memory are bounded by the length of `bytes`, whatever `rows` says,
    /// unless a row has no cells: then there may be only one.
    pub fn parse(
        bytes: &[u8],
        rows: usize,
        params: usize,
        key: &[u16],
    ) -> Result<PackedRows, PackedError> {
        if params == 0 && rows > 1 {
            return Err(PackedError::KeyMissing);
        }
        if params != 0 && rows > bytes.len() / (4 * params) {
            return Err(PackedError::Truncated);
        }
        let mut ends = Vec::with_capacity(rows);
        let mut first: Vec<Cell> = Vec::with_capacity(key.len());
        let mut cells: Vec<Cell> = vec![Cell::Null; params];
        let mut rest = bytes;
        for row in 0..rows {
            for cell in &mut cells {
                (*cell, rest) = next_cell(rest)?;
            }
            for (position, &param) in key.iter().enumerate() {
                let cell = *cells
                    .get(usize::from(param))
                    .ok_or(PackedError::Truncated)?;
                if !matches!(cell, Cell::Value(_)) {
                    return Err(PackedError::KeyMissing);
                }
                if row == 0 {
                    first.push(cell);
                } else if first[position] != cell {
                    return Err(PackedError::MixedPartitions);
                }
            }
            ends.push(bytes.len() - rest.len());
        }
        if !rest.is_empty() {
            return Err(PackedError::Trailing);
        }
        Ok(PackedRows {
            bytes: bytes.to_vec(),
            ends,
        })
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn row(&self, index: usize) -> Option<PackedRow<'_>> {
        let end = *self.ends.get(index)?;
        let begin = if index == 0 { 0 } else { self.ends[index - 1] };
        Some(PackedRow(&self.bytes[begin..end]))
    }
}

/// One row of `PackedRows`.
#[derive(Clone, Copy, Debug)]
pub struct PackedRow<'a>(&'a [u8]);

impl SerializeRow for PackedRow<'_> {
    fn serialize(
        &self,
        _: &RowSerializationContext<'_>,
        writer: &mut RowWriter,
    ) -> Result<(), SerializationError> {
        let mut rest = self.0;
        while !rest.is_empty() {
            let (cell, after) =
                next_cell(rest).map_err(|error| SerializationError::new(PackedFault(error)))?;
            let target = writer.make_cell_writer();
            match cell {
                Cell::Null => target.set_null(),
                Cell::Unset => target.set_unset(),
                Cell::Value(value) => target.set_value(value).map_err(SerializationError::new)?,
            };
            rest = after;
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Debug)]
struct PackedFault(PackedError);

impl std::fmt::Display for PackedFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "packed row: {:?}", self.0)
    }
}

impl std::error::Error for PackedFault {}

impl BatchValues for PackedRows {
    type BatchValuesIter<'r> = PackedIterator<'r>;

    fn batch_values_iter(&self) -> PackedIterator<'_> {
        PackedIterator {
            rows: self,
            next: 0,
        }
    }
}

pub struct PackedIterator<'a> {
    rows: &'a PackedRows,
    next: usize,
}

impl<'a> PackedIterator<'a> {
    fn advance(&mut self) -> Option<PackedRow<'a>> {
        let row = self.rows.row(self.next)?;
        self.next += 1;
        Some(row)
    }
}

impl<'a> BatchValuesIterator<'a> for PackedIterator<'a> {
    fn serialize_next(
        &mut self,
        ctx: &RowSerializationContext<'_>,
        writer: &mut RowWriter,
    ) -> Option<Result<(), SerializationError>> {
        Some(self.advance()?.serialize(ctx, writer))
    }

    fn is_empty_next(&mut self) -> Option<bool> {
        Some(self.advance()?.is_empty())
    }

    fn skip_next(&mut self) -> Option<()> {
        self.advance().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// splitmix64: random inputs that a seed repeats.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }

        fn below(&mut self, bound: u64) -> usize {
            (self.next() % bound) as usize
        }
    }

    fn pack(cells: &[Cell]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for cell in cells {
            match cell {
                Cell::Null => bytes.extend((-1i32).to_be_bytes()),
                Cell::Unset => bytes.extend((-2i32).to_be_bytes()),
                Cell::Value(value) => {
                    bytes.extend((value.len() as i32).to_be_bytes());
                    bytes.extend(*value);
                }
            }
        }
        bytes
    }

    fn serialized(rows: &PackedRows) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = RowWriter::new(&mut bytes);
        let mut iterator = rows.batch_values_iter();
        while let Some(done) =
            iterator.serialize_next(&RowSerializationContext::empty(), &mut writer)
        {
            done.expect("checked rows serialize");
        }
        bytes
    }

    #[test]
    fn what_is_parsed_is_what_is_sent() {
        let one = pack(&[
            Cell::Value(b"V-1"),
            Cell::Null,
            Cell::Unset,
            Cell::Value(b""),
        ]);
        let two = pack(&[
            Cell::Value(b"V-1"),
            Cell::Value(&[7; 300]),
            Cell::Unset,
            Cell::Null,
        ]);
        let both = [one.as_slice(), two.as_slice()].concat();
        let rows = PackedRows::parse(&both, 2, 4, &[0]).expect("good rows");
        assert_eq!(rows.len(), 2);
        assert_eq!(serialized(&rows), both);
    }

    #[test]
    fn faults_are_named() {
        let row = pack(&[Cell::Value(b"a"), Cell::Null]);
        let parse = |bytes: &[u8], rows, params, key: &[u16]| {
            PackedRows::parse(bytes, rows, params, key).err()
        };
        assert_eq!(parse(&row[..8], 1, 2, &[]), Some(PackedError::Truncated));
        assert_eq!(parse(&row, 1, 1, &[]), Some(PackedError::Trailing));
        assert_eq!(parse(&row, 1, 2, &[1]), Some(PackedError::KeyMissing));
        assert_eq!(parse(&row, 1, 2, &[2]), Some(PackedError::Truncated));
        assert_eq!(
            parse(&(-3i32).to_be_bytes(), 1, 1, &[]),
            Some(PackedError::Length)
        );
        assert_eq!(parse(&[], usize::MAX, 3, &[]), Some(PackedError::Truncated));
        assert_eq!(parse(&[], 2, 0, &[]), Some(PackedError::KeyMissing));
        let other = [pack(&[Cell::Value(b"a")]), pack(&[Cell::Value(b"b")])].concat();
        assert_eq!(
            parse(&other, 2, 1, &[0]),
            Some(PackedError::MixedPartitions)
        );
    }

    #[test]
    fn any_bytes_are_refused_or_sent_unchanged() {
        for seed in 0..20_000 {
            let mut random = Random(seed);
            let params = random.below(6);
            let rows = random.below(5);
            let mut bytes = Vec::new();
            for _ in 0..rows * params {
                let value = vec![b'x'; random.below(9)];
                bytes.extend(match random.below(4) {
                    0 => pack(&[Cell::Null]),
                    1 => pack(&[Cell::Unset]),
                    _ => pack(&[Cell::Value(&value)]),
                });
            }
            for _ in 0..random.below(4) {
                match random.below(3) {
                    0 if !bytes.is_empty() => {
                        let at = random.below(bytes.len() as u64);
                        bytes[at] = random.next() as u8;
                    }
                    1 => bytes.truncate(random.below(bytes.len() as u64 + 1)),
                    _ => bytes.push(random.next() as u8),
                }
            }
            let key: Vec<u16> = (0..random.below(3))
                .map(|_| random.below(6) as u16)
                .collect();
            if let Ok(parsed) = PackedRows::parse(&bytes, rows, params, &key) {
                assert_eq!(serialized(&parsed), bytes, "seed {seed}");
                assert_eq!(parsed.len(), rows, "seed {seed}");
            }
        }
    }
}
