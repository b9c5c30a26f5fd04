//! The targets of `fuzz/` on inputs that are made from its corpus: a few in every run, `FUZZ_INPUTS` of each on demand,
//! from the seed `FUZZ_SEED`. The same number and seed make the same inputs.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use fastrand::Rng;

#[path = "../fuzz/src/lib.rs"]
mod targets;

/// No input grows longer.
const LONGEST: usize = 4096;
/// What a parser is apt to look for.
const WORDS: &[&str] = &[
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "1e999",
    "-0",
    "9007199254740993",
    "\n",
    "\r\n",
    "\0",
    "\u{e9}",
    "\u{1f600}",
    "://",
    "@",
    "?",
    "=",
    ";",
    "&",
    "password=",
    ":thin:",
    "<Code>",
    "</Code>",
    "__type",
    "NextToken",
    "-----BEGIN CERTIFICATE-----",
    "-----END CERTIFICATE-----",
];

#[allow(clippy::print_stderr, reason = "the input of a defect is told beside its panic")]
fn fuzz(name: &str, target: fn(&[u8])) {
    let number = |variable| std::env::var(variable).ok().map(|text| text.parse::<u64>().expect("a whole number"));
    let (inputs, seed) = (number("FUZZ_INPUTS").unwrap_or(1000), number("FUZZ_SEED").unwrap_or(1));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).expect("a corpus").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let corpus: Vec<_> = files.iter().map(|file| fs::read(file).expect("a file")).collect();
    let mut rng = Rng::with_seed(seed);
    let mutants = (0..inputs).map(|_| mutate(&corpus, &mut rng));
    for (index, input) in corpus.iter().cloned().chain(mutants).enumerate() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(&input))) {
            eprintln!("{name}, seed {seed}, input {index}: b\"{}\"", input.escape_ascii());
            resume_unwind(panic);
        }
    }
}

fn mutate(corpus: &[Vec<u8>], rng: &mut Rng) -> Vec<u8> {
    let mut input = corpus[rng.usize(..corpus.len())].clone();
    for _ in 0..rng.usize(1..=8) {
        let at = rng.usize(..=input.len());
        let end = rng.usize(at..=input.len().min(at + 32));
        match rng.u8(..6) {
            0 => drop(input.splice(at..end, [])),
            1 => drop(input.splice(at..at, WORDS[rng.usize(..WORDS.len())].bytes())),
            2 => drop(input.splice(at..end, WORDS[rng.usize(..WORDS.len())].bytes())),
            3 => input.get_mut(at).into_iter().for_each(|byte| *byte = rng.u8(..)),
            4 => input.extend_from_within(at..end),
            _ => {
                let other = &corpus[rng.usize(..corpus.len())];
                let from = rng.usize(..=other.len());
                drop(input.splice(at.., other[from..].iter().copied()));
            }
        }
    }
    input.truncate(LONGEST);
    input
}

#[test]
fn any_request_line_is_taken_or_refused() {
    fuzz("request_line", targets::request_line);
}

#[test]
fn any_input_is_taken_or_refused_by_every_form() {
    fuzz("form", targets::form);
}

#[test]
fn any_answer_makes_a_reply() {
    fuzz("answer", targets::answer);
}

#[test]
fn any_error_makes_an_error_whose_effect_and_retry_agree() {
    fuzz("error_body", targets::error_body);
}

#[test]
fn secrets_are_places_in_any_text() {
    fuzz("url", targets::url);
}

#[test]
fn any_text_is_a_ca_bundle_or_a_fault() {
    fuzz("pem", targets::pem);
}
