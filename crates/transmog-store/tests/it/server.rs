//! A server of objects that fails as it is told to.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// What happens to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    None,
    /// This status, without an answer.
    Status(u16),
    /// The connection ends behind so many bytes of the body.
    Cut(usize),
    /// The answer comes so many milliseconds later.
    Late(u64),
    /// The whole object comes, whatever range was asked for.
    NoRanges,
}

/// A request as a fault may look at it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// How many requests came before.
    pub(crate) before: usize,
}

type Faults = dyn Fn(&Request) -> Fault + Send + Sync;

struct Shared {
    /// By path with a slash; the ETag changes with the bytes.
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    faults: Box<Faults>,
    count: AtomicUsize,
    seen: Mutex<Vec<String>>,
}

/// The server. Its thread ends with the process.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

impl Server {
    /// A server of these objects.
    pub(crate) fn start(
        objects: &[(&str, Vec<u8>)],
        faults: impl Fn(&Request) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let objects = objects.iter().cloned();
        let shared = Arc::new(Shared {
            objects: Mutex::new(
                objects
                    .map(|(path, bytes)| (path.to_owned(), bytes))
                    .collect(),
            ),
            faults: Box::new(faults),
            count: AtomicUsize::new(0),
            seen: Mutex::default(),
        });
        let server = Self {
            url,
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // A client that goes away is none of the server's business.
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        server
    }

    /// Puts other bytes in the place of an object.
    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        let mut objects = self
            .shared
            .objects
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        objects.insert(path.to_owned(), bytes);
    }

    /// Method, path and range of each request so far.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.shared
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The ETag of these bytes.
fn tag(bytes: &[u8]) -> String {
    let sum = bytes
        .iter()
        .fold(7u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
    format!("\"{sum:x}-{}\"", bytes.len())
}

fn serve(mut stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut words = lines[0].split(' ').map(str::to_owned);
        let method = words.next().unwrap_or_default();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
        let request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            before: shared.count.fetch_add(1, Ordering::Relaxed),
        };
        let length = request
            .headers
            .get("content-length")
            .and_then(|length| length.parse().ok());
        reader
            .by_ref()
            .take(length.unwrap_or(0))
            .read_to_end(&mut Vec::new())?;
        let range = request.headers.get("range").cloned().unwrap_or_default();
        let line = format!("{} {} {range}", request.method, request.path);
        shared
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line.trim_end().to_owned());
        let fault = (shared.faults)(&request);
        if let Fault::Late(millis) = fault {
            thread::sleep(Duration::from_millis(millis));
        }
        let (status, head, body) = match fault {
            Fault::Status(status) => (status, String::new(), Vec::new()),
            _ => answer(&request, shared, matches!(fault, Fault::NoRanges)),
        };
        let length = match head.contains("Content-Length") {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", body.len()),
        };
        write!(stream, "HTTP/1.1 {status} -\r\n{head}{length}\r\n")?;
        if request.method == "HEAD" {
            continue;
        }
        if let Fault::Cut(bytes) = fault
            && bytes < body.len()
        {
            stream.write_all(&body[..bytes])?;
            return stream.shutdown(std::net::Shutdown::Both);
        }
        stream.write_all(&body)?;
    }
}

/// Status, head and body of the answer to a request that no fault concerns.
fn answer(request: &Request, shared: &Shared, is_whole: bool) -> (u16, String, Vec<u8>) {
    let objects = shared
        .objects
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if request.query.contains("list-type=2") {
        return (
            200,
            "Content-Type: application/xml\r\n".to_owned(),
            list(request, &objects),
        );
    }
    let Some(bytes) = objects.get(&request.path) else {
        let body = b"<Error><Code>NoSuchKey</Code></Error>".to_vec();
        return (404, String::new(), body);
    };
    let tag = tag(bytes);
    if request
        .headers
        .get("if-match")
        .is_some_and(|wanted| *wanted != tag)
    {
        return (412, String::new(), Vec::new());
    }
    let head = format!("ETag: {tag}\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n");
    let range = request.headers.get("range").filter(|_| !is_whole);
    let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((from, to)) = range else {
        let length = format!("Content-Length: {}\r\n", bytes.len());
        return (200, head + &length, bytes.clone());
    };
    let from: usize = from.parse().expect("a number");
    let to = to
        .parse::<usize>()
        .map_or(bytes.len(), |last| last + 1)
        .min(bytes.len());
    let range = format!("Content-Range: bytes {from}-{}/{}\r\n", to - 1, bytes.len());
    (206, head + &range, bytes[from..to].to_vec())
}

/// The objects below a prefix, as S3 lists them, two at a time.
fn list(request: &Request, objects: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let parameter = |name: &str| {
        let mut pairs = request
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(key, _)| *key == name).map(|(_, value)| value);
        value.unwrap_or_default().replace("%2F", "/")
    };
    let bucket = format!("{}/", request.path.trim_end_matches('/'));
    let (prefix, from) = (parameter("prefix"), parameter("continuation-token"));
    let keys = objects
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&bucket)?, bytes)));
    let keys: Vec<_> = keys
        .filter(|(key, _)| key.starts_with(&prefix) && *key > from.as_str())
        .collect();
    let mut body = "<ListBucketResult>".to_owned();
    for (key, bytes) in keys.iter().take(2) {
        body += &format!(
            "<Contents><Key>{key}</Key><Size>{}</Size><ETag>{}</ETag>\
             <LastModified>2015-10-21T07:28:00.000Z</LastModified></Contents>",
            bytes.len(),
            tag(bytes).replace('"', "&quot;"),
        );
    }
    if keys.len() > 2 {
        body += &format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            keys[1].0
        );
    }
    body += &format!(
        "<IsTruncated>{}</IsTruncated></ListBucketResult>",
        keys.len() > 2
    );
    body.into_bytes()
}
