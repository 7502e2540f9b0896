//! The style sheet and the icon, under names that change with their content.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderValue, header};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

use crate::page::Halt;

const STYLE: &str = include_str!("../assets/console.css");
const ICON: &str = include_str!("../assets/icon.svg");
/// A year: another content has another name.
const CACHE: &str = "public, max-age=31536000, immutable";

static STYLE_NAME: LazyLock<String> = LazyLock::new(|| named("console", STYLE, "css"));
static ICON_NAME: LazyLock<String> = LazyLock::new(|| named("icon", ICON, "svg"));

fn named(stem: &str, content: &str, ending: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{stem}-{short}.{ending}")
}

/// Path of the style sheet.
pub(crate) fn style() -> String {
    format!("/assets/{}", *STYLE_NAME)
}

/// Path of the icon.
pub(crate) fn icon() -> String {
    format!("/assets/{}", *ICON_NAME)
}

/// `GET /assets/{name}`
pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response, Halt> {
    let (content, kind) = if name == *STYLE_NAME {
        (STYLE, "text/css; charset=utf-8")
    } else if name == *ICON_NAME {
        (ICON, "image/svg+xml")
    } else {
        return Err(Halt::NotFound);
    };
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::STYLE;
    use std::collections::BTreeMap;

    /// Text and what it stands on.
    const PAIRS: [(&str, &str); 15] = [
        ("ink", "bg"),
        ("ink", "card"),
        ("soft", "bg"),
        ("soft", "card"),
        ("accent", "bg"),
        ("accent", "card"),
        ("accent", "accent-soft"),
        ("accent-ink", "accent"),
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("bad-ink", "bad"),
        ("accent", "warn-soft"),
        ("warn", "card"),
        ("bad", "card"),
    ];

    fn colours(block: &str) -> BTreeMap<String, String> {
        let declarations = block.split(';').filter_map(|one| one.trim().split_once(':'));
        let colour = |(name, value): (&str, &str)| {
            let name = name.trim().strip_prefix("--")?;
            let value = value.trim().strip_prefix('#')?;
            Some((name.to_owned(), value.to_owned()))
        };
        declarations.filter_map(colour).collect()
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_schemes() {
        let blocks: Vec<_> =
            STYLE.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        assert_eq!(blocks.len(), 2, "one of each scheme");
        for block in blocks {
            let colours = colours(block);
            for (text, ground) in PAIRS {
                let contrast = contrast(&colours[text], &colours[ground]);
                assert!(contrast >= 4.5, "{text} on {ground}: {contrast:.2}");
            }
            // The edge of a field is what tells that it is one (WCAG 2.2, 1.4.11).
            assert!(contrast(&colours["field"], &colours["card"]) >= 3.0);
        }
    }
}
