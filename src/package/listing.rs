//! The listing: one HTML page that shows a marketplace's visitors the connector, with every form and an example of every call.
//!
//! All of it comes from the manifest. The page asks the network for nothing and can be read without its script.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Number, Value, json};

use crate::spec::sentence;

const STYLE: &str = include_str!("listing.css");

/// Only what a page that reads without it can gain: buttons that copy, and a box that filters the actions.
const SCRIPT: &str = r##"
for (const figure of document.querySelectorAll("figure")) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
  const name = figure.querySelector("figcaption").textContent;
  button.setAttribute("aria-label", `Copy ${name}`);
  button.addEventListener("click", async () => {
    const copied = await navigator.clipboard.writeText(figure.querySelector("code").textContent).then(() => true, () => false);
    button.textContent = copied ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  figure.prepend(button);
}
const box = document.getElementById("filter");
box.closest("[hidden]").hidden = false;
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const action of document.querySelectorAll(".action")) {
    const text = action.querySelector("header").textContent.toLowerCase();
    action.hidden = !words.every((word) => text.includes(word));
    document.querySelector(`nav a[href="#${action.id}"]`).parentElement.hidden = action.hidden;
    shown += !action.hidden;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".action:not([hidden])");
  document.getElementById("shown").textContent = box.value.trim() ? `${shown} found` : "";
});
"##;

/// What a browser may load on behalf of the page: what is in it already, and nothing else.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// What the connector promises besides its actions, which the manifest cannot say.
const PROMISES: [(&str, &str); 3] = [
    (
        "Errors that help",
        "A form's schema also checks it before anything is sent. An error says what went wrong, in which field, what it changed, \
         whether to try again, and what to do.",
    ),
    (
        "Nothing is sent twice by accident",
        "A change is repeated only where it is certain that AWS did not act. With an idempotency key a job run is started once, whatever \
         crashes.",
    ),
    (
        "Secrets stay secret",
        "They come in on standard input and leave only towards AWS, signed. No reply, error or log shows one; those of Glue \
         connections are masked.",
    ),
];

/// What stands above the data sources.
const DATA_SOURCES: &str = "They fill the dropdowns of the forms from your account: a request names one as `dataSource` in place of an \
     action. Inputs marked * are required.";

/// What stands above the list of all permissions.
const PERMISSIONS: &str = "All that the actions and data sources ask of AWS; give only what your flows use. Policies to paste come with \
     the connector: `spec/iam/all.json` for everything, and one for each action, such as `spec/iam/startJobRun.json`.";

/// Headings for actions and the word in a key that puts an action below one; the last takes what is left.
const GROUPS: [(&str, &str); 6] = [
    ("Jobs", "Job"),
    ("Crawlers", "Crawl"),
    ("Triggers", "Trigger"),
    ("Workflows", "Workflow"),
    ("Glue connections", "Connection"),
    ("Other", ""),
];

/// What a badge means, in the order in which an action shows them: member of the annotations, name, meaning.
const BADGES: [(&str, &str, &str); 3] = [
    ("reads", "Reads only", "looks and changes nothing"),
    ("changes", "Changes", "changes something in your account"),
    ("idempotent", "Idempotent", "leaves the same behind when it is called twice"),
];

/// Patterns that say little to people, and what they come to.
const PATTERNS: [(&str, &str); 6] = [
    (r"^\S+$", "no spaces"),
    (r"^\w+$", "letters, digits and underscores"),
    (r"^[A-Za-z0-9]+$", "letters and digits"),
    (r"^[A-Za-z0-9-]+$", "letters, digits and hyphens"),
    (r"^[^\x00-\x08\x0A-\x1F\uFFFE\uFFFF]*$", "one line"),
    (r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]*$", "no control characters"),
];

/// Suggestions beyond these are folded.
const SUGGESTIONS_SHOWN: usize = 6;

/// How many characters of JSON stay on one line.
const JSON_WIDTH: usize = 44;

/// The page of a manifest. The icon is shown as an image, so nothing in it can run.
#[must_use]
pub fn page(manifest: &Value, icon_svg: &str) -> String {
    let icon = data_uri(icon_svg);
    let html = tag("html").set("lang", "en").add(head(manifest, &icon)).add(body(manifest, &icon));
    format!("<!DOCTYPE html>\n{}", html.render())
}

fn head(manifest: &Value, icon: &str) -> Element {
    tag("head")
        .add(tag("meta").set("charset", "utf-8"))
        .add(tag("meta").set("name", "viewport").set("content", "width=device-width, initial-scale=1"))
        .add(tag("meta").set("http-equiv", "Content-Security-Policy").set("content", CONTENT_POLICY))
        .add(tag("meta").set("name", "color-scheme").set("content", "light dark"))
        .add(tag("meta").set("name", "description").set("content", text(&manifest["description"])))
        .add(worded("title", &format!("{} connector", text(&manifest["label"]))))
        .add(tag("link").set("rel", "icon").set("href", icon))
        .add(tag("style").raw(STYLE))
}

fn body(manifest: &Value, icon: &str) -> Element {
    let main = tag("main")
        .set("id", "main")
        .add(hero(manifest, icon))
        .add(overview(manifest))
        .add(calling(manifest))
        .add(connections(manifest))
        .add(actions(manifest))
        .add(data_sources(manifest))
        .add(permissions(manifest))
        .add(footer(manifest));
    tag("body")
        .add(classed("a", "skip").set("href", "#main").text("Skip to content"))
        .add(navigation(manifest, icon))
        .add(main)
        .add(tag("script").raw(SCRIPT))
}

// Navigation.

fn navigation(manifest: &Value, icon: &str) -> Element {
    let brand =
        classed("a", "brand").set("href", "#main").add(image(icon, "28")).add(worded("span", text(&manifest["label"])));
    let sections = tag("ul")
        .add(tag("li").add(link("#overview", "Overview")))
        .add(tag("li").add(link("#calling", "Calling it")))
        .add(branch(
            "#connections",
            "Connections",
            list(&manifest["connections"]).iter().map(|it| (connection_id(it), it)),
        ))
        .add(tag("li").add(link("#actions", "Actions")))
        .add_all(groups(manifest).map(|(title, id, actions)| {
            branch(&format!("#{id}"), title, actions.into_iter().map(|action| (action_id(action), action)))
        }))
        .add(tag("li").add(link("#data-sources", "Data sources")))
        .add(tag("li").add(link("#permissions", "Permissions")));
    tag("nav").set("aria-label", "Contents").add(brand).add(sections)
}

fn branch<'a>(href: &str, title: &str, leaves: impl Iterator<Item = (String, &'a Value)>) -> Element {
    let leaves = leaves.map(|(id, leaf)| tag("li").add(link(&format!("#{id}"), text(&leaf["label"]))));
    tag("li").add(link(href, title)).add(tag("ul").add_all(leaves))
}

// What comes before the reference.

fn hero(manifest: &Value, icon: &str) -> Element {
    let fact = |name: &str, value: &Value| tag("div").add(worded("dt", name)).add(worded("dd", &plain(value)));
    let facts = classed("dl", "about")
        .add(fact("Version", &manifest["version"]))
        .add(fact("Licence", &manifest["license"]))
        .add(fact("Category", &manifest["category"]))
        .add(fact("Protocol", &manifest["protocolVersion"]));
    let words = tag("div")
        .add(worded("h1", text(&manifest["label"])))
        .add(classed("p", "lead").text(&sentence(text(&manifest["description"]))))
        .add(facts);
    classed("header", "hero").add(image(icon, "112")).add(words)
}

fn overview(manifest: &Value) -> Element {
    let labels =
        |member: &str| list(&manifest[member]).iter().map(|it| text(&it["label"])).collect::<Vec<_>>().join(", ");
    let count = |member: &str, noun: &str| format!("{} {noun}", list(&manifest[member]).len());
    let kinds: Vec<_> = GROUPS.iter().filter(|(_, word)| !word.is_empty()).map(|(title, _)| *title).collect();
    let facts = [
        (
            count("actions", "actions"),
            format!("{}, and any other operation of AWS Glue by its name.", kinds.join(", ")),
        ),
        (count("connections", "ways to authenticate"), format!("{}.", labels("connections"))),
        (count("dataSources", "dropdowns from your account"), format!("{}.", labels("dataSources"))),
    ];
    let promises = PROMISES.map(|(title, words)| (title.to_owned(), words.to_owned()));
    let cards = facts
        .into_iter()
        .chain(promises)
        .map(|(title, words)| tag("li").add(worded("h3", &title)).add(worded("p", &words)));
    section("overview", "What it does").add(classed("ul", "cards").add_all(cards))
}

fn calling(manifest: &Value) -> Element {
    let name = text(&manifest["name"]);
    let error = json!({"ok": false, "error": {
        "kind": "invalidInput", "message": "Name (`name`) is required.", "field": "/input/name", "effect": "none", "retryable": false,
    }});
    let words = format!(
        "A host gives `{name} invoke` one request as JSON on standard input and gets one reply on standard output. `{name} stream` takes \
         a request a line, without end, and works on many at once. A reply has `data` or an `error`, and in `meta` what it took. What a \
         form holds is accepted as it is: a blank field is not given, and `\"20\"` is a number where a number is meant."
    );
    let check = json!({"check": true, "connection": sample_connection(&manifest["connections"][0])});
    section("calling", "Calling it").add(prose("p", &words)).add(
        classed("div", "pair")
            .add(snippet("Request that tests a connection", &check))
            .add(snippet("Reply to a request that lacks a field", &error)),
    )
}

// Connections and actions.

fn connections(manifest: &Value) -> Element {
    let articles = list(&manifest["connections"]).iter().map(|connection| {
        let id = connection_id(connection);
        let (advanced, plain): (Vec<_>, Vec<_>) =
            fields(&id, &connection["fields"], &Value::Null).partition(|field| field.schema["x-advanced"] == true);
        let folded = (!advanced.is_empty()).then(|| {
            let summary = worded("summary", &format!("Advanced settings ({})", advanced.len()));
            tag("details").add(summary).add(grid(advanced.iter().map(Field::draw)))
        });
        let form = form("Form").add(grid(plain.iter().map(Field::draw))).add_all(folded);
        let aside = classed("div", "aside")
            .add(snippet("Connection in a request", &json!({"connection": sample_connection(connection)})));
        article("connection", &id, "h3", connection, None).add(classed("div", "columns").add(form).add(aside))
    });
    section("connections", "Connections")
        .add(prose(
            "p",
            "Who the connector is towards AWS. The host gives it with each request; without one, the machine's own credentials are used.",
        ))
        .add_all(articles)
}

fn actions(manifest: &Value) -> Element {
    let legend = BADGES.map(|(member, name, meaning)| tag("li").add(badge(member, name)).text(" ").text(meaning));
    let filter = classed("div", "filter")
        .flag("hidden", true)
        .add(worded("label", "Filter actions").set("for", "filter"))
        .add(tag("input").set("type", "search").set("id", "filter").set("autocomplete", "off"))
        .add(classed("span", "found").set("id", "shown").set("role", "status"));
    let groups = groups(manifest).map(|(title, id, actions)| {
        let articles = actions.into_iter().map(|action| action_article(manifest, action));
        classed("section", "group").set("id", &id).add(worded("h3", title)).add_all(articles)
    });
    section("actions", "Actions")
        .add(prose("p", "Every form is filled in as in the example beside it. Fields that are not marked as required may be left blank."))
        .add(classed("ul", "legend").add_all(legend))
        .add(filter)
        .add_all(groups)
}

fn action_article(manifest: &Value, action: &Value) -> Element {
    let id = action_id(action);
    let example = &action["example"];
    let fields: Vec<_> = fields(&id, &action["input"], &example["input"]).collect();
    let request = json!({
        "action": action["key"],
        "connection": sample_connection(&manifest["connections"][0]),
        "input": example["input"],
    });
    let aside = classed("div", "aside")
        .add(snippet("Request", &request))
        .add(snippet("Reply", &json!({"ok": true, "data": example["output"]})))
        .add(worded("h5", "Permissions"))
        .add(needed(action, "Those of the operation that is called."));
    let columns =
        tag("div").add(form("Form").add(grid(fields.iter().map(Field::draw)))).add(outputs(&action["output"]));
    article("action", &id, "h4", action, Some(badges(&action["annotations"])))
        .add(classed("div", "columns").add(columns).add(aside))
}

/// An article with what connections and actions have in common.
fn article(class: &str, id: &str, heading: &'static str, of: &Value, badges: Option<Element>) -> Element {
    let anchor = link(&format!("#{id}"), text(&of["label"]));
    let about = match of["documentation"].as_str() {
        Some(url) => prose("p", &sentence(text(&of["description"])))
            .text(" ")
            .add(link(url, "AWS reference").set("rel", "noreferrer")),
        None => prose("p", &sentence(text(&of["description"]))),
    };
    let header = tag("header")
        .add(tag(heading).add(anchor))
        .add(classed("p", "marks").add(classed("code", "key").text(text(&of["key"]))).add_all(badges))
        .add(about);
    classed("article", class).set("id", id).add(header)
}

fn badges(annotations: &Value) -> Element {
    let held = BADGES.iter().filter(|(member, ..)| annotations[member] == true);
    classed("span", "badges").add_all(held.map(|(member, name, _)| badge(member, name)))
}

fn badge(member: &str, name: &str) -> Element {
    classed("span", &format!("badge {member}")).text(name)
}

/// What an action gives back, folded: it is long, and read by those who already call it.
fn outputs(schema: &Value) -> Element {
    classed("details", "outputs").add(worded("summary", "Data of the reply")).add(members_list(schema))
}

fn members_list(schema: &Value) -> Element {
    if schema["properties"].as_object().is_none_or(serde_json::Map::is_empty) {
        return worded("p", "None.");
    }
    tag("ul").add_all(properties(schema).map(|(key, member)| {
        let item = tag("li")
            .add(worded("code", key))
            .text(" ")
            .add(classed("span", "type").text(&type_name(member)))
            .add(prose("p", &titled(member)));
        let inner = if member["type"] == "array" { &member["items"] } else { member };
        if inner["properties"].is_object() { item.add(members_list(inner)) } else { item }
    }))
}

fn titled(schema: &Value) -> String {
    format!("{}: {}", text(&schema["title"]), sentence(text(&schema["description"])))
}

// What comes after the actions.

fn data_sources(manifest: &Value) -> Element {
    let heads = ["Data source", "Fills a dropdown with", "Inputs", "Permissions"]
        .map(|head| worded("th", head).set("scope", "col"));
    let rows = list(&manifest["dataSources"]).iter().map(|source| {
        let inputs: Vec<_> = fields("", &source["input"], &Value::Null)
            .map(|field| field.title().to_owned() + if field.required { "*" } else { "" })
            .collect();
        let name = tag("th")
            .set("scope", "row")
            .text(text(&source["label"]))
            .add(classed("code", "key").text(text(&source["key"])));
        tag("tr")
            .set("id", &data_source_id(text(&source["key"])))
            .add(name)
            .add(prose("td", &sentence(text(&source["description"]))))
            .add(worded("td", &inputs.join(", ")))
            .add(tag("td").add(needed(source, "None.")))
    });
    let table = tag("table").add(tag("thead").add(tag("tr").add_all(heads))).add(tag("tbody").add_all(rows));
    section("data-sources", "Data sources").add(prose("p", DATA_SOURCES)).add(table)
}

fn permissions(manifest: &Value) -> Element {
    let everything = list(&manifest["actions"]).iter().chain(list(&manifest["dataSources"]));
    let names: BTreeSet<_> = everything.flat_map(|entry| list(&entry["iamActions"])).map(text).collect();
    section("permissions", "Permissions").add(prose("p", PERMISSIONS)).add(chips(names.into_iter()))
}

fn footer(manifest: &Value) -> Element {
    let words = format!(
        "{} {}, {}. More in `{}`. “AWS” and “AWS Glue” are trademarks of Amazon; this project is not Amazon's.",
        text(&manifest["name"]),
        text(&manifest["version"]),
        text(&manifest["license"]),
        text(&manifest["documentation"]),
    );
    tag("footer").add(prose("p", &words))
}

fn section(id: &str, title: &str) -> Element {
    tag("section").set("id", id).add(worded("h2", title))
}

fn chips<'a>(names: impl Iterator<Item = &'a str>) -> Element {
    classed("ul", "chips").add_all(names.map(|name| tag("li").add(worded("code", name))))
}

/// The permissions of an action or a data source; `none` says what it means that none is named.
fn needed(of: &Value, none: &str) -> Element {
    let names = list(&of["iamActions"]);
    if names.is_empty() { worded("p", none) } else { chips(names.iter().map(text)) }
}

// Forms.

/// One field of a form: what its schema says, and what the example gives for it.
struct Field<'a> {
    id: String,
    key: &'a str,
    schema: &'a Value,
    required: bool,
    given: &'a Value,
}

/// The fields of an object's schema; their ids begin with that of the form.
fn fields<'a>(form_id: &'a str, schema: &'a Value, given: &'a Value) -> impl Iterator<Item = Field<'a>> {
    let required = |key: &str| list(&schema["required"]).iter().any(|other| other == key);
    properties(schema).map(move |(key, schema)| Field {
        id: format!("{form_id}-{key}"),
        key,
        schema,
        required: required(key),
        given: &given[key],
    })
}

impl Field<'_> {
    fn title(&self) -> &str {
        self.schema["title"].as_str().unwrap_or(self.key)
    }

    /// A single control has a label. What has several, or fields of its own, is a group with a legend.
    fn draw(&self) -> Element {
        let schema = self.schema;
        if schema["properties"].is_object() {
            let inner: Vec<_> = fields(&self.id, schema, self.given).collect();
            return self.fieldset("nested").add(grid(inner.iter().map(Field::draw)));
        }
        if schema["type"] == "array" {
            return self.fieldset("rows").add_all(self.entries()).add(self.adder());
        }
        if schema["additionalProperties"].is_object() {
            return self.fieldset("rows").add_all(self.pairs()).add(self.adder());
        }
        let label = tag("label").set("for", &self.id).text(self.title()).add_all(self.marks());
        let control = control(schema, self.given)
            .set("id", &self.id)
            .set("aria-describedby", &self.help_id())
            .flag("required", self.required);
        let shape = if control.name == "textarea" { "field wide" } else { "field" };
        classed("div", shape).add(label).add(self.signature()).add(control).add(self.help())
    }

    fn fieldset(&self, class: &str) -> Element {
        classed("fieldset", &format!("field wide {class}"))
            .set("aria-describedby", &self.help_id())
            .add(tag("legend").text(self.title()).add_all(self.marks()))
            .add(self.signature())
            .add(self.help())
    }

    fn marks(&self) -> impl Iterator<Item = Element> {
        let secret = is_secret(self.schema) || is_secret(&self.schema["additionalProperties"]);
        let marks = [("required", self.required), ("secret", secret)];
        marks
            .into_iter()
            .filter(|(_, holds)| *holds)
            .map(|(name, _)| classed("span", &format!("mark {name}")).text(name))
    }

    fn signature(&self) -> Element {
        classed("p", "signature")
            .add(worded("code", self.key))
            .text(" ")
            .add(classed("span", "type").text(&type_name(self.schema)))
    }

    fn help_id(&self) -> String {
        format!("{}-help", self.id)
    }

    fn help(&self) -> Element {
        let words = prose("p", &sentence(text(&self.schema["description"])));
        let limits = limits(self.schema);
        let help = classed("div", "help").set("id", &self.help_id()).add(words);
        let help = if limits.is_empty() { help } else { help.add(classed("ul", "limits").add_all(limits)) };
        help.add_all(suggestions(self.schema))
    }

    /// A row for each entry of a list, or one that waits to be filled in.
    fn entries(&self) -> impl Iterator<Item = Element> {
        let given = list(self.given);
        (0..given.len().max(1)).map(move |at| {
            let name = format!("{} {}", self.title(), at + 1);
            let entry = control(&self.schema["items"], given.get(at).unwrap_or(&Value::Null)).set("aria-label", &name);
            classed("div", "row").add(entry).add(remover(&name))
        })
    }

    /// A row for each name and its value.
    fn pairs(&self) -> impl Iterator<Item = Element> {
        let given: Vec<_> = self.given.as_object().into_iter().flatten().collect();
        (0..given.len().max(1)).map(move |at| {
            let (key, value) = given.get(at).map_or((Value::Null, &Value::Null), |(key, value)| (json!(key), *value));
            let part = |part: &str| format!("{} {} {part}", self.title(), at + 1);
            classed("div", "row")
                .add(
                    control(&json!({"type": "string"}), &key)
                        .set("aria-label", &part("name"))
                        .set("placeholder", "name"),
                )
                .add(
                    control(&self.schema["additionalProperties"], value)
                        .set("aria-label", &part("value"))
                        .set("placeholder", "value"),
                )
                .add(remover(&part("pair")))
        })
    }

    fn adder(&self) -> Element {
        classed("button", "adder")
            .set("type", "button")
            .set("aria-label", &format!("Add to {}", self.title()))
            .text("+ Add")
    }
}

fn remover(name: &str) -> Element {
    classed("button", "remover").set("type", "button").set("aria-label", &format!("Remove {name}")).text("×")
}

/// What a form is drawn in. It cannot be filled in: this page has nowhere to send it, and nobody should type a secret here.
fn form(legend: &str) -> Element {
    classed("fieldset", "form").flag("disabled", true).add(worded("legend", legend))
}

fn grid(fields: impl Iterator<Item = Element>) -> Element {
    classed("div", "grid").add_all(fields)
}

/// The control for one value, filled in with what is given, or else showing the default.
fn control(schema: &Value, given: &Value) -> Element {
    if let Some(choices) = schema["enum"].as_array() {
        return select(choices, &schema["default"], given);
    }
    match text(&schema["type"]) {
        "boolean" => switch(&schema["default"], given),
        "integer" => number(schema, given).set("step", "1"),
        "number" => number(schema, given).set("step", "any"),
        "object" => tag("textarea").set("rows", "4").set("spellcheck", "false").text(&pretty(given)),
        _ => words(schema, given),
    }
}

fn select(choices: &[Value], default: &Value, given: &Value) -> Element {
    let blank = default.is_null().then(|| option("", "Not given", given.is_null()));
    let chosen = if given.is_null() { default } else { given };
    tag("select")
        .add_all(blank)
        .add_all(choices.iter().map(|choice| option(text(choice), text(choice), choice == chosen)))
}

fn switch(default: &Value, given: &Value) -> Element {
    if default.is_null() {
        // Without a default, blank is an answer of its own: it leaves the matter to AWS or to the environment.
        let options = [("", "Not given", Value::Null), ("true", "Yes", json!(true)), ("false", "No", json!(false))];
        return tag("select").add_all(options.map(|(value, label, meant)| option(value, label, meant == *given)));
    }
    let on = if given.is_null() { default } else { given } == true;
    tag("input").set("type", "checkbox").flag("checked", on)
}

fn number(schema: &Value, given: &Value) -> Element {
    let input =
        tag("input").set("type", "number").set_some("min", &schema["minimum"]).set_some("max", &schema["maximum"]);
    input.set_some("value", given).set_some("placeholder", &schema["default"])
}

fn words(schema: &Value, given: &Value) -> Element {
    let lists = schema["x-data-source"].is_object() || schema["examples"].is_array();
    let input = if lists { classed("input", "picker") } else { tag("input") };
    let input = if is_secret(schema) {
        input.set("type", "password").set("autocomplete", "new-password")
    } else {
        input.set("type", "text")
    };
    input
        .set_some("minlength", &schema["minLength"])
        .set_some("maxlength", &schema["maxLength"])
        .set_some("value", given)
}

fn option(value: &str, label: &str, selected: bool) -> Element {
    tag("option").set("value", value).flag("selected", selected).text(label)
}

fn is_secret(schema: &Value) -> bool {
    schema["format"] == "password"
}

fn type_name(schema: &Value) -> String {
    match text(&schema["type"]) {
        "array" => format!("list of {}s", type_name(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map of {}s", type_name(&schema["additionalProperties"]))
        }
        "object" if schema["properties"].is_object() => "group".to_owned(),
        "" => "value".to_owned(),
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        name => name.to_owned(),
    }
}

// What a field allows, in words.

fn limits(schema: &Value) -> Vec<Element> {
    let each =
        |words: Vec<Element>, prefix: &str| words.into_iter().map(|limit| limit.prefixed(prefix)).collect::<Vec<_>>();
    let counts = [
        range(schema, "minimum", "maximum", ""),
        range(schema, "minLength", "maxLength", " characters"),
        range(schema, "minItems", "maxItems", " items"),
        range(schema, "minProperties", "maxProperties", " pairs"),
    ];
    let mut all: Vec<_> = counts.into_iter().flatten().map(|words| worded("li", &words)).collect();
    all.extend(pattern(schema));
    all.extend(choices(schema));
    all.extend(shown_default(&schema["default"]));
    all.extend(each(nested_limits(&schema["items"]), "each "));
    all.extend(each(nested_limits(&schema["propertyNames"]), "names: "));
    all.extend(each(nested_limits(&schema["additionalProperties"]), "values: "));
    all.extend(dropdown(&schema["x-data-source"]));
    all.extend(aliases(&schema["x-aliases"]));
    all
}

fn nested_limits(schema: &Value) -> Vec<Element> {
    if schema.is_object() { limits(schema) } else { Vec::new() }
}

fn range(schema: &Value, low: &str, high: &str, unit: &str) -> Option<String> {
    // The largest number that AWS's integers take is for checks, not for readers.
    let high = schema[high].as_number().filter(|high| high.as_i64() != Some(i64::from(i32::MAX)));
    let low = schema[low].as_number().map(Number::to_string);
    match (low, high) {
        (Some(low), Some(high)) => Some(format!("{low} to {high}{unit}")),
        (Some(low), None) => {
            Some(format!("at least {low}{}", if low == "1" { unit.trim_end_matches('s') } else { unit }))
        }
        (None, Some(high)) => Some(format!("up to {high}{unit}")),
        (None, None) => None,
    }
}

fn pattern(schema: &Value) -> Option<Element> {
    let pattern = schema["pattern"].as_str()?;
    let known = PATTERNS.iter().find(|(known, _)| *known == pattern);
    Some(
        known.map_or_else(|| tag("li").text("matches ").add(worded("code", pattern)), |(_, words)| worded("li", words)),
    )
}

fn choices(schema: &Value) -> Option<Element> {
    let choices = schema["enum"].as_array()?;
    Some(codes(tag("li").text("one of "), choices.iter().map(text)))
}

fn shown_default(default: &Value) -> Option<Element> {
    let words = match default {
        Value::Null => return None,
        Value::Bool(true) => "on by default".to_owned(),
        Value::Bool(false) => "off by default".to_owned(),
        other => return Some(tag("li").text("default ").add(worded("code", &plain(other)))),
    };
    Some(worded("li", &words))
}

fn dropdown(source: &Value) -> Option<Element> {
    let key = source["key"].as_str()?;
    Some(
        tag("li")
            .text("dropdown of ")
            .add(tag("a").set("href", &format!("#{}", data_source_id(key))).add(worded("code", key))),
    )
}

fn aliases(aliases: &Value) -> Option<Element> {
    let aliases = aliases.as_array()?;
    Some(codes(tag("li").text("also taken as "), aliases.iter().map(text)))
}

/// The first suggestions in a line, the rest folded.
fn suggestions(schema: &Value) -> Option<Element> {
    let places = [&schema["examples"], &schema["propertyNames"]["examples"], &schema["items"]["examples"]];
    let known: Vec<_> = places.into_iter().flat_map(list).map(text).collect();
    if known.is_empty() {
        return None;
    }
    let (first, rest) = known.split_at(known.len().min(SUGGESTIONS_SHOWN));
    let first = codes(tag("p").text("Suggests "), first.iter().copied());
    let folded = (!rest.is_empty()).then(|| {
        tag("details")
            .add(worded("summary", &format!("and {} more", rest.len())))
            .add(codes(tag("p"), rest.iter().copied()))
    });
    Some(classed("div", "suggestions").add(first).add_all(folded))
}

fn codes<'a>(into: Element, words: impl Iterator<Item = &'a str>) -> Element {
    words.enumerate().fold(into, |into, (at, word)| {
        let into = if at == 0 { into } else { into.text(", ") };
        into.add(worded("code", word))
    })
}

// JSON.

/// A connection as a request carries it: what it must have, with its values left out.
fn sample_connection(connection: &Value) -> Value {
    let fields: serde_json::Map<_, _> =
        list(&connection["fields"]["required"]).iter().map(|key| (text(key).to_owned(), json!("…"))).collect();
    json!({"key": connection["key"], "fields": fields})
}

fn snippet(caption: &str, value: &Value) -> Element {
    let code = print(tag("code"), value, 0, 0);
    tag("figure").add(worded("figcaption", caption)).add(tag("pre").add(code))
}

/// JSON as people set it: what fits on a line stays on one. `column` is where the value begins.
fn print(out: Element, value: &Value, indent: usize, column: usize) -> Element {
    let (open, close, entries): (_, _, Vec<(Option<&str>, &Value)>) = match value {
        Value::Object(members) if !members.is_empty() => {
            ("{", "}", members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect())
        }
        Value::Array(entries) if !entries.is_empty() => ("[", "]", entries.iter().map(|entry| (None, entry)).collect()),
        Value::String(_) => return out.add(classed("span", "s").text(&value.to_string())),
        Value::Number(_) | Value::Bool(_) => return out.add(classed("span", "n").text(&value.to_string())),
        _ => return out.text(&value.to_string()),
    };
    let fits = column + inline_width(value) <= JSON_WIDTH;
    let edge = |depth: usize| match (fits, open) {
        (true, "{") => " ".to_owned(),
        (true, _) => String::new(),
        (false, _) => format!("\n{}", "  ".repeat(depth)),
    };
    let between = if fits { ", ".to_owned() } else { format!(",{}", edge(indent + 1)) };
    let first = out.text(open).text(&edge(indent + 1));
    let all = entries.iter().enumerate().fold(first, |out, (at, (key, value))| {
        let out = if at == 0 { out } else { out.text(&between) };
        let name = key.map(|key| Value::from(key).to_string()).unwrap_or_default();
        let column = 2 * (indent + 1) + name.chars().count();
        let out = if name.is_empty() { out } else { out.add(classed("span", "k").text(&name)).text(": ") };
        print(out, value, indent + 1, column)
    });
    all.text(&edge(indent)).text(close)
}

/// How long JSON is on one line, with a space after `{`, `:` and `,`, and before `}`.
fn inline_width(value: &Value) -> usize {
    value.to_string().chars().count() + spaces(value)
}

fn spaces(value: &Value) -> usize {
    match value {
        Value::Object(members) if !members.is_empty() => {
            2 * members.len() + 1 + members.values().map(spaces).sum::<usize>()
        }
        Value::Array(entries) if !entries.is_empty() => entries.len() - 1 + entries.iter().map(spaces).sum::<usize>(),
        _ => 0,
    }
}

fn pretty(value: &Value) -> String {
    if value.is_null() { String::new() } else { format!("{value:#}") }
}

// The manifest.

/// The groups that have actions: heading, id, actions.
fn groups(manifest: &Value) -> impl Iterator<Item = (&'static str, String, Vec<&Value>)> {
    GROUPS.into_iter().filter_map(|(title, _)| {
        let actions: Vec<_> =
            list(&manifest["actions"]).iter().filter(|action| group_of(text(&action["key"])) == title).collect();
        let id = format!("group-{}", title.to_lowercase().replace(' ', "-"));
        (!actions.is_empty()).then_some((title, id, actions))
    })
}

fn group_of(key: &str) -> &'static str {
    GROUPS.iter().find(|(_, word)| key.contains(word)).map_or("", |(title, _)| title)
}

fn connection_id(connection: &Value) -> String {
    format!("connection-{}", text(&connection["key"]))
}

fn action_id(action: &Value) -> String {
    format!("action-{}", text(&action["key"]))
}

fn data_source_id(key: &str) -> String {
    format!("data-source-{key}")
}

fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(key, schema)| (key.as_str(), schema))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A value as people write it: text without quotes, the rest as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

// HTML.

/// An element. Text and attributes come in through [`escape`] alone; only what is written in this file is taken as it is.
struct Element {
    name: &'static str,
    attributes: String,
    content: String,
}

impl Element {
    fn set(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.attributes, " {name}=\"{}\"", escape(value));
        self
    }

    fn set_some(self, name: &str, value: &Value) -> Self {
        if value.is_null() { self } else { self.set(name, &plain(value)) }
    }

    fn flag(mut self, name: &str, holds: bool) -> Self {
        if holds {
            let _ = write!(self.attributes, " {name}");
        }
        self
    }

    fn text(mut self, text: &str) -> Self {
        self.content.push_str(&escape(text));
        self
    }

    fn raw(mut self, text: &'static str) -> Self {
        self.content.push_str(text);
        self
    }

    fn add(mut self, child: Element) -> Self {
        self.content.push_str(&child.render());
        self
    }

    fn add_all(self, children: impl IntoIterator<Item = Element>) -> Self {
        children.into_iter().fold(self, Self::add)
    }

    fn prefixed(mut self, text: &str) -> Self {
        self.content.insert_str(0, &escape(text));
        self
    }

    fn render(self) -> String {
        let Self { name, attributes, content } = self;
        // A space between words matters, one between blocks does not: only those end their line.
        let end = if matches!(name, "a" | "b" | "code" | "span" | "pre") { "" } else { "\n" };
        if matches!(name, "input" | "img" | "link" | "meta") {
            format!("<{name}{attributes}>{end}")
        } else {
            format!("<{name}{attributes}>{content}</{name}>{end}")
        }
    }
}

fn tag(name: &'static str) -> Element {
    Element { name, attributes: String::new(), content: String::new() }
}

fn classed(name: &'static str, class: &str) -> Element {
    tag(name).set("class", class)
}

fn worded(name: &'static str, text: &str) -> Element {
    tag(name).text(text)
}

fn link(href: &str, text: &str) -> Element {
    tag("a").set("href", href).text(text)
}

fn image(icon: &str, size: &str) -> Element {
    tag("img").set("src", icon).set("alt", "").set("width", size).set("height", size)
}

/// Text in which what stands between backticks is code.
fn prose(name: &'static str, text: &str) -> Element {
    text.split('`')
        .enumerate()
        .fold(tag(name), |into, (at, part)| if at % 2 == 0 { into.text(part) } else { into.add(worded("code", part)) })
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

fn data_uri(svg: &str) -> String {
    let mut uri = "data:image/svg+xml,".to_owned();
    for byte in svg.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/:=,;()".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed() -> Value {
        serde_json::from_str(include_str!("../../spec/manifest.json")).expect("the manifest is JSON")
    }

    /// Every text that is called `member`, however deep.
    fn all<'a>(value: &'a Value, member: &str, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                found.extend(value.as_str().filter(|_| name == member));
                all(value, member, found);
            }),
            Value::Array(entries) => entries.iter().for_each(|entry| all(entry, member, found)),
            _ => {}
        }
    }

    #[test]
    fn text_is_escaped_wherever_it_stands() {
        let hostile = r#"<script>"'&</script>"#;
        let safe = "&lt;script&gt;&quot;&#39;&amp;&lt;/script&gt;";
        assert_eq!(escape(hostile), safe);
        assert_eq!(tag("p").set("title", hostile).text(hostile).render(), format!("<p title=\"{safe}\">{safe}</p>\n"));

        let mut manifest = committed();
        manifest["label"] = json!(hostile);
        manifest["actions"][0]["input"]["properties"]["name"]["title"] = json!(hostile);
        manifest["actions"][0]["example"]["input"]["name"] = json!(hostile);
        let page = page(&manifest, hostile);
        assert!(page.contains(safe) && !page.contains(hostile));
        assert_eq!(page.matches("<script>").count(), 1);
    }

    #[test]
    fn every_key_and_title_is_shown() {
        let manifest = committed();
        let page = page(&manifest, "<svg/>");
        let mut shown = Vec::new();
        for (place, id) in [("actions", "action"), ("connections", "connection"), ("dataSources", "data-source")] {
            for entry in list(&manifest[place]) {
                assert!(page.contains(&format!(" id=\"{id}-{}\"", text(&entry["key"]))), "{}", entry["key"]);
                shown.push(text(&entry["label"]));
            }
        }
        all(&manifest["connections"], "title", &mut shown);
        all(&manifest["actions"], "title", &mut shown);
        assert!(shown.len() > 100);
        for title in shown {
            assert!(page.contains(&escape(title)), "{title}");
        }
    }

    #[test]
    fn ids_are_unique_and_what_is_referred_to_is_there() {
        let page = page(&committed(), "<svg/>");
        let values = |attribute: &str| {
            page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect::<Vec<_>>()
        };
        let ids = values(" id=\"");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
        for attribute in [" for=\"", " href=\"#", " aria-describedby=\""] {
            for id in values(attribute) {
                assert!(unique.contains(id), "{attribute}{id}");
            }
        }
    }
}
