// SPDX-License-Identifier: Apache-2.0
//! The driver's errors as a class, the numbers of the replicas and a sentence.

use scylla::errors::{
    ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError,
    MetadataError, MetadataFetchErrorKind, NewSessionError, NextPageError, NextRowError,
    PrepareError, RequestAttemptError, RequestError, SchemaAgreementError, UseKeyspaceError,
};

use crate::abi::{Class, UNKNOWN_CONSISTENCY};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub class: Class,
    pub message: String,
    pub consistency: u16,
    pub required: i32,
    pub received: i32,
    pub alive: i32,
    pub failures: i32,
    pub data_present: bool,
    pub write_type: String,
}

impl Failure {
    pub fn new(class: Class, message: impl Into<String>) -> Failure {
        Failure {
            class,
            message: message.into(),
            consistency: UNKNOWN_CONSISTENCY,
            required: -1,
            received: -1,
            alive: -1,
            failures: -1,
            data_present: false,
            write_type: String::new(),
        }
    }
}

impl From<&DbError> for Failure {
    fn from(error: &DbError) -> Failure {
        let class = match error {
            DbError::SyntaxError => Class::Syntax,
            DbError::Invalid | DbError::ConfigError | DbError::FunctionFailure { .. } => {
                Class::Invalid
            }
            DbError::AlreadyExists { .. } => Class::AlreadyExists,
            DbError::AuthenticationError => Class::Authentication,
            DbError::Unauthorized => Class::Unauthorized,
            DbError::Unavailable { .. } => Class::Unavailable,
            DbError::Overloaded | DbError::RateLimitReached { .. } => Class::Overloaded,
            DbError::IsBootstrapping => Class::Bootstrapping,
            DbError::ReadTimeout { .. } => Class::ReadTimeout,
            DbError::WriteTimeout { .. } => Class::WriteTimeout,
            DbError::ReadFailure { .. } => Class::ReadFailure,
            DbError::WriteFailure { .. } => Class::WriteFailure,
            DbError::ProtocolError => Class::Protocol,
            _ => Class::Server,
        };
        let mut failure = Failure::new(class, error.to_string());
        match error {
            DbError::Unavailable {
                consistency,
                required,
                alive,
            } => {
                failure.consistency = *consistency as u16;
                failure.required = *required;
                failure.alive = *alive;
            }
            DbError::ReadTimeout {
                consistency,
                received,
                required,
                data_present,
            } => {
                failure.consistency = *consistency as u16;
                failure.received = *received;
                failure.required = *required;
                failure.data_present = *data_present;
            }
            DbError::ReadFailure {
                consistency,
                received,
                required,
                numfailures,
                data_present,
            } => {
                failure.consistency = *consistency as u16;
                failure.received = *received;
                failure.required = *required;
                failure.failures = *numfailures;
                failure.data_present = *data_present;
            }
            DbError::WriteTimeout {
                consistency,
                received,
                required,
                write_type,
            } => {
                failure.consistency = *consistency as u16;
                failure.received = *received;
                failure.required = *required;
                failure.write_type = write_type.to_string();
            }
            DbError::WriteFailure {
                consistency,
                received,
                required,
                numfailures,
                write_type,
            } => {
                failure.consistency = *consistency as u16;
                failure.received = *received;
                failure.required = *required;
                failure.failures = *numfailures;
                failure.write_type = write_type.to_string();
            }
            _ => {}
        }
        failure
    }
}

fn with_reason(error: &DbError, reason: &str) -> Failure {
    let mut failure = Failure::from(error);
    // The server's own words are the better ones; the driver's fill in when it has none.
    if !reason.is_empty() {
        failure.message = reason.to_string();
    }
    failure
}

impl From<&RequestAttemptError> for Failure {
    fn from(error: &RequestAttemptError) -> Failure {
        let class = match error {
            RequestAttemptError::DbError(db, reason) => return with_reason(db, reason),
            RequestAttemptError::BrokenConnectionError(_) => Class::Broken,
            RequestAttemptError::UnableToAllocStreamId => Class::Overloaded,
            RequestAttemptError::SerializationError(_)
            | RequestAttemptError::CqlRequestSerialization(_) => Class::Invalid,
            RequestAttemptError::RepreparedIdChanged { .. }
            | RequestAttemptError::RepreparedIdMissingInBatch => Class::Invalid,
            _ => Class::Protocol,
        };
        Failure::new(class, error.to_string())
    }
}

impl From<&ConnectionError> for Failure {
    fn from(error: &ConnectionError) -> Failure {
        if let ConnectionError::ConnectionSetupRequestError(setup) = error {
            match setup.get_error() {
                ConnectionSetupRequestErrorKind::DbError(db, reason) => {
                    return with_reason(db, reason);
                }
                ConnectionSetupRequestErrorKind::MissingAuthentication
                | ConnectionSetupRequestErrorKind::StartAuthSessionError(_)
                | ConnectionSetupRequestErrorKind::AuthChallengeEvaluationError(_)
                | ConnectionSetupRequestErrorKind::AuthFinishError(_) => {
                    return Failure::new(Class::Authentication, error.to_string());
                }
                _ => {}
            }
        }
        Failure::new(Class::NoConnection, error.to_string())
    }
}

impl From<&ConnectionPoolError> for Failure {
    fn from(error: &ConnectionPoolError) -> Failure {
        match error {
            ConnectionPoolError::Broken {
                last_connection_error,
            } => Failure::from(last_connection_error),
            _ => Failure::new(Class::NoConnection, error.to_string()),
        }
    }
}

impl From<&PrepareError> for Failure {
    fn from(error: &PrepareError) -> Failure {
        match error {
            PrepareError::ConnectionPoolError(pool) => Failure::from(pool),
            PrepareError::AllAttemptsFailed { first_attempt } => Failure::from(first_attempt),
            _ => Failure::new(Class::Protocol, error.to_string()),
        }
    }
}

impl From<&SchemaAgreementError> for Failure {
    fn from(error: &SchemaAgreementError) -> Failure {
        Failure::new(Class::SchemaAgreement, error.to_string())
    }
}

impl From<&RequestError> for Failure {
    fn from(error: &RequestError) -> Failure {
        Failure::from(&error.clone().into_execution_error())
    }
}

impl From<&MetadataError> for Failure {
    fn from(error: &MetadataError) -> Failure {
        match error {
            MetadataError::ConnectionPoolError(pool) => Failure::from(pool),
            MetadataError::FetchError(fetch) => match &fetch.error {
                MetadataFetchErrorKind::PrepareError(attempt) => Failure::from(attempt),
                MetadataFetchErrorKind::NextRowError(NextRowError::NextPageError(
                    NextPageError::RequestFailure(request),
                )) => Failure::from(request),
                _ => Failure::new(Class::Protocol, error.to_string()),
            },
            _ => Failure::new(Class::Protocol, error.to_string()),
        }
    }
}

impl From<&ExecutionError> for Failure {
    fn from(error: &ExecutionError) -> Failure {
        match error {
            ExecutionError::LastAttemptError(attempt) => Failure::from(attempt),
            ExecutionError::RequestTimeout(_) => {
                Failure::new(Class::ClientTimeout, error.to_string())
            }
            ExecutionError::ConnectionPoolError(pool) => Failure::from(pool),
            ExecutionError::EmptyPlan => Failure::new(
                Class::NoConnection,
                "no node of the route is connected; is the datacentre's name right?",
            ),
            ExecutionError::PrepareError(prepare) => Failure::from(prepare),
            ExecutionError::SchemaAgreementError(agreement) => Failure::from(agreement),
            ExecutionError::MetadataError(metadata) => Failure::from(metadata),
            ExecutionError::UseKeyspaceError(UseKeyspaceError::RequestError(attempt)) => {
                Failure::from(attempt)
            }
            _ => Failure::new(Class::Invalid, error.to_string()),
        }
    }
}

impl From<&NewSessionError> for Failure {
    fn from(error: &NewSessionError) -> Failure {
        match error {
            NewSessionError::MetadataError(metadata) => Failure::from(metadata),
            NewSessionError::FailedToResolveAnyHostname(_) => {
                Failure::new(Class::NoConnection, error.to_string())
            }
            _ => Failure::new(Class::Invalid, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scylla::errors::WriteType;
    use scylla::statement::Consistency;

    #[test]
    fn numbers_of_the_replicas_come_through() {
        let write = Failure::from(&ExecutionError::LastAttemptError(
            RequestAttemptError::DbError(
                DbError::WriteTimeout {
                    consistency: Consistency::LocalQuorum,
                    received: 1,
                    required: 2,
                    write_type: WriteType::UnloggedBatch,
                },
                "Operation timed out".to_string(),
            ),
        ));
        assert_eq!(write.class, Class::WriteTimeout);
        assert_eq!(
            (write.consistency, write.received, write.required),
            (6, 1, 2)
        );
        assert_eq!((write.alive, write.failures), (-1, -1));
        assert_eq!(write.write_type, "UnloggedBatch");
        assert_eq!(write.message, "Operation timed out");

        let unavailable = Failure::from(&DbError::Unavailable {
            consistency: Consistency::Quorum,
            required: 3,
            alive: 2,
        });
        assert_eq!(unavailable.class, Class::Unavailable);
        assert_eq!(
            (
                unavailable.consistency,
                unavailable.required,
                unavailable.alive
            ),
            (4, 3, 2)
        );
    }

    #[test]
    fn every_error_of_the_server_has_its_class() {
        let table = [
            (DbError::SyntaxError, Class::Syntax),
            (DbError::Invalid, Class::Invalid),
            (DbError::ConfigError, Class::Invalid),
            (DbError::Unauthorized, Class::Unauthorized),
            (DbError::AuthenticationError, Class::Authentication),
            (DbError::Overloaded, Class::Overloaded),
            (DbError::IsBootstrapping, Class::Bootstrapping),
            (DbError::TruncateError, Class::Server),
            (DbError::ServerError, Class::Server),
            (DbError::ProtocolError, Class::Protocol),
            (DbError::Other(77), Class::Server),
        ];
        for (error, class) in table {
            assert_eq!(Failure::from(&error).class, class, "{error}");
        }
    }

    #[test]
    fn what_the_driver_says_itself_has_its_class() {
        let timeout = ExecutionError::RequestTimeout(std::time::Duration::from_millis(5));
        assert_eq!(Failure::from(&timeout).class, Class::ClientTimeout);
        assert_eq!(
            Failure::from(&ExecutionError::EmptyPlan).class,
            Class::NoConnection
        );
        let pool = ConnectionPoolError::Broken {
            last_connection_error: ConnectionError::ConnectTimeout,
        };
        assert_eq!(Failure::from(&pool).class, Class::NoConnection);
        let agreement = SchemaAgreementError::Timeout(std::time::Duration::from_secs(1));
        assert_eq!(Failure::from(&agreement).class, Class::SchemaAgreement);
    }
}
