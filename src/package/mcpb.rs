//! `mcpb`: a bundle that desktop hosts of language models install with a click, and its entry for the MCP registry.

use serde_json::{Map, Value, json};

use super::archive::{File, Format};
use super::inputs::{ICON_PNG, PackageInputs};
use super::target::{Archive, Target};

pub(super) const TARGET: Target =
    Target { key: "mcpb", format: Format::Zip("mcpb"), file_stem: PackageInputs::platform_file_stem, files, sidecars };

/// The settings that a host asks for: connection type, field of its form, and the environment variable that passes it
/// on. A blank one is looked up as AWS's own tools do.
const SETTINGS: &[(&str, &str, &str)] = &[
    ("apiKeySecret", "region", "AWS_REGION"),
    ("apiKeySecret", "accessKeyId", "AWS_ACCESS_KEY_ID"),
    ("apiKeySecret", "secretAccessKey", "AWS_SECRET_ACCESS_KEY"),
    ("apiKeySecret", "sessionToken", "AWS_SESSION_TOKEN"),
    ("awsAssumeRole", "roleArn", "GLUE_CONNECTOR_ROLE_ARN"),
];
/// The one setting that is not a connection's.
const ALLOW_WRITE: (&str, &str) = ("allowWrite", "GLUE_CONNECTOR_ALLOW_WRITE");
const ALLOW_WRITE_TITLE: &str = "Allow changes";
const ALLOW_WRITE_HELP: &str =
    "Offer tools that change something: start and stop jobs, crawlers and triggers. Without it, tools only read.";

/// The fields of the form of the connection type with this key.
fn fields<'a>(manifest: &'a Value, connection: &str) -> &'a Value {
    let listed = manifest["connections"].as_array().into_iter().flatten().find(|listed| listed["key"] == connection);
    listed.map_or(&Value::Null, |listed| &listed["fields"]["properties"])
}

fn files(inputs: &PackageInputs) -> Vec<File> {
    let (os, _) = PackageInputs::platform();
    let mut settings = Map::new();
    let mut environment = Map::new();
    for &(connection, field, variable) in SETTINGS {
        let form = &fields(&inputs.manifest, connection)[field];
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
    let setting = json!({
        "type": "boolean",
        "title": ALLOW_WRITE_TITLE,
        "description": ALLOW_WRITE_HELP,
        "required": false,
        "default": false,
    });
    settings.insert(field.to_owned(), setting);
    environment.insert(variable.to_owned(), json!(format!("${{user_config.{field}}}")));
    let tools = inputs.manifest["actions"].as_array().into_iter().flatten();
    let tools = tools.map(|action| json!({ "name": action["key"], "description": action["description"] }));
    let manifest = json!({
        "manifest_version": "0.3",
        "name": inputs.manifest["name"],
        "display_name": inputs.manifest["label"],
        "version": inputs.manifest["version"],
        "description": inputs.manifest["description"],
        "author": { "name": "The glue-connector contributors" },
        "license": inputs.manifest["license"],
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
    vec![
        inputs.binary("server/glue-connector"),
        File::json("manifest.json", &manifest),
        File::new("icon.png", ICON_PNG),
    ]
}

/// The MCP registry's entry, which names the URL that the publisher will offer the bundle at.
fn sidecars(inputs: &PackageInputs, bundle: &Archive<'_>) -> Vec<File> {
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
        .map(|&(connection, field, name)| {
            variable(&fields(&inputs.manifest, connection)[field], name, field == "region")
        })
        .collect::<Vec<_>>();
    variables.push(
        json!({ "name": ALLOW_WRITE.1, "description": ALLOW_WRITE_HELP, "format": "boolean", "default": "false" }),
    );
    let entry = json!({
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": format!("{}/{}", inputs.publisher, inputs.text("name")),
        "title": inputs.manifest["label"],
        "description": inputs.manifest["description"],
        "version": inputs.manifest["version"],
        "packages": [{
            "registryType": "mcpb",
            "identifier": format!("{}{}", inputs.download_url, bundle.name),
            "version": inputs.manifest["version"],
            "fileSha256": bundle.sha256,
            "transport": { "type": "stdio" },
            "environmentVariables": variables,
        }],
    });
    vec![File::json("server.json", &entry)]
}
