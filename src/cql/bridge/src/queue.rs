// SPDX-License-Identifier: Apache-2.0
//! Finished requests on their way to the caller: a queue, and an eventfd that is readable while it holds something.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, PoisonError};

pub struct Queue<T> {
    items: Mutex<VecDeque<T>>,
    event: File,
}

impl<T> Queue<T> {
    /// Keeps a duplicate of the eventfd.
    pub fn new(event_fd: i32) -> std::io::Result<Queue<T>> {
        if event_fd < 0 {
            return Err(ErrorKind::InvalidInput.into());
        }
        // SAFETY: the descriptor is not -1, and it is only duplicated; one that is not open makes that fail.
        let event = unsafe { BorrowedFd::borrow_raw(event_fd) }.try_clone_to_owned()?;
        Ok(Queue {
            items: Mutex::new(VecDeque::new()),
            event: File::from(event),
        })
    }

    pub fn push(&self, item: T) {
        let was_empty = {
            let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
            items.push_back(item);
            items.len() == 1
        };
        if was_empty {
            self.wake();
        }
    }

    /// Makes the eventfd readable again when some are left.
    pub fn take(&self, at_most: usize) -> Vec<T> {
        let (taken, left) = {
            let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
            let count = items.len().min(at_most);
            (items.drain(..count).collect(), !items.is_empty())
        };
        if left {
            self.wake();
        }
        taken
    }

    fn wake(&self) {
        // The only refusal of an eventfd is a counter that is full (EAGAIN): then it is readable already.
        while let Err(error) = (&self.event).write(&1u64.to_ne_bytes()) {
            if error.kind() != ErrorKind::Interrupted {
                break;
            }
        }
    }
}
