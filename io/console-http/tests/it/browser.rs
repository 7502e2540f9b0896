//! A browser without JavaScript: cookies, forms, no redirects followed.

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use std::collections::BTreeMap;
use tower::ServiceExt;

pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    page: String,
}

pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), page: String::new() }
    }

    pub async fn send(&mut self, mut request: Request<Body>) -> Page {
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        for cookie in head.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        // A refusal that shows no form leaves nothing to fill in.
        let is_form = head.status == 409 && body.contains("name=\"csrf\"");
        if head.status == 200 || head.status == 422 || is_form {
            self.page.clone_from(&body);
        }
        Page { status: head.status.as_u16(), headers: head.headers, body }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = Request::get(path).header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts exactly these fields.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Posts these fields with the tokens of the page that is open.
    pub async fn submit(&mut self, path: &str, pairs: &[(&str, &str)]) -> Page {
        let hidden = |name: &str| {
            let mark = format!("name=\"{name}\" value=\"");
            let (_, rest) = self.page.split_once(&mark)?;
            rest.split('"').next().map(str::to_owned)
        };
        let tokens: Vec<(String, String)> = ["csrf", "form", "seen"]
            .into_iter()
            .filter_map(|name| hidden(name).map(|value| (name.to_owned(), value)))
            .collect();
        let tokens = tokens.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = tokens.chain(pairs.iter().copied()).collect();
        self.post(path, &all).await
    }
}
