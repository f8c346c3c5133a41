//! Data for benchmarks: the same seed gives the same bytes.

use std::fmt::Write;

/// A shape of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Narrow records with arrays of objects: four tables.
    Orders,
    /// Records of a few kinds whose payloads differ.
    Events,
    /// Wide, deep records with much text and many empty arrays.
    Tweets,
    /// Orders whose columns and types change along the way, and again at the very end.
    Drifting,
}

impl Workload {
    /// Every shape.
    pub const ALL: [Workload; 4] = [
        Workload::Orders,
        Workload::Events,
        Workload::Tweets,
        Workload::Drifting,
    ];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Workload::Orders => "orders",
            Workload::Events => "events",
            Workload::Tweets => "tweets",
            Workload::Drifting => "drifting",
        }
    }

    /// At least `bytes` bytes of records, one per line.
    #[must_use]
    pub fn lines(self, bytes: usize) -> String {
        let mut lines = Lines::new(self, bytes);
        let mut out = String::with_capacity(bytes + 4096);
        while lines.next_into(&mut out) {}
        out
    }
}

/// Writes records one after another.
#[derive(Debug)]
pub struct Lines {
    workload: Workload,
    random: Random,
    words: Vec<String>,
    number: u64,
    written: usize,
    bytes: usize,
}

impl Lines {
    /// Records of `workload` until there are `bytes` bytes.
    #[must_use]
    pub fn new(workload: Workload, bytes: usize) -> Self {
        let mut random = Random(7);
        let words = (0..4096).map(|_| {
            let letters = 3 + random.below(8);
            let letter = |_| char::from(b'a' + random.below(26) as u8);
            (0..letters).map(letter).collect()
        });
        Self {
            workload,
            words: words.collect(),
            random,
            number: 0,
            written: 0,
            bytes,
        }
    }

    /// Appends the next record; false if there are enough bytes.
    pub fn next_into(&mut self, out: &mut String) -> bool {
        if self.written >= self.bytes {
            return false;
        }
        let start = out.len();
        match self.workload {
            Workload::Orders => self.order(out, false),
            Workload::Drifting => self.order(out, true),
            Workload::Events => self.event(out),
            Workload::Tweets => self.tweet(out, true),
        }
        out.push('\n');
        self.number += 1;
        self.written += out.len() - start;
        true
    }

    fn word(&mut self) -> &str {
        let at = self.random.below(self.words.len() as u64) as usize;
        &self.words[at]
    }

    /// `count` words as a string.
    fn text(&mut self, out: &mut String, count: u64) {
        out.push('"');
        for at in 0..count {
            if at > 0 {
                out.push(' ');
            }
            let word = self.word();
            out.push_str(word);
        }
        out.push('"');
    }

    fn money(&mut self, out: &mut String, most: u64) {
        let cents = self.random.below(most * 100);
        put(out, format_args!("{}.{:02}", cents / 100, cents % 100));
    }

    fn time(&mut self, out: &mut String) {
        let r = &mut self.random;
        let (month, day) = (1 + r.below(12), 1 + r.below(28));
        let (hour, minute, second) = (r.below(24), r.below(60), r.below(60));
        put(
            out,
            format_args!("\"2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z\""),
        );
    }

    fn list(&mut self, out: &mut String, count: u64, mut item: impl FnMut(&mut Self, &mut String)) {
        out.push('[');
        for at in 0..count {
            if at > 0 {
                out.push(',');
            }
            item(self, out);
        }
        out.push(']');
    }

    fn order(&mut self, out: &mut String, drifts: bool) {
        let number = self.number;
        put(
            out,
            format_args!("{{\"order_id\":\"ORD-{number:09}\",\"created_at\":"),
        );
        self.time(out);
        let status = ["paid", "shipped", "cancelled", "pending"][self.random.below(4) as usize];
        put(out, format_args!(",\"status\":\"{status}\",\"total\":"));
        self.money(out, 1000);
        let (id, vip) = (self.random.below(10_000_000), self.random.below(10) == 0);
        put(
            out,
            format_args!(
                ",\"currency\":\"EUR\",\"customer\":{{\"id\":{id},\"vip\":{vip},\"name\":"
            ),
        );
        self.text(out, 2);
        let (house, zip) = (self.random.below(999), self.random.below(99_999));
        let (lat, lon) = (
            self.random.below(180_000_000),
            self.random.below(360_000_000),
        );
        let street = self.word().to_owned();
        put(
            out,
            format_args!(
                ",\"address\":{{\"street\":\"{house} {street} st\",\"zip\":\"{zip:05}\",\"geo\":{{\"lat\":{}.{:06},\"lon\":{}.{:06}}}}}}},\"tags\":",
                lat / 1_000_000,
                lat % 1_000_000,
                lon / 1_000_000,
                lon % 1_000_000
            ),
        );
        let tags = self.random.below(5);
        self.list(out, tags, |lines, out| lines.text(out, 1));
        out.push_str(",\"notes\":");
        match self.random.below(3) {
            0 => out.push_str("null"),
            1 => out.push_str("\"\""),
            _ => self.text(out, 12),
        }
        out.push_str(",\"items\":");
        let items = 1 + self.random.below(5);
        self.list(out, items, |lines, out| lines.item(out));
        out.push_str(",\"payments\":");
        let payments = 1 + self.random.below(2);
        self.list(out, payments, |lines, out| {
            let method = ["card", "paypal", "wire"][lines.random.below(3) as usize];
            put(out, format_args!("{{\"method\":\"{method}\",\"amount\":"));
            lines.money(out, 1000);
            let ok = lines.random.below(100) > 2;
            put(out, format_args!(",\"ok\":{ok}}}"));
        });
        if drifts {
            self.drift(out);
        }
        out.push('}');
    }

    fn item(&mut self, out: &mut String) {
        let (sku, quantity) = (self.random.below(99_999), 1 + self.random.below(9));
        put(
            out,
            format_args!("{{\"sku\":\"SKU-{sku}\",\"qty\":{quantity},\"price\":"),
        );
        self.money(out, 200);
        let weight = 1 + self.random.below(5000);
        let color = self.word().to_owned();
        put(
            out,
            format_args!(
                ",\"attrs\":{{\"color\":\"{color}\",\"weight_g\":{weight}}},\"discounts\":"
            ),
        );
        let discounts = [0, 0, 1, 2][self.random.below(4) as usize];
        self.list(out, discounts, |lines, out| {
            let percent = 1 + lines.random.below(50);
            let code = lines.word().to_owned();
            put(
                out,
                format_args!("{{\"code\":\"{code}\",\"pct\":{percent}}}"),
            );
        });
        out.push('}');
    }

    /// A new column at intervals of records, and a type that widens with the last record.
    fn drift(&mut self, out: &mut String) {
        let part = self.number / 20_000;
        let is_last = self.written + out.len() + 2 >= self.bytes;
        let changing = match (is_last, part % 2) {
            (true, _) => "\"text\"".to_owned(),
            (_, 0) => self.number.to_string(),
            _ => format!("{}.5", self.number),
        };
        put(
            out,
            format_args!(",\"part_{part}\":{},\"changing\":{changing}", self.number),
        );
    }

    fn event(&mut self, out: &mut String) {
        let (id, actor, repo) = (
            self.number + 20_000_000_000,
            self.random.below(10_000_000),
            self.random.below(1_000_000),
        );
        let kind = self.random.below(4);
        let name = ["PushEvent", "IssuesEvent", "CreateEvent", "WatchEvent"][kind as usize];
        let (login, project) = (self.word().to_owned(), self.word().to_owned());
        put(
            out,
            format_args!(
                "{{\"id\":\"{id}\",\"type\":\"{name}\",\"actor\":{{\"id\":{actor},\"login\":\"{login}\",\"gravatar_id\":\"\",\"url\":\"https://api.example.com/users/{login}\",\"avatar_url\":\"https://avatars.example.com/u/{actor}?\"}},\"repo\":{{\"id\":{repo},\"name\":\"{login}/{project}\",\"url\":\"https://api.example.com/repos/{login}/{project}\"}},\"payload\":"
            ),
        );
        match kind {
            0 => {
                let (push, size) = (self.random.below(1 << 33), 1 + self.random.below(3));
                put(out, format_args!("{{\"push_id\":{push},\"size\":{size},\"ref\":\"refs/heads/main\",\"commits\":"));
                self.list(out, size, |lines, out| {
                    let (a, b) = (lines.random.next(), lines.random.next());
                    let author = lines.word().to_owned();
                    put(out, format_args!("{{\"sha\":\"{a:016x}{b:016x}\",\"author\":{{\"name\":\"{author}\",\"email\":\"{author}@example.com\"}},\"message\":"));
                    lines.text(out, 8);
                    out.push_str(",\"distinct\":true}");
                });
                out.push('}');
            }
            1 => {
                let number = self.random.below(10_000);
                put(out, format_args!("{{\"action\":\"opened\",\"issue\":{{\"number\":{number},\"title\":"));
                self.text(out, 6);
                out.push_str(",\"body\":");
                self.text(out, 60);
                out.push_str(",\"labels\":[],\"milestone\":null}}");
            }
            2 => out.push_str("{\"ref\":null,\"ref_type\":\"repository\",\"master_branch\":\"main\",\"description\":\"\"}"),
            _ => out.push_str("{\"action\":\"started\"}"),
        }
        out.push_str(",\"public\":true,\"created_at\":");
        self.time(out);
        out.push('}');
    }

    fn tweet(&mut self, out: &mut String, may_quote: bool) {
        let id = 500_000_000_000_000_000 + self.random.below(1 << 56);
        put(out, format_args!("{{\"created_at\":"));
        self.time(out);
        put(
            out,
            format_args!(",\"id\":{id},\"id_str\":\"{id}\",\"text\":"),
        );
        self.text(out, 14);
        out.push_str(",\"source\":\"<a href=\\\"https://example.com\\\" rel=\\\"nofollow\\\">Web</a>\",\"truncated\":false,\"in_reply_to_status_id\":null,\"in_reply_to_user_id\":null,\"user\":{");
        let user = self.random.below(1 << 31);
        put(
            out,
            format_args!("\"id\":{user},\"id_str\":\"{user}\",\"name\":"),
        );
        self.text(out, 2);
        out.push_str(",\"description\":");
        self.text(out, 16);
        let (followers, friends) = (self.random.below(100_000), self.random.below(5000));
        put(
            out,
            format_args!(
                ",\"url\":null,\"protected\":false,\"followers_count\":{followers},\"friends_count\":{friends},\"geo_enabled\":{},\"verified\":false,\"lang\":\"en\",\"profile_background_color\":\"C0DEED\",\"profile_image_url\":\"https://img.example.com/profile_images/{user}/normal.jpeg\",\"entities\":{{\"description\":{{\"urls\":[]}}}},\"following\":false,\"notifications\":false}},\"geo\":null,\"coordinates\":null,\"contributors\":null",
                friends % 2 == 0
            ),
        );
        if may_quote && self.random.below(2) == 0 {
            out.push_str(",\"retweeted_status\":");
            self.tweet(out, false);
        }
        let (retweets, favorites) = (self.random.below(1000), self.random.below(1000));
        put(
            out,
            format_args!(
                ",\"retweet_count\":{retweets},\"favorite_count\":{favorites},\"entities\":{{\"hashtags\":"
            ),
        );
        let hashtags = self.random.below(3);
        self.list(out, hashtags, |lines, out| {
            let start = lines.random.below(100);
            let tag = lines.word().to_owned();
            put(
                out,
                format_args!("{{\"text\":\"{tag}\",\"indices\":[{start},{}]}}", start + 8),
            );
        });
        out.push_str(",\"symbols\":[],\"urls\":[],\"user_mentions\":");
        let mentions = self.random.below(2);
        self.list(out, mentions, |lines, out| {
            let user = lines.random.below(1 << 31);
            put(out, format_args!("{{\"screen_name\":"));
            lines.text(out, 1);
            put(
                out,
                format_args!(",\"id\":{user},\"id_str\":\"{user}\",\"indices\":[0,11]}}"),
            );
        });
        out.push_str("},\"favorited\":false,\"retweeted\":false,\"lang\":\"en\"}");
    }
}

/// Appends formatted text.
fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(arguments);
}

/// SplitMix64.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }
}
