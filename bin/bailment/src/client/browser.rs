//! A browser without JavaScript: cookies, redirects, forms.

use crate::cli::Result;
use anyhow::{Context, bail};
use http::{HeaderName, Method, header};
use outbound::{Call, Called, Caller};
use std::collections::BTreeMap;
use url::Url;

/// Redirects that are followed on one site.
const REDIRECTS_MAX: usize = 5;

/// One person's browser.
pub(crate) struct Browser {
    caller: Caller,
    origin: Url,
    cookies: BTreeMap<String, String>,
    privacy_control: bool,
}

/// A control of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) name: String,
    pub(crate) value: String,
    /// What stands beside it.
    pub(crate) label: String,
    pub(crate) kind: String,
    pub(crate) checked: bool,
}

/// What a page asks to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) controls: Vec<Control>,
}

impl Browser {
    /// A browser that has been nowhere yet.
    ///
    /// # Errors
    /// The origin is no URL.
    pub(crate) fn new(origin: &str) -> Result<Self> {
        let (caller, origin) = (Caller::new()?, Url::parse(origin)?);
        Ok(Self { caller, origin, cookies: BTreeMap::new(), privacy_control: false })
    }

    /// The same, sending the Global Privacy Control signal with each request.
    pub(crate) fn with_privacy_control(mut self) -> Self {
        self.privacy_control = true;
        self
    }

    async fn send(
        &mut self,
        method: Method,
        url: &Url,
        form: Option<&[(String, String)]>,
    ) -> Result<Called> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut call = Call::new(method, url.as_str()).header(header::COOKIE, cookies.join("; "));
        if self.privacy_control {
            call = call.header(HeaderName::from_static("sec-gpc"), "1".to_owned());
        }
        if let Some(pairs) = form {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            call = call
                .body("application/x-www-form-urlencoded", body)
                .header(header::ORIGIN, self.origin.origin().ascii_serialization())
                .header(HeaderName::from_static("sec-fetch-site"), "same-origin");
        }
        let called = self.caller.call(call).await?;
        for value in called.headers.get_all(header::SET_COOKIE) {
            let pair = value.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(called)
    }

    /// Opens an address, following redirects on the same site; the last answer, and where it came from.
    ///
    /// # Errors
    /// No answer, or redirects without end.
    pub(crate) async fn open(&mut self, url: &str) -> Result<(Called, Url)> {
        let mut at = self.origin.join(url)?;
        for _ in 0..REDIRECTS_MAX {
            let called = self.send(Method::GET, &at, None).await?;
            match self.onward(&called, &at)? {
                Some(next) if next.origin() == self.origin.origin() => at = next,
                Some(_) | None => return Ok((called, at)),
            }
        }
        bail!("redirects do not end");
    }

    /// Sends a form; the answer as it is, a redirect included.
    ///
    /// # Errors
    /// No answer.
    pub(crate) async fn submit(
        &mut self,
        action: &str,
        pairs: &[(String, String)],
    ) -> Result<(Called, Option<Url>)> {
        let at = self.origin.join(action)?;
        let called = self.send(Method::POST, &at, Some(pairs)).await?;
        let next = self.onward(&called, &at)?;
        Ok((called, next))
    }

    fn onward(&self, called: &Called, at: &Url) -> Result<Option<Url>> {
        if !called.status.is_redirection() {
            return Ok(None);
        }
        let to = called.headers.get(header::LOCATION).context("a redirect leads nowhere")?;
        Ok(Some(at.join(to.to_str()?)?))
    }

    /// Signs in on the page that asks for it, and goes on to where it leads.
    ///
    /// # Errors
    /// Login or password is wrong.
    pub(crate) async fn sign_in(
        &mut self,
        url: &str,
        login: &str,
        password: &str,
    ) -> Result<(Called, Url)> {
        let (page, _) = self.open(url).await?;
        let form = form(&text(&page), "/sign-in")?;
        let mut pairs: Vec<_> = form
            .controls
            .iter()
            .filter(|control| control.kind == "hidden")
            .map(|control| (control.name.clone(), control.value.clone()))
            .collect();
        pairs.push(("login".to_owned(), login.to_owned()));
        pairs.push(("password".to_owned(), password.to_owned()));
        let (called, next) = self.submit(&form.action, &pairs).await?;
        match next {
            Some(next) => self.open(next.as_str()).await,
            None => bail!("signing in as `{login}` was answered with {}", called.status),
        }
    }
}

/// A page's text.
pub(crate) fn text(called: &Called) -> String {
    String::from_utf8_lossy(&called.body).into_owned()
}

/// The form that leads to an action beginning so.
///
/// # Errors
/// The page has none.
pub(crate) fn form(page: &str, action: &str) -> Result<Form> {
    for part in page.split("<form").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let found = attribute(tag, "action").unwrap_or_default();
        if found.starts_with(action) {
            let inside = rest.split("</form>").next().unwrap_or_default();
            return Ok(Form { action: found, controls: controls(inside) });
        }
    }
    bail!("the page has no form for `{action}`")
}

fn controls(html: &str) -> Vec<Control> {
    let (mut found, mut select) = (Vec::new(), String::new());
    for part in html.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap_or((part, ""));
        let value = attribute(tag, "value").unwrap_or_default();
        if tag.starts_with("input") {
            let after = html.split_once(part).map_or("", |(_, after)| after);
            let label = after.split("</label>").next().unwrap_or_default();
            found.push(Control {
                name: attribute(tag, "name").unwrap_or_default(),
                value,
                label: plain(label),
                kind: attribute(tag, "type").unwrap_or_default(),
                checked: tag.split_whitespace().any(|word| word == "checked"),
            });
        } else if tag.starts_with("select") {
            select = attribute(tag, "name").unwrap_or_default();
        } else if tag.starts_with("option") && tag.split_whitespace().any(|word| word == "selected")
        {
            let (name, label, kind) = (select.clone(), String::new(), "select".to_owned());
            found.push(Control { name, value, label, kind, checked: true });
        }
    }
    found
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(rest.split('"').next()?))
}

fn plain(html: &str) -> String {
    let text: String =
        html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    unescaped(text.trim())
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.replace("&#60;", "<").replace("&#62;", ">"), |text, (from, to)| {
        text.replace(from, to)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_stands() {
        let page = "<form action=\"/other\"><input name=\"x\"></form>\
            <form class=\"stack\" method=\"post\" action=\"/oauth/authorize?a=1&#38;b=2\">\
            <input type=\"hidden\" name=\"csrf\" value=\"t\">\
            <label class=\"pick\"><input type=\"checkbox\" name=\"install\" value=\"ctx_3\"><span>Enable X in A &#38; B</span></label>\
            <select id=\"days\" name=\"days\"><option value=\"7\">a week</option><option value=\"365\" selected>a year</option></select>";
        let form = form(page, "/oauth/authorize").unwrap();
        assert_eq!(form.action, "/oauth/authorize?a=1&b=2");
        let told: Vec<_> = form
            .controls
            .iter()
            .map(|c| (c.name.as_str(), c.value.as_str(), c.label.as_str()))
            .collect();
        assert_eq!(told[0].0, "csrf");
        assert_eq!(told[1], ("install", "ctx_3", "Enable X in A & B"));
        assert_eq!(told[2], ("days", "365", ""));
    }
}
