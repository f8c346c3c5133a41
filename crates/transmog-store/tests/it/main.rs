//! Objects are found and read, whatever servers do.

mod server;

use server::{Fault, Request, Server};
use std::io::{ErrorKind, Read};
use transmog_store::{Found, Object, StoreOptions, Stores};

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 7 % 251) as u8).collect()
}

/// Options that make a bucket of the server's objects below `/bucket/`.
fn options(server: &Server) -> StoreOptions {
    StoreOptions::default()
        .with("endpoint", &server.url)
        .with("region", "test")
        .with("access_key_id", "id")
        .with("secret_access_key", "the-secret")
        .with("retries", "2")
}

fn object(stores: &Stores, url: &str) -> Object {
    match stores.find(url).expect("the object is found") {
        Found::Object(object) => object,
        other => panic!("expected an object, found {other:?}"),
    }
}

fn read(object: &Object, range: usize) -> std::io::Result<Vec<u8>> {
    let mut all = Vec::new();
    object.reader(range).read_to_end(&mut all).map(|_| all)
}

#[test]
fn an_object_is_read_in_ranges() {
    let all = bytes(10_000);
    let server = Server::start(&[("/bucket/a/b.json", all.clone())], |_| Fault::None);
    let stores = Stores::new(options(&server));
    let found = object(&stores, "s3://bucket/a/b.json");
    assert_eq!((found.size(), found.key()), (10_000, "a/b.json"));
    for range in [1, 999, 1000, 9_999, 10_000, 1 << 20] {
        if range > 1 {
            assert!(read(&found, range).expect("read") == all, "{range}");
        }
    }
    let mut some = vec![0; 10];
    found.reader(1).read_exact(&mut some).expect("read");
    assert_eq!(some, all[..10]);
    let over_http = object(&stores, &format!("{}/bucket/a/b.json?sig=x", server.url));
    assert!(over_http.url().ends_with("/bucket/a/b.json?…"));
    assert!(read(&over_http, 3000).expect("read") == all);
}

#[test]
fn keys_below_a_prefix_and_of_a_pattern_are_sorted() {
    let names = [
        "x/b.json",
        "x/a.json",
        "x/deep/c.json",
        "x/.d.json",
        "xy.json",
        "y.json",
    ];
    let paths: Vec<_> = names.iter().map(|name| format!("/bucket/{name}")).collect();
    let objects: Vec<_> = paths.iter().map(|path| (path.as_str(), bytes(3))).collect();
    let server = Server::start(&objects, |_| Fault::None);
    let stores = Stores::new(options(&server));
    let keys = |url: &str| match stores.find(url).expect("found") {
        Found::Prefix(objects) | Found::Matches(objects) => objects
            .iter()
            .map(|object| object.key().to_owned())
            .collect::<Vec<_>>(),
        Found::Object(object) => vec![object.key().to_owned()],
    };
    let below = ["x/.d.json", "x/a.json", "x/b.json", "x/deep/c.json"];
    assert_eq!(keys("s3://bucket/x/"), below);
    assert_eq!(keys("s3://bucket/x"), below);
    assert_eq!(keys("s3://bucket/x/*.json"), ["x/a.json", "x/b.json"]);
    assert_eq!(keys("s3://bucket/x*.json"), ["xy.json"]);
    assert_eq!(keys("s3://bucket/**/*.json").len(), 5);
    assert_eq!(keys("s3://bucket/[xy]*.json"), ["xy.json", "y.json"]);
    for url in [
        "s3://bucket/none/",
        "s3://bucket/none.json",
        "s3://bucket/n*",
    ] {
        let error = stores.find(url).expect_err("nothing is there");
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert!(error.to_string().starts_with(url), "{error}");
    }
}

/// Every third request fails in one of several ways.
fn often(request: &Request) -> Fault {
    match request.before % 3 {
        0 => Fault::None,
        1 => match request.before % 4 {
            0 => Fault::Status(500),
            1 => Fault::Status(503),
            2 => Fault::Status(429),
            _ => Fault::Late(20),
        },
        _ => Fault::Cut(100),
    }
}

#[test]
fn requests_that_fail_are_repeated() {
    let all = bytes(20_000);
    let server = Server::start(&[("/bucket/a.json", all.clone())], often);
    let stores = Stores::new(options(&server).with("retries", "20"));
    let found = object(&stores, "s3://bucket/a.json");
    assert!(read(&found, 1500).expect("read") == all);
    let cut = |request: &Request| !request.headers.contains_key("range");
    assert!(server.seen().len() > 14, "{:?}", server.seen());
    let server = Server::start(&[("/a.json", all.clone())], move |request| {
        match cut(request) {
            true => Fault::Cut(700),
            false => Fault::None,
        }
    });
    let stores = Stores::new(StoreOptions::default());
    let found = object(&stores, &format!("{}/a.json", server.url));
    assert!(
        read(&found, 1 << 20).expect("read") == all,
        "it goes on where it was"
    );
    assert!(
        server.seen().iter().any(|line| line.contains("bytes=700-")),
        "{:?}",
        server.seen()
    );
}

#[test]
fn an_object_that_changes_is_an_error() {
    let server = Server::start(&[("/bucket/a.json", bytes(5000))], |_| Fault::None);
    let stores = Stores::new(options(&server));
    let found = object(&stores, "s3://bucket/a.json");
    let mut reader = found.reader(1000);
    let mut some = vec![0; 500];
    reader.read_exact(&mut some).expect("read");
    let mut other = bytes(5000);
    other[4999] ^= 1;
    server.put("/bucket/a.json", other);
    let error = reader.read_to_end(&mut some).expect_err("it changed");
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    assert!(
        error
            .to_string()
            .contains("s3://bucket/a.json: the object changed"),
        "{error}"
    );
    assert!(reader.read(&mut some[..1]).is_err(), "no rest is read");
}

#[test]
fn errors_name_the_url_and_what_to_do_and_no_secrets() {
    for (status, kind, words) in [
        (403, ErrorKind::PermissionDenied, "check the credentials"),
        (401, ErrorKind::PermissionDenied, "check the credentials"),
        (500, ErrorKind::Other, "retries=N"),
    ] {
        let server = Server::start(&[], move |_| Fault::Status(status));
        let stores = Stores::new(options(&server).with("retries", "0"));
        let error = stores
            .find("s3://bucket/a.json")
            .expect_err("the server says no");
        let text = error.to_string();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(
            text.starts_with("s3://bucket/a.json: ") && text.contains(words),
            "{text}"
        );
        assert!(
            !text.contains("the-secret") && !text.contains(char::is_control),
            "{text}"
        );
    }
    let nowhere = StoreOptions::default().with("endpoint", "http://127.0.0.1:1");
    let nowhere = nowhere
        .with("access_key_id", "a")
        .with("secret_access_key", "b");
    let stores = Stores::new(nowhere.with("region", "r").with("retries", "0"));
    let error = stores
        .find("s3://bucket/a.json")
        .expect_err("no server is there");
    assert!(error.to_string().contains("cannot be reached"), "{error}");
    let unknown = Stores::new(StoreOptions::default().with("regoin", "x"));
    let error = unknown.find("s3://bucket/a").expect_err("no such option");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("`regoin`"), "{error}");
}

#[test]
fn a_server_without_ranges_gives_all_in_one_answer() {
    let all = bytes(200_000);
    let server = Server::start(&[("/a.json", all.clone())], |_| Fault::NoRanges);
    let stores = Stores::new(StoreOptions::default().with("retries", "0"));
    let found = object(&stores, &format!("{}/a.json", server.url));
    assert!(read(&found, 1 << 20).expect("one request needs no range") == all);
    assert!(read(&found, 1000).expect("the answer has all ranges") == all);
    let gets = server
        .seen()
        .iter()
        .filter(|line| line.starts_with("GET"))
        .count();
    assert!(gets <= 6, "{:?}", server.seen());
}
