//! The same calls by the bare aws-sdk-glue client: `cold`, or `warm CALLS IN_FLIGHT`, or `all NAMES`. It has the HTTP client
//! and the cryptography that the connector has, and the SDK's own settings for everything else.

use std::env;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use aws_credential_types::Credentials;
use aws_sdk_glue::Client;
use aws_sdk_glue::config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use serde_json::json;

pub fn run(arguments: &[String]) {
    let number = |index: usize| arguments[index].parse::<usize>().expect("a number");
    let mut runtime = match arguments[0].as_str() {
        "cold" => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build().expect("a runtime");
    let glue = client();
    let (began, latencies) = match arguments[0].as_str() {
        "cold" => {
            runtime.block_on(call(&glue));
            return;
        }
        "warm" => (Instant::now(), runtime.block_on(warm(glue, number(1), number(2)))),
        _ => (Instant::now(), runtime.block_on(all(&glue, number(1)))),
    };
    println!("{}", json!({ "seconds": began.elapsed().as_secs_f64(), "latencies": latencies }));
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn client() -> Client {
    let mut trust = TrustStore::default();
    if let Ok(bundle) = env::var("AWS_CA_BUNDLE") {
        trust = TrustStore::empty().with_pem_certificate(std::fs::read(bundle).expect("a bundle"));
    }
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(TlsContext::builder().with_trust_store(trust).build().expect("a trust store"))
        .build_https();
    let config = aws_sdk_glue::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIAEXAMPLE", "secret", None, None, "benchmark"))
        .endpoint_url(env::var("ENDPOINT").expect("an endpoint"))
        .http_client(http);
    Client::from_conf(config.build())
}

async fn call(glue: &Client) {
    assert!(!glue.list_jobs().send().await.expect("an answer").job_names().is_empty());
}

async fn warm(glue: Client, calls: usize, in_flight: usize) -> Vec<u128> {
    let taken = Arc::new(AtomicUsize::new(0));
    let workers = (0..in_flight).map(|_| {
        let (glue, taken) = (glue.clone(), Arc::clone(&taken));
        tokio::spawn(async move {
            let mut latencies = Vec::new();
            while taken.fetch_add(1, Ordering::Relaxed) < calls {
                let began = Instant::now();
                call(&glue).await;
                latencies.push(began.elapsed().as_micros());
            }
            latencies
        })
    });
    let mut latencies = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        latencies.extend(worker.await.expect("a worker"));
    }
    latencies
}

async fn all(glue: &Client, expected: usize) -> Vec<u128> {
    let mut names = Vec::new();
    let mut pages = glue.list_jobs().max_results(1000).tags("names", expected.to_string()).into_paginator().send();
    while let Some(page) = pages.next().await {
        names.extend(page.expect("a page").job_names.unwrap_or_default());
    }
    assert_eq!(names.len(), expected);
    Vec::new()
}
