//! The packages in the hosts that they are for: other people's software, installed below `target/`.
//!
//! These need Node.js and, for Node-RED's editor, Chromium. Where these are missing a test says so on standard error and
//! is skipped, unless `GLUE_CONNECTOR_HOST_TESTS=required`.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, OnceLock};

use glue_connector::package;
use glue_runtime::redact::names::{HARMLESS_ENDS, HARMLESS_KEYS, HARMLESS_NAMES, SECRET_WORDS, is_secret};
use serde_json::{Value, json};

use crate::docs::broken_links;
use crate::spec::root;
use crate::support::emulator::{Emulator, locked, python};
use crate::support::program::{binary, command, invoke_text};

/// An emulator with the job `nightly`, whose runs take a few looks.
fn emulator() -> Emulator {
    let mut aws = Emulator::start();
    aws.create_job("nightly", 50);
    aws.slow_down(3);
    aws
}

fn folder(name: &str) -> PathBuf {
    let folder = root().join("target/hosts").join(name);
    fs::create_dir_all(&folder).expect("target/ can be written");
    folder
}

/// True when these programs are there. A test that is skipped must not look as if it had passed.
fn available(programs: &[&str]) -> bool {
    let is_missing = |program: &&&str| {
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err()
    };
    let Some(missing) = programs.iter().find(is_missing) else { return true };
    let required = std::env::var("GLUE_CONNECTOR_HOST_TESTS").is_ok_and(|wanted| wanted == "required");
    assert!(!required, "`{missing}` is not installed");
    // Past the test harness, which keeps what tests print to itself.
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: a host's test needs `{missing}`, which is not installed.\n");
    false
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|problem| panic!("{command:?}: {problem}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{command:?}:\n{text}");
    text
}

/// The folder whose `node_modules` has the packages of `tests/hosts/package.json`.
fn node_modules() -> PathBuf {
    let folder = folder("node");
    locked(&folder, || {
        let wanted = ["package.json", ".npmrc"].map(|name| {
            let content = fs::read_to_string(root().join("tests/hosts").join(name)).expect("pinned versions");
            fs::write(folder.join(name), &content).expect("target/ can be written");
            content
        });
        let (wanted, stamp) = (wanted.concat(), folder.join("installed"));
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return;
        }
        run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder));
        fs::write(stamp, wanted).expect("target/ can be written");
    });
    folder
}

/// The binary without what is there for debuggers, which takes minutes to compress.
static STRIPPED: LazyLock<PathBuf> = LazyLock::new(|| {
    let stripped = folder("stripped").join("glue-connector");
    run(Command::new("strip").arg("-o").arg(&stripped).arg(binary()));
    stripped
});

/// The package for this target, made when it is first asked for.
fn package(target: &str) -> &'static Path {
    static PACKAGES: LazyLock<BTreeMap<&str, OnceLock<PathBuf>>> =
        LazyLock::new(|| package::targets().map(|target| (target, OnceLock::new())).collect());
    PACKAGES[target].get_or_init(|| package_twice(target))
}

/// Makes a package twice, the same bytes both times, and verifies it.
fn package_twice(target: &str) -> PathBuf {
    let [first, second] = ["first", "second"].map(|name| {
        let out = folder(&format!("{target}-{name}"));
        let made =
            invoke_text(command().args(["package", target, "--out"]).arg(&out).arg("--binary").arg(&*STRIPPED), b"");
        assert_eq!(made.reply["ok"], true, "{}", made.stdout);
        let path = PathBuf::from(made.reply["data"]["Files"][0]["Path"].as_str().expect("the package"));
        run(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&out));
        path
    });
    assert!(
        fs::read(&first).expect("a package") == fs::read(second).expect("a package"),
        "two packages of one binary differ"
    );
    let verified = invoke_text(command().arg("verify").arg(&first), b"");
    assert_eq!(verified.reply["ok"], true, "{}", verified.stdout);
    first
}

/// The snippet in this language on a page, run as it stands there.
fn snippet(page: &str, language: &str, run_with: &mut Command, aws: &Emulator) {
    let code =
        page.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next()).expect("a snippet");
    let beside = binary().parent().expect("a folder").to_owned();
    let path = std::env::join_paths(
        std::iter::once(beside).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let printed = run(run_with.arg(code).env("PATH", path.expect("a path")).envs([
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_ENDPOINT_URL", &aws.endpoint),
        ("NO_PROXY", "127.0.0.1"),
    ]));
    assert!(printed.contains("JobNames"), "{printed}");
}

#[test]
fn snippets_run() {
    let aws = emulator();
    let (readme, hosts) = (include_str!("../../README.md"), include_str!("../../docs/hosts.md"));
    snippet(readme, "python", Command::new(python()).arg("-c"), &aws);
    if available(&["node"]) {
        for page in [readme, hosts] {
            snippet(page, "js", Command::new("node").args(["--input-type=module", "--eval"]), &aws);
        }
    }
}

#[test]
fn every_target_makes_the_same_package_each_time() {
    let mut names = HashSet::new();
    for target in package::targets() {
        let name = package(target).file_name().expect("a name").to_owned();
        assert!(names.insert(name.clone()), "{target}: another target's archive is called {} as well", name.display());
    }
}

#[test]
fn language_models_get_tools_in_both_eras_of_the_protocol() {
    let aws = emulator();
    run(Command::new(python()).arg(root().join("tests/hosts/mcp_client.py")).arg(binary()).arg(&aws.endpoint));
}

#[test]
fn the_bundle_installs_and_its_registry_entry_is_valid() {
    if !available(&["node", "npm"]) {
        return;
    }
    let bundle = package("mcpb");
    let aws = emulator();
    let script = root().join("tests/hosts/mcpb.mjs");
    run(Command::new("node").arg(script).arg(bundle).arg(&aws.endpoint).arg(folder("unpacked")).arg(node_modules()));

    let entry = bundle.with_file_name("server.json");
    let read: Value = serde_json::from_slice(&fs::read(&entry).expect("an entry")).expect("JSON");
    let secrets = read["packages"][0]["environmentVariables"].as_array().expect("variables").iter();
    let secrets = secrets
        .filter(|variable| variable["isSecret"] == true)
        .map(|variable| variable["name"].clone())
        .collect::<Vec<_>>();
    assert_eq!(secrets, [json!("AWS_SECRET_ACCESS_KEY"), json!("AWS_SESSION_TOKEN")]);
    // A linter of the registry's own schema; it looks at a folder.
    let alone = folder("registry-entry");
    fs::copy(&entry, alone.join("server.json")).expect("a copy");
    let said = run(Command::new(python()).args(["-m", "skillsaw", "lint"]).arg(&alone));
    assert!(said.contains("mcp-registry") && said.contains("Errors:   0") && said.contains("Warnings: 0"), "{said}");
}

#[test]
fn the_native_package_has_all_that_a_marketplace_asks_for() {
    let package = package("native");
    let unpacked = folder("native-unpacked");
    run(Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(&unpacked));
    let unpacked = unpacked.join("glue-connector");
    run(Command::new("sha256sum").args(["--check", "--quiet", "SHA256SUMS"]).current_dir(&unpacked));
    let printed = run(Command::new(unpacked.join("bin/glue-connector")).arg("spec"));
    assert_eq!(printed, fs::read_to_string(unpacked.join("spec/manifest.json")).expect("a manifest"));
    for path in [
        "index.html",
        "sbom.cdx.json",
        "THIRD-PARTY-LICENSES.txt",
        "LICENSE",
        "README.md",
        "assets/icon.png",
        "docs/errors.md",
        "docs/reference/actions.md",
        "spec/iam/startJobRun.json",
    ] {
        assert!(fs::metadata(unpacked.join(path)).is_ok_and(|file| file.len() > 100), "{path}");
    }
    let broken = broken_links(&unpacked);
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn a_package_that_was_changed_is_found_out() {
    let package = package("native");
    let changed = folder("changed");
    let file = changed.join("changed.tar.gz");
    let refusal = |file: &Path| invoke_text(command().arg("verify").arg(file), b"").reply["error"]["message"].clone();

    let mut bytes = fs::read(package).expect("a package");
    let beside = package.with_file_name(format!("bad-{}", package.file_name().expect("a name").to_string_lossy()));
    bytes.truncate(bytes.len() / 2);
    fs::write(&beside, &bytes).expect("writable");
    assert!(refusal(&beside).as_str().expect("a message").contains("not a package"), "{}", refusal(&beside));

    run(Command::new("tar").arg("-xzf").arg(package).arg("-C").arg(&changed));
    let again = |why: &str| {
        run(Command::new("tar")
            .arg("-czf")
            .arg(&file)
            .arg("-C")
            .arg(&changed)
            .args(["--exclude=*/", "--no-recursion"])
            .args(run(Command::new("find").args(["glue-connector", "-type", "f"]).current_dir(&changed)).lines()));
        assert!(refusal(&file).as_str().unwrap_or_default().contains(why), "{why}: {}", refusal(&file));
    };
    let readme = changed.join("glue-connector/README.md");
    fs::write(&readme, "other words").expect("writable");
    again("`README.md` was changed");
    fs::remove_file(&readme).expect("removable");
    again("`README.md` is missing");
    fs::write(changed.join("glue-connector/extra"), "more").expect("writable");
    fs::write(&readme, include_str!("../../README.md")).expect("writable");
    again("`extra` does not belong");
}

#[test]
fn node_red_installs_the_package_and_runs_it() {
    if !available(&["node", "npm", "chromium"]) {
        return;
    }
    let package = package("node-red");
    let aws = emulator();
    let script = root().join("tests/hosts/node_red/test.mjs");
    let workdir = folder("node-red");
    run(Command::new("node").arg(script).arg(package).arg(&aws.endpoint).arg(workdir).arg(node_modules()));
}

#[test]
fn node_reds_editor_knows_names_of_secrets_as_the_connector_does() {
    if !available(&["node"]) {
        return;
    }
    let words = SECRET_WORDS.iter().chain(HARMLESS_NAMES).chain(HARMLESS_KEYS).flat_map(|word| {
        let ends = HARMLESS_ENDS.iter().map(move |end| format!("{word}-{end}"));
        [(*word).to_owned(), word.to_uppercase(), format!("--db_{word}2")].into_iter().chain(ends)
    });
    let others = [
        "ENCRYPTED_KAFKA_CLIENT_KEY_PASSWORD",
        "KAFKA_SASL_SCRAM_SECRETS_ARN",
        "KAFKA_SASL_GSSAPI_KEYTAB",
        "KAFKA_CLIENT_KEYSTORE",
        "secretAccessKey",
        "accessKeyId",
        "api-key",
        "encryptionKey",
        "--SSL_KEY",
        "Key",
        "nextToken",
        "next_token",
        "tokenUrl",
        "pass word",
        "p\u{e4}ssword",
        "passwor\u{212a}",
        "\u{130}d",
        "USERNAME",
        "--day",
        "",
    ];
    let names = words.chain(others.map(str::to_owned)).collect::<Vec<_>>();
    let secret = names.iter().filter(|name| is_secret(name)).collect::<Vec<_>>();
    let printed = run(Command::new("node")
        .arg(root().join("tests/hosts/node_red/secret_names.mjs"))
        .arg(root().join("spec/manifest.json"))
        .arg(root().join("src/package/node_red/resources/rules.js"))
        .arg(json!(names).to_string()));
    assert_eq!(serde_json::from_str::<Value>(&printed).expect("JSON"), json!(secret));
    assert!(secret.len() > SECRET_WORDS.len() && secret.len() < names.len());
}
