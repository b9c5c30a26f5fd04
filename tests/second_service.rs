//! Another AWS service is one constant: requests to a made-up one are signed, sent, retried and explained as Glue's are.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::endpoint::EndpointFuture;
use aws_smithy_types::endpoint::Endpoint;
use glue_actions::glue::GLUE;
use glue_connections::api_key_secret::ApiKeySecret;
use glue_runtime::aws::service::{EndpointParams, Service};
use glue_runtime::aws::{Request, Shared};
use glue_runtime::context::Hooks;
use glue_runtime::grants::Grants;
use glue_runtime::{ConnectionType, Context, Deadline, Kind, Session};
use serde_json::{Value, json};

use crate::support::program::connection;
use crate::support::stub::{Answer, Stub};

/// A service that AWS does not have.
const FLUX: Service = Service {
    name: "Flux",
    signing_name: "flux",
    target_prefix: "AWSFlux_20261121",
    iam_prefix: "fluxcapacitor",
    sdk_version: "1.0.0",
    sdk_id: "Flux",
    endpoint_setting: |settings| settings.endpoint_url.as_deref(),
    resolve_endpoint,
};

/// A service that shares its signing name with another, as DynamoDB Streams does with DynamoDB.
const FLUX_STREAMS: Service = Service { name: "Flux Streams", target_prefix: "AWSFluxStreams_20261121", ..FLUX };

fn resolve_endpoint(params: EndpointParams) -> EndpointFuture<'static> {
    let region = params.region.unwrap_or_default();
    let url = params.endpoint.unwrap_or_else(|| format!("https://flux.{region}.amazonaws.com"));
    EndpointFuture::ready(Ok(Endpoint::builder().url(url).build()))
}

/// Sends a request to each service, all of them at a stub, as an action would.
fn travel(stub: &Stub, services: &[&'static Service]) -> glue_runtime::Result<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let fields = connection(&stub.endpoint)["fields"].take();
        let config = ConnectionType::of::<ApiKeySecret>().read(fields).expect("a connection");
        let session = Session::open(config, None, &Arc::new(Shared::new(1 << 20))).await.expect("a session");
        let grants = Grants { changes: true, ..Grants::default() };
        let deadline = Deadline::uncancellable(Duration::from_secs(10));
        let cx = Context::new(Arc::new(session), deadline, Arc::default(), grants, Hooks::default());
        let mut answer = Value::Null;
        for service in services {
            answer = cx.read(Ok(Request::json(service, "Travel", r#"{"Year":1955}"#))).await?;
        }
        Ok(answer)
    })
}

#[test]
fn a_made_up_service_is_signed_for_and_sent_to() {
    let throttled = Answer::Error(400, "ThrottlingException", "Slow down".to_owned());
    let stub = Stub::start([throttled, Answer::Ok(json!({ "Arrived": true }))]);
    assert_eq!(travel(&stub, &[&FLUX]), Ok(json!({ "Arrived": true })));
    for request in stub.requests() {
        assert_eq!(request.header("x-amz-target"), Some("AWSFlux_20261121.Travel"));
        assert_eq!(request.json(), json!({ "Year": 1955 }));
        let authorization = request.header("authorization").expect("signed");
        assert!(authorization.contains("/us-east-1/flux/aws4_request"), "{authorization}");
        assert!(request.header("user-agent").is_some_and(|agent| agent.contains("api/flux/1.0.0")));
    }
    assert_eq!(stub.requests().len(), 2, "a throttled read is retried");
}

#[test]
fn errors_of_a_made_up_service_name_it_and_its_permissions() {
    let stub = Stub::start([Answer::Error(400, "AccessDeniedException", "No".to_owned())]);
    let error = travel(&stub, &[&FLUX]).expect_err("a refusal");
    assert_eq!(error.kind, Kind::AccessDenied);
    assert!(error.message.contains("the permission fluxcapacitor:Travel"), "{}", error.message);
    let error =
        travel(&Stub::start([Answer::Error(400, "FluxException", String::new())]), &[&FLUX]).expect_err("a refusal");
    assert!(error.message.starts_with("Flux refused Travel with FluxException"), "{}", error.message);
}

#[test]
fn two_services_of_one_session_are_kept_apart() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    travel(&stub, &[&FLUX, &FLUX_STREAMS, &GLUE, &FLUX]).expect("answers");
    let targets: Vec<_> =
        stub.requests().iter().map(|request| request.header("x-amz-target").expect("a target").to_owned()).collect();
    let flux = "AWSFlux_20261121.Travel";
    assert_eq!(targets, [flux, "AWSFluxStreams_20261121.Travel", "AWSGlue.Travel", flux]);
}
