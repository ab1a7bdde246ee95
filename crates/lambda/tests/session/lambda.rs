//! A stand-in of Lambda's Runtime API, and a process of `bootstrap` on it.
//!
//! The API is four paths: `next` hands out an event once there is one, `response` and `error` end
//! it, `init/error` says that the process never came so far.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

/// How long an answer is waited for: far longer than any takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// An event that was not answered: the error's name and its text.
pub(crate) type Refused = (String, String);

/// One event on its way to the process.
struct Invocation {
    body: Value,
    deadline_ms: u64,
}

/// The API's side of one process.
#[derive(Clone)]
struct Api {
    events: Arc<Mutex<mpsc::Receiver<Invocation>>>,
    ends: mpsc::Sender<Result<Value, Refused>>,
    ready: Arc<std::sync::Mutex<Option<Instant>>>,
}

/// Whether what a process writes is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ears {
    /// Every line.
    Open,
    /// The other end of its stdout is closed: the first line of metrics makes it panic, which no
    /// event can.
    Shut,
}

/// One process, warm until it is killed or dropped.
pub(crate) struct Bootstrap {
    lines: Arc<std::sync::Mutex<Vec<String>>>,
    process: Child,
    events: mpsc::Sender<Invocation>,
    ends: mpsc::Receiver<Result<Value, Refused>>,
    began: Instant,
    ready: Arc<std::sync::Mutex<Option<Instant>>>,
}

impl Bootstrap {
    /// Starts one with these variables and no others.
    pub(crate) async fn start(variables: &[(&str, String)], ears: Ears) -> Self {
        let (events, to_come) = mpsc::channel(1);
        let (told, ends) = mpsc::channel(1);
        let ready = Arc::default();
        let api = Api {
            events: Arc::new(Mutex::new(to_come)),
            ends: told,
            ready: Arc::clone(&ready),
        };
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(error_of_init))
            .with_state(api);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let began = now();
        let mut process = Command::new(program())
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "tqqq")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
            .envs(
                variables
                    .iter()
                    .map(|(name, value)| (*name, value.as_str())),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bootstrap starts");
        let lines = Arc::default();
        let stdout = process.stdout.take().unwrap();
        if ears == Ears::Open {
            listen(stdout, Arc::clone(&lines));
        }
        Self {
            lines,
            process,
            events,
            ends,
            began,
            ready,
        }
    }

    /// What the process has used: milliseconds from its start to its first question for an event,
    /// milliseconds of CPU so far, and the most memory it had resident, in kilobytes.
    pub(crate) fn used(&self) -> (f64, f64, u64) {
        let ready = self.ready.lock().unwrap().expect("it asked for an event");
        let start = (ready - self.began).as_secs_f64() * 1e3;
        let folder = format!("/proc/{}", self.process.id());
        let nanoseconds = |thread: std::fs::DirEntry| {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
            let first = text
                .split(' ')
                .next()
                .and_then(|first| first.parse::<f64>().ok());
            first.unwrap_or_default()
        };
        let threads = std::fs::read_dir(format!("{folder}/task")).unwrap();
        let cpu: f64 = threads.map(|thread| nanoseconds(thread.unwrap())).sum();
        let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        (start, cpu / 1e6, peak)
    }

    /// The sum of a metric over all lines so far; waits for the first that has it.
    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let seen = async {
            loop {
                let values = self.values(name);
                if !values.is_empty() {
                    return values.iter().sum();
                }
                tokio::task::yield_now().await;
            }
        };
        patiently(seen).await
    }

    /// The values of a metric as CloudWatch takes them from the lines so far.
    pub(crate) fn values(&self, name: &str) -> Vec<f64> {
        let lines = self.lines.lock().unwrap();
        let value = |line: &String| {
            let line: Value = serde_json::from_str(line).ok()?;
            let declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array()?;
            let is_declared = declared.iter().any(|metric| metric["Name"] == name);
            is_declared.then(|| line[name].as_f64()).flatten()
        };
        lines.iter().filter_map(value).collect()
    }

    /// Milliseconds of CPU so far.
    pub(crate) fn cpu(&self) -> f64 {
        let is_up = self.ready.lock().unwrap().is_some();
        if is_up { self.used().1 } else { 0.0 }
    }

    /// Hands over an event that may take as long as Lambda allows.
    pub(crate) async fn invoke(&mut self, body: &Value) -> Result<Value, Refused> {
        self.invoke_within(body, Duration::from_secs(240)).await
    }

    /// Hands over an event with so much time.
    pub(crate) async fn invoke_within(
        &mut self,
        body: &Value,
        time: Duration,
    ) -> Result<Value, Refused> {
        self.send(body, time).await;
        self.end().await
    }

    /// Hands over an event and waits for nothing.
    pub(crate) async fn send(&self, body: &Value, time: Duration) {
        let deadline_ms = now_ms() + u64::try_from(time.as_millis()).unwrap();
        let body = body.clone();
        let invocation = Invocation { body, deadline_ms };
        self.events.send(invocation).await.unwrap();
    }

    /// Waits for the end of the event that was handed over.
    pub(crate) async fn end(&mut self) -> Result<Value, Refused> {
        patiently(self.ends.recv()).await.expect("an end")
    }

    /// Ends it where it stands.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops it as Lambda freezes a process between events.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Bootstrap {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads what a process writes, line by line, until it ends.
fn listen(stdout: ChildStdout, lines: Arc<std::sync::Mutex<Vec<String>>>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            lines.lock().unwrap().push(line);
        }
    });
}

/// The program under test: the one of this build, or a release that was built before.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are told by their surroundings"
)]
fn program() -> String {
    std::env::var("TQQQ_BOOTSTRAP").unwrap_or_else(|_| env!("CARGO_BIN_EXE_bootstrap").to_owned())
}

#[expect(clippy::disallowed_methods, reason = "a test that hangs must fail")]
async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("an answer in time")
}

#[expect(
    clippy::disallowed_methods,
    reason = "figures are of the wall, and nothing is asserted of them"
)]
fn now() -> Instant {
    Instant::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's deadlines are of the wall"
)]
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap().as_millis()).unwrap()
}

async fn next(State(api): State<Api>) -> impl IntoResponse {
    api.ready.lock().unwrap().get_or_insert_with(now);
    let Some(invocation) = api.events.lock().await.recv().await else {
        return (StatusCode::GONE, HeaderMap::new(), String::new());
    };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
        ),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_ms.to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:tqqq".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700".to_owned(),
        ),
        ("content-type", "application/json".to_owned()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (StatusCode::OK, headers, invocation.body.to_string())
}

async fn response(State(api): State<Api>, Path(_): Path<String>, body: String) -> StatusCode {
    let value = serde_json::from_str(&body).expect("an answer in JSON");
    api.ends.send(Ok(value)).await.unwrap();
    StatusCode::ACCEPTED
}

async fn error(State(api): State<Api>, Path(_): Path<String>, body: String) -> StatusCode {
    told(&api, &body).await
}

async fn error_of_init(State(api): State<Api>, body: String) -> StatusCode {
    told(&api, &body).await
}

async fn told(api: &Api, body: &str) -> StatusCode {
    let value: Value = serde_json::from_str(body).expect("an error in JSON");
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let refused = (text("errorType"), text("errorMessage"));
    api.ends.send(Err(refused)).await.unwrap();
    StatusCode::ACCEPTED
}
