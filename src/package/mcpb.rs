//! `mcpb`: a bundle that desktop hosts of language models install with a click, and its entry for the MCP registry.

use glue_runtime::Result;
use serde_json::{Map, Value, json};

use super::archive::Format;
use super::{File, ICON_PNG, LICENCE, Made, Parts, THIRD_PARTY, Target};

pub(super) const TARGET: Target =
    Target { key: "mcpb", format: Format::Zip("mcpb"), stem: Parts::platform_stem, content, beside };

/// What a person is asked for: a field of a connection's form, and the environment variable that takes it to the server.
/// What is left blank is looked for as AWS's own tools do.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("apiKeySecret", "region", "AWS_REGION"),
    ("apiKeySecret", "accessKeyId", "AWS_ACCESS_KEY_ID"),
    ("apiKeySecret", "secretAccessKey", "AWS_SECRET_ACCESS_KEY"),
    ("apiKeySecret", "sessionToken", "AWS_SESSION_TOKEN"),
    ("awsAssumeRole", "roleArn", "GLUE_CONNECTOR_ROLE_ARN"),
];
/// The one setting that is no connection's.
const ALLOW_WRITE: (&str, &str) = ("allowWrite", "GLUE_CONNECTOR_ALLOW_WRITE");
const ALLOW_WRITE_TITLE: &str = "Allow changes";
const ALLOW_WRITE_HELP: &str =
    "Offer tools that change something: start and stop jobs, crawlers and triggers. Without it, tools only look.";

fn content(parts: &Parts) -> Result<Vec<File>> {
    let (os, _) = Parts::platform();
    let mut settings = Map::new();
    let mut environment = Map::new();
    for &(connection, field, variable) in SETTINGS {
        let form = &parts.fields(connection)[field];
        let region = field == "region";
        let mut setting = json!({
            "type": "string",
            "title": form["title"],
            "description": form["description"],
            "required": region,
            "sensitive": form["writeOnly"] == true,
        });
        if !region {
            // Without a default, the host would hand over the name of the setting.
            setting["default"] = json!("");
        }
        settings.insert(field.to_owned(), setting);
        environment.insert(variable.to_owned(), json!(format!("${{user_config.{field}}}")));
    }
    let (field, variable) = ALLOW_WRITE;
    let setting = json!({ "type": "boolean", "title": ALLOW_WRITE_TITLE, "description": ALLOW_WRITE_HELP, "required": false, "default": false });
    settings.insert(field.to_owned(), setting);
    environment.insert(variable.to_owned(), json!(format!("${{user_config.{field}}}")));
    let tools = parts.manifest["actions"].as_array().into_iter().flatten();
    let tools = tools.map(|action| json!({ "name": action["key"], "description": action["description"] }));
    let manifest = json!({
        "manifest_version": "0.3",
        "name": parts.manifest["name"],
        "display_name": parts.manifest["label"],
        "version": parts.manifest["version"],
        "description": parts.manifest["description"],
        "author": { "name": "The glue-connector contributors" },
        "license": parts.manifest["license"],
        "icon": "icon.png",
        "icons": [{ "src": "icon.png", "size": "512x512" }],
        "keywords": ["aws", "glue", "etl", "data"],
        "server": {
            "type": "binary",
            "entry_point": "server/glue-connector",
            "mcp_config": { "command": "${__dirname}/server/glue-connector", "args": ["mcp"], "env": environment },
        },
        "tools": tools.collect::<Vec<_>>(),
        "user_config": settings,
        "compatibility": { "platforms": [os] },
    });
    Ok(vec![
        parts.binary("server/glue-connector"),
        File::json("manifest.json", &manifest),
        File::new("icon.png", ICON_PNG),
        File::new("LICENSE", LICENCE),
        File::unpacked("THIRD-PARTY-LICENSES.txt", THIRD_PARTY)?,
    ])
}

/// The registry's entry. It names where the bundle will be, which only the publisher knows.
fn beside(parts: &Parts, bundle: &Made<'_>) -> Vec<File> {
    let variable = |form: &Value, name: &str, required: bool| {
        json!({
            "name": name,
            "description": form["description"],
            "isRequired": required,
            "isSecret": form["writeOnly"] == true,
            "format": "string",
        })
    };
    let mut variables = SETTINGS
        .iter()
        .map(|&(connection, field, name)| variable(&parts.fields(connection)[field], name, field == "region"))
        .collect::<Vec<_>>();
    variables.push(
        json!({ "name": ALLOW_WRITE.1, "description": ALLOW_WRITE_HELP, "format": "boolean", "default": "false" }),
    );
    let entry = json!({
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": format!("{}/{}", parts.publisher, parts.text("name")),
        "title": parts.manifest["label"],
        "description": parts.manifest["description"],
        "version": parts.manifest["version"],
        "packages": [{
            "registryType": "mcpb",
            "identifier": format!("{}{}", parts.download_url, bundle.name),
            "version": parts.manifest["version"],
            "fileSha256": bundle.sha256,
            "transport": { "type": "stdio" },
            "environmentVariables": variables,
        }],
    });
    vec![File::json("server.json", &entry)]
}
