// SPDX-License-Identifier: Apache-2.0
//! The settings of a session, copied out of the caller's memory and checked.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::X509VerifyResult;
use scylla::client::execution_profile::{ExecutionProfile, ExecutionProfileHandle};
use scylla::client::session::TlsContext;
use scylla::client::session_builder::SessionBuilder;
use scylla::client::{Compression, PoolSize, SelfIdentity};
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::retry::FallthroughRetryPolicy;

use crate::abi::{self, Status};

/// Verification failed only because the certificate does not name the address.
const IP_ADDRESS_MISMATCH: i32 = 64;

pub struct Settings {
    pub contact_points: Vec<String>,
    pub home_dc: String,
    pub remote_dc: String,
    pub user: String,
    pub password: String,
    pub tls_ca_file: String,
    pub tls_verify_host: bool,
    pub lz4: bool,
    pub connect_timeout: Duration,
    pub schema_timeout: Duration,
    pub max_in_flight: usize,
    pub max_batch_rows: usize,
    pub max_batch_bytes: usize,
}

impl Settings {
    /// # Safety
    /// The slices of `config` must be readable.
    pub unsafe fn read(config: &abi::Config) -> Result<Settings, (Status, String)> {
        let text = |slice: abi::Slice, what: &str| {
            // SAFETY: passed on to the caller.
            unsafe { slice.text() }
                .map(str::to_string)
                .map_err(|status| (status, format!("{what}: not a text in UTF-8")))
        };
        let bad = |what: &str| Err((Status::BadConfig, what.to_string()));
        let settings = Settings {
            contact_points: text(config.contact_points, "contact points")?
                .split(',')
                .map(|point| point.trim().to_string())
                .filter(|point| !point.is_empty())
                .collect(),
            home_dc: text(config.home_dc, "home datacentre")?,
            remote_dc: text(config.remote_dc, "remote datacentre")?,
            user: text(config.user, "user")?,
            password: text(config.password, "password")?,
            tls_ca_file: text(config.tls_ca_file, "TLS CA file")?,
            tls_verify_host: config.tls_verify_host != 0,
            lz4: config.compression == 1,
            connect_timeout: Duration::from_millis(config.connect_timeout_ms.into()),
            schema_timeout: Duration::from_millis(config.schema_timeout_ms.into()),
            max_in_flight: config.max_in_flight as usize,
            max_batch_rows: config.max_batch_rows as usize,
            max_batch_bytes: config.max_batch_bytes as usize,
        };
        if settings.contact_points.is_empty() {
            return bad("no contact point: give at least one host[:port]");
        }
        if config.compression > 1 {
            return bad("compression: 0 (none) or 1 (LZ4)");
        }
        if settings.connect_timeout.is_zero() || settings.schema_timeout.is_zero() {
            return bad("a timeout of 0 ms");
        }
        if settings.max_in_flight == 0 || settings.max_in_flight > 32_768 {
            return bad("max_in_flight: 1 to 32768, the streams of a connection");
        }
        if settings.max_batch_rows == 0 || settings.max_batch_rows > usize::from(u16::MAX) {
            return bad("max_batch_rows: 1 to 65535");
        }
        if !settings.remote_dc.is_empty() && settings.home_dc.is_empty() {
            return bad("a remote datacentre needs a home datacentre");
        }
        Ok(settings)
    }

    /// Home only, home first and then any, remote only.
    pub fn profiles(&self) -> [ExecutionProfileHandle; 3] {
        let profile = |datacenter: &str, failover: bool| {
            let policy = DefaultPolicy::builder().token_aware(true);
            let policy = match datacenter {
                "" => policy.prefer_no_datacenter(),
                name => policy
                    .prefer_datacenter(name.to_string())
                    .permit_dc_failover(failover),
            };
            ExecutionProfile::builder()
                // Every request has a deadline of its own.
                .request_timeout(None)
                .load_balancing_policy(policy.build())
                // The caller climbs its own ladder; a retry here would hide a rung.
                .retry_policy(Arc::new(FallthroughRetryPolicy::new()))
                .speculative_execution_policy(None)
                .build()
                .into_handle()
        };
        [
            profile(&self.home_dc, false),
            profile(&self.home_dc, true),
            profile(&self.remote_dc, false),
        ]
    }

    pub fn builder(&self, profile: &ExecutionProfileHandle) -> Result<SessionBuilder, String> {
        let mut builder = SessionBuilder::new()
            .known_nodes(&self.contact_points)
            .connection_timeout(self.connect_timeout.min(Duration::from_secs(5)))
            .schema_agreement_timeout(self.schema_timeout)
            .metadata_request_clientside_timeout(self.connect_timeout)
            .default_execution_profile_handle(profile.clone())
            .compression(self.lz4.then_some(Compression::Lz4))
            .pool_size(PoolSize::PerHost(NonZeroUsize::MIN))
            .write_coalescing(true)
            .driver_config_reporting(false)
            .custom_identity(
                SelfIdentity::new()
                    .with_application_name("fleet")
                    .with_application_version(env!("CARGO_PKG_VERSION")),
            );
        if !self.home_dc.is_empty() {
            builder = builder.prefer_datacenter(self.home_dc.clone());
        }
        if !self.user.is_empty() {
            builder = builder.user(&self.user, &self.password);
        }
        if !self.tls_ca_file.is_empty() {
            let tls = self
                .tls()
                .map_err(|e| format!("TLS CA file {}: {e}", self.tls_ca_file))?;
            builder = builder.tls_context(Some(tls));
        }
        Ok(builder)
    }

    fn tls(&self) -> Result<TlsContext, openssl::error::ErrorStack> {
        let mut connector = SslConnector::builder(SslMethod::tls_client())?;
        connector.set_ca_file(&self.tls_ca_file)?;
        if self.tls_verify_host {
            connector.set_verify(SslVerifyMode::PEER);
        } else {
            connector.set_verify_callback(SslVerifyMode::PEER, |good, context| {
                let unnamed = context.error().as_raw() == IP_ADDRESS_MISMATCH;
                if !good && unnamed {
                    context.set_error(X509VerifyResult::OK);
                }
                good || unnamed
            });
        }
        Ok(connector.into())
    }
}
