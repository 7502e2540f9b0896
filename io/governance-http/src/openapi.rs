//! The OpenAPI document of an API, from its table of operations.

use crate::access::{Access, CSRF_HEADER};
use crate::reply::POSITION;
use crate::table::{Described, Gives, Operation};
use edge::session::Transport;
use http::{Method, StatusCode, header};
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Content, HeaderBuilder, Info, OpenApi, OpenApiBuilder, Paths, Ref, Required, Response,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

/// A problem (RFC 9457). `type` is stable; further members say more.
#[derive(serde::Serialize, ToSchema)]
pub(crate) struct ProblemDetails {
    /// `/problems/` and a stable word.
    r#type: String,
    /// The word, readable.
    title: String,
    /// The status again.
    status: u16,
    /// What went wrong, in a sentence.
    detail: String,
}

/// The document of what is served over `transport`, on which the names of cookies depend.
pub(crate) fn document(
    title: &str,
    base: &str,
    operations: &[Operation],
    transport: Transport,
) -> OpenApi {
    let mut paths = Paths::new();
    let mut components = ComponentsBuilder::new()
        .schema("ProblemDetails", ProblemDetails::schema())
        .security_schemes(transport)
        .build();
    for operation in operations {
        let gives = match &operation.gives {
            Gives::Nothing => None,
            Gives::Body(_, described, _) => Some(described),
        };
        for described in operation.takes.iter().chain(gives) {
            components.schemas.extend(described.schemas.clone());
        }
        let item = PathItem::new(method(&operation.method), described(operation));
        let path = format!("{base}{}", operation.path);
        match paths.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => {
                paths.paths.insert(path, item);
            }
        }
    }
    let info = Info::new(title, env!("CARGO_PKG_VERSION"));
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

trait Schemes {
    fn security_schemes(self, transport: Transport) -> Self;
}

impl Schemes for ComponentsBuilder {
    fn security_schemes(self, transport: Transport) -> Self {
        let cookie = |name: &str| {
            let name = transport.cookie(name);
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(name)))
        };
        self.security_scheme("person", cookie("bailment_session"))
            .security_scheme("staff", cookie("bailment_staff"))
            .security_scheme("operator", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
            .security_scheme("client", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)))
            .security_scheme("assertion", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
            .security_scheme("source", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
    }
}

const fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn reference(described: &Described) -> Content {
    Content::new(Some(Ref::from_schema_name(&described.name)))
}

fn described(operation: &Operation) -> utoipa::openapi::path::Operation {
    let mut builder = OperationBuilder::new()
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary))
        .parameters(Some(parameters(operation)));
    if let Some(takes) = &operation.takes {
        let body = RequestBodyBuilder::new()
            .content("application/json", reference(takes))
            .required(Some(Required::True));
        builder = builder.request_body(Some(body.build()));
    }
    let (status, success) = success(operation);
    builder = builder.response(status.to_string(), success);
    for status in operation.problem_statuses() {
        let content = Content::new(Some(Ref::from_schema_name("ProblemDetails")));
        let mut problem = ResponseBuilder::new()
            .description(words(status))
            .content("application/problem+json", content);
        if status == 429 {
            let header = HeaderBuilder::new().description(Some("Seconds to wait."));
            problem = problem.header(header::RETRY_AFTER.as_str(), header.build());
        }
        builder = builder.response(status.to_string(), problem.build());
    }
    let schemes: &[&str] = match operation.access {
        Access::Open => &[],
        Access::Person => &["person"],
        Access::Staff => &["staff", "operator"],
        Access::Source => &["source"],
        Access::Partner => &["client", "assertion"],
    };
    for scheme in schemes {
        builder = builder.security(SecurityRequirement::new(*scheme, Vec::<String>::new()));
    }
    builder.build()
}

fn words(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Problem")
}

fn success(operation: &Operation) -> (u16, Response) {
    let (status, mut response) = match &operation.gives {
        Gives::Nothing => (204, ResponseBuilder::new()),
        Gives::Body(status, described, media_type) => {
            let content = reference(described);
            (*status, ResponseBuilder::new().content(*media_type, content))
        }
    };
    if operation.method != Method::GET {
        let header = HeaderBuilder::new()
            .description(Some("Position of the change in the log, where there is one."));
        response = response.header(POSITION.as_str(), header.build());
    }
    (status, response.description(words(status)).build())
}

fn parameters(operation: &Operation) -> Vec<Parameter> {
    let text = || ObjectBuilder::new().schema_type(Type::String).build();
    let one = |name: &str, place, required| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(place)
            .required(required)
            .schema(Some(text()))
    };
    let path = operation
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| one(name, ParameterIn::Path, Required::True).build());
    let query = operation.query.iter().map(|(name, words)| {
        one(name, ParameterIn::Query, Required::False).description(Some(*words)).build()
    });
    let cookies = matches!(operation.access, Access::Person | Access::Staff);
    let csrf = (cookies && operation.method != Method::GET).then(|| {
        let words = "The session's token; not needed with a bearer token.";
        one(CSRF_HEADER, ParameterIn::Header, Required::False).description(Some(words)).build()
    });
    let gpc = (operation.access == Access::Person).then(|| {
        let words = "`1` is taken as the setting against what goes beyond the feature, unless the person spoke of that before (Global Privacy Control).";
        one("sec-gpc", ParameterIn::Header, Required::False).description(Some(words)).build()
    });
    path.chain(query).chain(csrf).chain(gpc).collect()
}
