//! The findings as tables for people: printed, and as the table and chart of `docs/performance.md`.

use std::fmt::{self, Display, Formatter, Write};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::measure::{Said, Used, quantile};
use crate::peers::OURS;

const START: &str = "<!-- benchmark: begin -->\n";
const END: &str = "<!-- benchmark: end -->";
const PAGE: &str = "docs/performance.md";
const CHART: &str = "assets/benchmark.svg";

pub struct Report {
    pub cold: Vec<Cold>,
    pub warm: Vec<(usize, Vec<Warm>)>,
    pub pages: Vec<(String, [(f64, f64); 2])>,
    pub endurance: [f64; 2],
    pub connections: [f64; 2],
    pub binary_mib: f64,
    pub build_seconds: Option<f64>,
}

/// Milliseconds of whole processes.
pub struct Cold {
    pub network: &'static str,
    pub name: String,
    pub low: f64,
    pub median: f64,
    pub high: f64,
}

/// One program at one number of calls in flight, over all repeats.
pub struct Warm {
    name: String,
    rates: Vec<f64>,
    latencies: Vec<f64>,
    cpu_micros: Vec<f64>,
    peaks: Vec<f64>,
}

impl Warm {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            rates: Vec::new(),
            latencies: Vec::new(),
            cpu_micros: Vec::new(),
            peaks: Vec::new(),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "microseconds and counts of a benchmark")]
    pub fn add(&mut self, said: &Said, used: Used) {
        let calls = said.latencies.len() as f64;
        self.rates.push(calls / said.seconds);
        self.latencies.extend(said.latencies.iter().map(|micros| *micros as f64));
        self.cpu_micros.push(used.cpu_seconds / calls * 1e6);
        self.peaks.push(used.peak_mib);
    }

    fn rate(&self) -> f64 {
        quantile(&mut self.rates.clone(), 0.5)
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "Cold: a whole process that makes one call.\n")?;
        writeln!(out, "| over | program | median ms | 10–90 % | × curl |\n| --- | --- | ---: | ---: | ---: |")?;
        for cold in &self.cold {
            let ratio = self.curl(cold.network).map_or_else(String::new, |curl| format!("{:.2}", cold.median / curl));
            writeln!(
                out,
                "| {} | {} | {:.1} | {:.1}–{:.1} | {ratio} |",
                cold.network,
                bold(&cold.name),
                cold.median,
                cold.low,
                cold.high
            )?;
        }
        writeln!(out, "\nWarm: one long-lived process, over TLS.\n")?;
        writeln!(
            out,
            "| in flight | program | calls/s | min–max | × SDK | p50 µs | p99 µs | p99.9 µs | CPU µs a call | peak MiB |"
        )?;
        writeln!(out, "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")?;
        for (in_flight, programs) in &self.warm {
            let sdk = programs.iter().find(|warm| warm.name == "aws-sdk-glue").map_or(f64::NAN, Warm::rate);
            for warm in programs {
                let (mut rates, mut latencies) = (warm.rates.clone(), warm.latencies.clone());
                let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| quantile(&mut latencies, share));
                let [cpu, peak] = [&warm.cpu_micros, &warm.peaks].map(|values| quantile(&mut values.clone(), 0.5));
                writeln!(
                    out,
                    "| {in_flight} | {} | {:.0} | {:.0}–{:.0} | {:.2} | {p50:.0} | {p99:.0} | {p999:.0} | {cpu:.0} | {peak:.0} |",
                    bold(&warm.name),
                    warm.rate(),
                    quantile(&mut rates, 0.0),
                    quantile(&mut rates, 1.0),
                    warm.rate() / sdk,
                )?;
            }
        }
        writeln!(out, "\nAll names of a long list, in pages of 1,000.\n")?;
        writeln!(out, "| program | 10,000 names | 100,000 names | peak MiB |\n| --- | ---: | ---: | ---: |")?;
        for (name, [(short, _), (long, peak)]) in &self.pages {
            writeln!(out, "| {} | {:.0} ms | {:.0} ms | {peak:.0} |", bold(name), short * 1e3, long * 1e3)?;
        }
        let [early, late] = self.endurance;
        writeln!(out, "\nResident memory after 1 % of 100,000 requests: {early:.1} MiB; after all: {late:.1} MiB.")?;
        let [few, many] = self.connections;
        writeln!(out, "After requests with 250 different connections: {few:.1} MiB; with 1,000: {many:.1} MiB.")?;
        write!(out, "The binary: {:.1} MiB.", self.binary_mib)?;
        if let Some(seconds) = self.build_seconds {
            write!(out, " Clean `cargo build --release`: {seconds:.0} s.")?;
        }
        Ok(())
    }
}

impl Report {
    fn curl(&self, network: &str) -> Option<f64> {
        self.cold.iter().find(|cold| cold.network == network && cold.name.starts_with("curl")).map(|curl| curl.median)
    }

    /// Writes the table and the chart of the documentation.
    pub fn save(&self, project: &Path) {
        fs::write(project.join(CHART), self.chart()).expect("the chart");
        let page = project.join(PAGE);
        let text = fs::read_to_string(&page).expect("the page");
        let (before, rest) = text.split_once(START).expect("a place for the table");
        let (_, after) = rest.split_once(END).expect("its end");
        let when = said(Command::new("date").args(["--utc", "+%Y-%m-%d"]));
        let model = said(Command::new("sh").args(["-c", "sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1"]));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let table = format!("{START}Measured on {when}, on {cores} cores of {model}.\n\n{self}\n{END}");
        fs::write(page, format!("{before}{table}{after}")).expect("the page");
    }

    /// Bars of what a cold call takes over TLS, and of the warm rate at 32 in flight.
    fn chart(&self) -> String {
        let cold = self
            .cold
            .iter()
            .filter(|cold| cold.network.contains("system"))
            .map(|cold| (cold.name.clone(), cold.median, " ms"));
        let warm = self.warm.iter().filter(|(in_flight, _)| *in_flight == 32).flat_map(|(_, programs)| programs);
        let warm = warm.map(|warm| (warm.name.clone(), warm.rate(), ""));
        let mut body = String::new();
        let mut y = 28;
        for (title, bars) in [
            ("A cold call over TLS, the whole process: milliseconds, less is better", cold.collect::<Vec<_>>()),
            ("Warm calls a second over TLS, 32 in flight: more is better", warm.collect::<Vec<_>>()),
        ] {
            let most = bars.iter().map(|bar| bar.1).fold(1.0, f64::max);
            let _ = writeln!(body, "<text x=\"16\" y=\"{y}\" class=\"title\">{title}</text>");
            for (name, value, unit) in bars {
                y += 24;
                let (width, class) = (value / most * 370.0, if name.starts_with(OURS) { "ours" } else { "other" });
                let _ = writeln!(body, "<text x=\"226\" y=\"{y}\" text-anchor=\"end\">{name}</text>");
                let _ = writeln!(
                    body,
                    "<rect x=\"234\" y=\"{}\" width=\"{width:.1}\" height=\"16\" rx=\"2\" class=\"{class}\"/>",
                    y - 13
                );
                let _ = writeln!(body, "<text x=\"{:.1}\" y=\"{y}\">{}{unit}</text>", 240.0 + width, short(value));
            }
            y += 44;
        }
        let style = "text{font:13px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;fill:#24292f}.ours{fill:#7a3ff2}.other{fill:#9aa4af}\
            @media(prefers-color-scheme:dark){text{fill:#9aa4af}.title{fill:#e6edf3}.ours{fill:#a98bff}.other{fill:#57606a}}";
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 {0}\" width=\"720\" height=\"{0}\" role=\"img\">\n<title>The connector beside curl, the AWS CLI and AWS SDKs</title>\n<style>{style}</style>\n{body}</svg>\n",
            y - 20
        )
    }
}

fn short(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn bold(name: &str) -> String {
    if name.starts_with(OURS) { format!("**{name}**") } else { name.to_owned() }
}

fn said(command: &mut Command) -> String {
    let output = command.output().expect("a program of every system");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
