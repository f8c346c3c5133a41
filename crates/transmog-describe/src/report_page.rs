//! The report: one self-contained HTML page.

use serde_json::Value;
use transmog_events::json_spelled;

/// The template. Its script shows the data that replace [`DATA`].
const PAGE: &str = include_str!("report.html");
const DATA: &str = "/*DATA*/";

/// An HTML page that shows `data` without a network. It runs only its own script, even if the data
/// contain scripts. The facade's `html_report` makes the data of a run.
///
/// # Examples
/// ```
/// let page = transmog_describe::report_page(&serde_json::json!({"title": "</script>"}));
/// assert!(page.starts_with("<!doctype html>") && page.contains(r"\u003c/script\u003e"));
/// ```
#[must_use]
pub fn report_page(data: &Value) -> String {
    // No text in the data can end the element that holds it.
    let mut json = String::new();
    for c in json_spelled(&data.to_string()).chars() {
        match c {
            '<' | '>' | '&' => {
                json.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => json.push(c),
        }
    }
    let (head, tail) = PAGE.split_once(DATA).unwrap_or((PAGE, ""));
    [head, &json, tail].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_cannot_end_their_element_in_the_page() {
        assert_eq!(PAGE.matches(DATA).count(), 1);
        let page =
            report_page(&json!({"title": "</script><script>alert(1)</script>&\u{2028}\u{202e}"}));
        let title =
            r"\u003c/script\u003e\u003cscript\u003ealert(1)\u003c/script\u003e\u0026\u2028\u202e";
        assert!(page.contains(title));
        assert_eq!(
            page.matches("</script").count(),
            PAGE.matches("</script").count()
        );
    }
}
