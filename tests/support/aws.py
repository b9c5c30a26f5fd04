"""A Glue and STS endpoint on loopback (moto), and boto3 beside it to set it up and to compare with.

Prints the endpoint's port, then answers one JSON command a line until standard input ends:
  {"call": [service, operation, parameters]}   what boto3 gets back from the endpoint
  {"serialize": [operation, parameters]}       the body that botocore sends for a Glue operation
  {"post": [path, content type, text]}         moto's own controls, below /moto-api/
  {"regions": null}                            the regions of every partition
  {"operations": service}                      the names of a service's operations
  {"tls": text}                                an HTTPS server that answers everything with this text: its port and its authority's PEM
  {"sample": operation}                        an input and an output with every member of the Glue model
"""

import datetime
import functools
import http.server
import ipaddress
import json
import os
import ssl
import sys
import tempfile
import threading
import urllib.request

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.core.responses import ActionResult
from moto.glue import models, responses
from moto.server import ThreadedMotoServer

os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

# --- What moto lacks ---------------------------------------------------------------------------------------------


def batch_stop_job_run(self):
    name = self._get_param("JobName")
    stopped, errors = [], []
    for run_id in self._get_param("JobRunIds"):
        try:
            run = self.glue_backend.get_job_run(name, run_id)
            if run.status not in ("STARTING", "RUNNING", "WAITING"):
                raise ValueError(f"Job run {run_id} is in the state {run.status}.")
            run._status, run._transitions = "STOPPING", [("STOPPING", "STOPPED")]
            stopped.append({"JobName": name, "JobRunId": run_id})
        except Exception as problem:
            detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": getattr(problem, "message", str(problem))}
            errors.append({"JobName": name, "JobRunId": run_id, "ErrorDetail": detail})
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


responses.GlueResponse.batch_stop_job_run = batch_stop_job_run

workflow_runs = {}  # by the name of the workflow
reset_bookmarks = set()  # the jobs whose bookmarks were reset


def start_workflow_run(self):
    runs = workflow_runs.setdefault(self._get_param("Name"), [])
    run = {"Name": self._get_param("Name"), "WorkflowRunId": f"wr_{len(runs)}", "Status": "RUNNING", "StartedOn": datetime.datetime.now(datetime.timezone.utc)}
    run["WorkflowRunProperties"] = self._get_param("RunProperties") or {}
    runs.insert(0, run)
    return ActionResult({"RunId": run["WorkflowRunId"]})


def workflow_run(self):
    return next(run for run in workflow_runs[self._get_param("Name")] if run["WorkflowRunId"] == self._get_param("RunId"))


def stop_workflow_run(self):
    workflow_run(self)["Status"] = "STOPPING"
    return ActionResult({})


def job_bookmark(self):
    job = self._get_param("JobName")
    version, run = (2, 0) if job in reset_bookmarks else (1, 7)
    return ActionResult({"JobBookmarkEntry": {"JobName": job, "Version": version, "Run": run, "Attempt": 0}})


def reset_job_bookmark(self):
    reset_bookmarks.add(self._get_param("JobName"))
    return job_bookmark(self)


responses.GlueResponse.start_workflow_run = start_workflow_run
responses.GlueResponse.stop_workflow_run = stop_workflow_run
responses.GlueResponse.get_workflow_run = lambda self: ActionResult({"Run": workflow_run(self)})
responses.GlueResponse.get_workflow_runs = lambda self: ActionResult({"Runs": workflow_runs.get(self._get_param("Name"), [])})
responses.GlueResponse.get_job_bookmark = job_bookmark
responses.GlueResponse.reset_job_bookmark = reset_job_bookmark

connection_as_dict = models.FakeConnection.as_dict


def full_connection(self, hide_password=False):
    """moto forgets these members of what it was given."""
    given = dict(self.connection_input)
    auth = dict(given.get("AuthenticationConfiguration") or {})
    for secret in ("BasicAuthenticationCredentials", "CustomAuthenticationCredentials"):
        auth.pop(secret, None)
    remembered = {key: given[key] for key in ("ConnectionType", "MatchCriteria", "PhysicalConnectionRequirements") if key in given}
    if auth:
        remembered["AuthenticationConfiguration"] = auth
    return {**connection_as_dict(self, hide_password), **remembered}


models.FakeConnection.as_dict = full_connection

# --- boto3 beside it ----------------------------------------------------------------------------------------------


@functools.cache
def unsent_client():
    return botocore.session.get_session().create_client("glue", region_name="us-east-1", config=Config(parameter_validation=False))


def serialize(operation, parameters):
    """The body that botocore would send. Nothing is sent."""
    sent = {}

    def keep(request, **_):
        sent["body"] = json.loads(request.body)
        return AWSResponse(request.url, 200, {}, type("Raw", (), {"stream": staticmethod(lambda **_: [b"{}"]), "read": staticmethod(lambda *_: b"{}")})())

    client = unsent_client()
    client.meta.events.unregister("before-send.glue", unique_id="keep")
    client.meta.events.register("before-send.glue", keep, unique_id="keep")
    getattr(client, boto3_name(client, operation))(**parameters)
    return sent["body"]


def boto3_name(client, operation):
    return next(python for python, wire in client.meta.method_to_api_mapping.items() if wire == operation)


AWKWARD = "é “quoted\" back\\slash \u2028 \U0001f600"


def sample(shape, name="", seen=()):
    """A value of the shape with every member of the model."""
    kind = shape.type_name
    if kind == "structure":
        return {key: sample(member, key, seen + (shape.name,)) for key, member in shape.members.items() if member.name not in seen}
    if kind == "list" and shape.member.name in seen:
        return []
    if kind == "list":
        return [sample(shape.member, name, seen)]
    if kind == "map" and shape.value.name in seen:
        return {}
    if kind == "map":
        keys = getattr(shape.key, "enum", None) or [sample(shape.key, name, seen)]
        return {key: sample(shape.value, name, seen) for key in keys}
    if kind == "string":
        known = {
            "SecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s",
            "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
            "RedirectUri": "https://example.com/back",
            "TokenUrl": "https://example.com/token",
            "JwtToken": "aaa.bbb.ccc",
            "ExecutionRoleSessionPolicy": "{}",
        }
        if name in known:
            return known[name]
        if shape.enum:
            return shape.enum[0]
        return "value" if shape.metadata.get("pattern") in (r"\S+", r"^[\x20-\x7E]*$") else AWKWARD
    if shape.serialization.get("timestampFormat") == "iso8601":
        return "2025-11-20T22:00:00.123Z"
    return {"integer": 1, "long": 1, "double": 0.0625, "float": 0.5, "boolean": True, "blob": "YWJj", "timestamp": 1763676000.123}[kind]


def samples(operation):
    model = unsent_client().meta.service_model.operation_model(operation)
    return {"input": sample(model.input_shape) if model.input_shape else {}, "output": sample(model.output_shape) if model.output_shape else {}}


class Canned(http.server.BaseHTTPRequestHandler):
    """Answers every POST with one text."""

    protocol_version = "HTTP/1.1"
    text = "{}"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text.encode())

    def log_message(self, *_):
        pass


def tls(text):
    """An HTTPS server with a certificate of an authority that is made for it."""
    now = datetime.datetime.now(datetime.timezone.utc)

    def certificate(name, key, issuer, issuer_key, *extensions):
        builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number(), not_valid_before=now - datetime.timedelta(days=1), not_valid_after=now + datetime.timedelta(days=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(issuer_key, hashes.SHA256())

    def name(text):
        return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, text)])

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificate(name("authority"), ca_key, name("authority"), ca_key, x509.BasicConstraints(ca=True, path_length=0))
    server = certificate(name("server"), key, name("authority"), ca_key, x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]))
    pem = serialization.Encoding.PEM
    with tempfile.NamedTemporaryFile() as file:
        file.write(server.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        file.flush()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file.name)
    canned = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Canned,), {"text": text}))
    canned.daemon_threads = True
    canned.socket = context.wrap_socket(canned.socket, server_side=True)
    threading.Thread(target=canned.serve_forever, daemon=True).start()
    return {"port": canned.server_address[1], "ca": authority.public_bytes(pem).decode()}


def plain(value):
    """Times as the connector writes them."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{round(value.microsecond / 1000):03d}Z"
    raise TypeError(type(value))


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    print(port, flush=True)
    clients = {}
    for line in sys.stdin:
        (command, argument), = json.loads(line).items()
        try:
            if command == "call":
                service, operation, parameters = argument
                if service not in clients:
                    clients[service] = boto3.client(service, endpoint_url=f"http://127.0.0.1:{port}")
                answer = getattr(clients[service], boto3_name(clients[service], operation))(**parameters)
                answer.pop("ResponseMetadata", None)
            elif command == "post":
                path, content_type, text = argument
                url = f"http://127.0.0.1:{port}/moto-api/{path}"
                answer = urllib.request.urlopen(urllib.request.Request(url, text.encode(), {"Content-Type": content_type})).status
            elif command == "regions":
                partitions = botocore.session.get_session().get_data("partitions")["partitions"]
                answer = sorted(region for partition in partitions for region in partition["regions"] if "global" not in region)
            elif command == "operations":
                answer = botocore.session.get_session().get_service_model(argument).operation_names
            elif command == "tls":
                answer = tls(argument)
            elif command == "serialize":
                answer = serialize(*argument)
            else:
                answer = samples(argument)
            reply = {"ok": answer}
        except Exception as problem:
            reply = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(reply, default=plain), flush=True)


# Standard output belongs to the answers: request logs go nowhere.
if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    main()
