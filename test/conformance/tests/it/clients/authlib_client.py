"""An app that uses Authlib as its manual says. One line per step that went as it must; the first that does not ends it."""

import http.server
import json
import os
import re
import signal
import sys
import threading
import time
from urllib.parse import parse_qs, urlencode, urlsplit

# Authlib's own switch for servers on loopback without TLS.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import rfc9207
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from person import Person

# Whatever hangs ends here.
signal.alarm(60)
CONFIG = json.load(sys.stdin)
API = CONFIG["resource"]
GROUP = CONFIG["group"]
ADMIN = Person(CONFIG["issuer"], **CONFIG["admin"])
MEMBER = Person(CONFIG["issuer"], **CONFIG["member"])


def done(step):
    print(step, flush=True)


def same(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}")


def read(session, path, status=200):
    answer = session.get(f"{API}{path}")
    same(answer.status_code, status, f"{path}: {answer.text}")
    return answer.json()


def refused(error, call, *args, **kwargs):
    try:
        found = call(*args, **kwargs)
    except OAuthError as refusal:
        same(refusal.error, error)
        return refusal
    raise AssertionError(f"{error} was expected, and not {found!r}")


def discover():
    """From the API alone to the authorization server: RFC 9728, then RFC 8414."""
    urls = set()
    for place in (API, f"{API}/me"):
        answer = requests.get(place)
        same(answer.status_code, 401, place)
        challenge = answer.headers["www-authenticate"]
        same(challenge.split(" ")[0], "Bearer")
        assert "error=" not in challenge, challenge
        urls.add(re.search(r'resource_metadata="([^"]+)"', challenge).group(1))
    url, = urls
    same(url, get_well_known_url(API, external=True, suffix="oauth-protected-resource"))
    resource = requests.get(url)
    same(resource.headers["content-type"], "application/json")
    resource = resource.json()
    same(resource["resource"], API)
    same(resource["bearer_methods_supported"], ["header"])
    done("protected resource metadata")
    issuer, = resource["authorization_servers"]
    answer = requests.get(get_well_known_url(issuer, external=True))
    same(answer.headers["content-type"], "application/json")
    metadata = AuthorizationServerMetadata(answer.json())
    metadata.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    same(metadata["issuer"], issuer)
    assert metadata["authorization_response_iss_parameter_supported"]
    assert "S256" in metadata["code_challenge_methods_supported"]
    assert API in metadata["protected_resources"]
    done("authorization server metadata")
    return metadata


METADATA = discover()


def client(app, method, **more):
    return OAuth2Session(
        app["client_id"],
        app.get("client_secret"),
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        code_challenge_method="S256",
        token_endpoint=more.pop("token_endpoint", METADATA["token_endpoint"]),
        redirect_uri=more.pop("redirect_uri", app["redirect_uri"]),
        **more,
    )


def answered(url, state):
    """The parameters of an authorization response, after the checks that the standards ask of a client."""
    query = {name: value for name, (value,) in parse_qs(urlsplit(url).query, strict_parsing=True).items()}
    same(query.get("iss"), METADATA["issuer"], "RFC 9207")
    same(query.get("state"), state)
    return query


def authorize(session, person, asked=None, **decision):
    """A whole code flow up to the authorization response."""
    verifier = generate_token(64)
    url, state = session.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=verifier, **(asked or {})
    )
    answer = person.decide(url, **decision)
    assert answer.split("?")[0] == session.redirect_uri, answer
    answered(answer, state)
    return {"authorization_response": answer, "code_verifier": verifier, "state": state}


def groups_of(token):
    detail, = [one for one in token["authorization_details"] if one["type"] == "bailment_access"]
    return detail.get("groups", [])


def introspect(session, token=None):
    answer = session.introspect_token(METADATA["introspection_endpoint"], token=token)
    same(answer.status_code, 200, answer.text)
    same(answer.headers["cache-control"], "no-store")
    return answer.json()


def dead(session, refreshable=True):
    """A token that has ended: the API says so in the standard's words, and there is no other to be had."""
    answer = session.get(f"{API}/me")
    same(answer.status_code, 401, answer.text)
    challenge = answer.headers["www-authenticate"]
    assert 'error="invalid_token"' in challenge and "resource_metadata=" in challenge, challenge
    same(answer.headers["content-type"], "application/problem+json")
    if refreshable:
        refused("invalid_grant", session.refresh_token)


def wrong_passwords_and_refusals(app):
    stranger = Person(CONFIG["issuer"], CONFIG["member"]["login"], "not the password")
    session = client(app, "client_secret_basic")
    url, state = session.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=generate_token(64))
    page = stranger.open(url)
    same(page.status, 422)
    done("a wrong password opens nothing")
    answer = MEMBER.decide(url, allow=False)
    same(answered(answer, state)["error"], "access_denied")
    done("a person refuses")
    url, state = session.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=generate_token(64), prompt="none"
    )
    assert answered(MEMBER.open(url).url, state)["error"] in ("consent_required", "login_required")
    url, state = session.create_authorization_url(METADATA["authorization_endpoint"])
    same(answered(MEMBER.open(url).url, state)["error"], "invalid_request")
    done("prompt=none and a missing challenge are answered with an error and iss")
    url, state = session.create_authorization_url(
        METADATA["authorization_endpoint"], code_verifier=generate_token(64), redirect_uri="https://app.example/other"
    )
    page = MEMBER.open(url)
    same(page.status, 400, "a redirect URI that is not registered is led nowhere")
    done("an unregistered redirect URI is led nowhere")


def confidential(app):
    """client_secret_basic: an admin allows everything and enables the app."""
    renewed = []
    session = client(app, "client_secret_basic", update_token=lambda token, **_: renewed.append(token))
    token = session.fetch_token(**authorize(session, ADMIN, groups=[GROUP], install=[GROUP]))
    same(token["token_type"], "Bearer")
    assert 0 < token["expires_in"] <= 3600, token
    group, = groups_of(token)
    done("code flow with client_secret_basic")
    me = read(session, "/me")
    assert me["id"] and me["name"], me
    mine = read(session, "/me/groups")
    assert group in [one["group"]["id"] for one in mine["items"]], mine
    name = read(session, f"/groups/{group}")["name"]
    posts = read(session, f"/groups/{group}/posts?limit=10")["items"]
    assert posts and all(post["text"] and "author" not in post for post in posts), posts
    post = read(session, f"/posts/{posts[0]['id']}?fields=id,text")
    same(post, {"id": posts[0]["id"], "text": posts[0]["text"]})
    read(session, f"/posts/{posts[0]['id']}/comments")
    picture = requests.get(me["picture"])
    same(picture.status_code, 200, picture.text)
    assert picture.content and picture.headers["content-type"].startswith("image/"), picture.headers
    done("reads me, groups, posts, comments, a picture")
    everything = [post["id"] for post in read(session, f"/groups/{group}/posts?limit=100")["items"]]
    paged, query = [], "limit=9"
    while query:
        page = read(session, f"/groups/{group}/posts?{query}")
        paged += [post["id"] for post in page["items"]]
        query = urlencode({"limit": 9, "cursor": page["next"]}) if "next" in page else None
    assert len(everything) > 9 and paged == everything, (paged, everything)
    done("turns pages")
    same(read(session, f"/groups/{group}/members")["items"], [])
    ADMIN.opt_in(app["client_id"])
    member, = read(session, f"/groups/{group}/members")["items"]
    same(member["person"]["name"], me["name"])
    done("sees a member once they opt in")
    written = session.post(f"{API}/groups/{group}/posts", json={"text": "Written by an ordinary client."})
    same(written.status_code, 201, written.text)
    same(read(session, f"/posts/{written.json()['id']}")["text"], "Written by an ordinary client.")
    done("writes a post")
    old = token["access_token"]
    session.token["expires_at"] = int(time.time()) - 1
    read(session, "/me")
    assert len(renewed) == 1 and session.token["access_token"] != old, renewed
    done("refreshes by itself")
    told = introspect(session, session.token["access_token"])
    same((told["active"], told["client_id"], "sub" in told), (True, app["client_id"], False))
    same(set(told["scope"].split()), set(session.token["scope"].split()))
    assert introspect(session, session.token["refresh_token"])["active"]
    same(introspect(session, "not a token"), {"active": False})
    done("introspects")
    return session, group, name, me["picture"]


def installation(app, group, name):
    """client_credentials: the app itself, where an admin enabled it."""
    listed = requests.get(
        f"{CONFIG['issuer']}/oauth/installations", auth=(app["client_id"], app["client_secret"])
    ).json()
    one, = listed["installations"]
    same((one["group"], one["status"]), (group, "standing"))
    for target in ({"installation": one["id"]}, {"resource": f"{API}/groups/{group}"}):
        for method in ("client_secret_basic", "client_secret_post"):
            session = client(app, method)
            token = session.fetch_token(grant_type="client_credentials", **target)
            assert "refresh_token" not in token, token
            same(token["authorization_details"], [{"type": "bailment_installation", "installation": one["id"]}])
            same(read(session, f"/groups/{group}")["name"], name)
            read(session, "/me", status=403)
        done(f"client_credentials with {', '.join(target)}")
    session = client(app, "client_secret_basic", token_endpoint=one["token_endpoint"])
    session.fetch_token()
    old = session.token["access_token"]
    session.token["expires_at"] = int(time.time()) - 1
    read(session, f"/groups/{group}")
    assert session.token["access_token"] != old
    done("an installation token is renewed by itself")
    session = client(app, "client_secret_basic", scope="group.name")
    session.fetch_token(grant_type="client_credentials", installation=one["id"])
    refused("invalid_scope", session.fetch_token, grant_type="client_credentials", installation=one["id"], scope="no.such")
    refused("invalid_request", session.fetch_token, grant_type="client_credentials")
    refused("invalid_target", session.fetch_token, grant_type="client_credentials", resource=f"{API}/groups/{'A' * 22}")
    wrong = client({**app, "client_secret": app["client_secret"][:-1]}, "client_secret_basic")
    refused("invalid_client", wrong.fetch_token, grant_type="client_credentials", installation=one["id"])
    done("client_credentials that cannot be are refused")
    revoked = session.revoke_token(METADATA["revocation_endpoint"], token=session.token["access_token"])
    same((revoked.status_code, revoked.json()), (200, {}))
    answer = session.get(f"{API}/groups/{group}")
    same(answer.status_code, 401, answer.text)
    session.fetch_token(grant_type="client_credentials", installation=one["id"])
    read(session, f"/groups/{group}")
    done("an installation token is revoked, and another one is to be had")


def narrow(app, group):
    """client_secret_post, and fewer classes at every step."""
    scope = ["group.name", "post.content", "profile.id"]
    session = client(app, "client_secret_post", scope=scope)
    url, _ = session.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=generate_token(64))
    offered = MEMBER.open(url).form("decision").offered("class")
    same(set(offered), set(scope), "what is asked for is what is offered")
    chosen = ["group.name", "profile.id"]
    token = session.fetch_token(**authorize(session, MEMBER, classes=chosen, groups=[GROUP]))
    same(set(token["scope"].split()), set(chosen))
    same(groups_of(token), [group])
    same(list(read(session, "/me")), ["id", "created_at"])
    same(read(session, f"/groups/{group}/posts"), {"items": []})
    done("code flow with client_secret_post, narrowed by scope and by the person")
    session.scope = None
    fresh = session.refresh_token(scope="group.name")
    assert set(fresh["scope"].split()) <= set(chosen), fresh
    refused("invalid_scope", session.refresh_token, scope="group.name post.content")
    done("a refresh never widens")
    details = [{"type": "bailment_access", "classes": ["post.content", "profile.id"], "groups": [group], "duration_days": 7}]
    rich = client(app, "client_secret_post")
    asked = {"authorization_details": json.dumps(details), "resource": API}
    answer = authorize(rich, MEMBER, asked, groups=[GROUP])
    token = rich.fetch_token(**answer, resource=API)
    same(set(token["scope"].split()), {"post.content", "profile.id"})
    assert read(rich, f"/groups/{group}/posts")["items"]
    done("authorization_details and resource say the same")
    return rich


def codes(app):
    """What makes a code worthless."""
    session = client(app, "client_secret_basic")
    answer = authorize(session, MEMBER)
    refused("invalid_grant", session.fetch_token, **{**answer, "code_verifier": generate_token(64)})
    other = client(app, "client_secret_basic", redirect_uri="https://app.example/other")
    refused("invalid_grant", other.fetch_token, **answer)
    stranger = client(CONFIG["apps"]["public"], "none")
    refused("invalid_grant", stranger.fetch_token, **answer, redirect_uri=app["redirect_uri"])
    session.fetch_token(**answer)
    read(session, "/me")
    done("a wrong verifier, redirect URI or client gets nothing for a code")
    refused("invalid_grant", session.fetch_token, **answer)
    dead(session)
    done("a code used twice ends what it gave")


class Callback(http.server.BaseHTTPRequestHandler):
    """A native app that waits for its answer on whatever port it got."""

    def do_GET(self):
        self.server.received = f"http://127.0.0.1:{self.server.server_port}{self.path}"
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def public(app):
    """No secret, PKCE alone, a loopback port of the moment, and refresh tokens that rotate."""
    with http.server.HTTPServer(("127.0.0.1", 0), Callback) as server:
        threading.Thread(target=server.handle_request).start()
        session = client(app, "none", redirect_uri=f"http://127.0.0.1:{server.server_port}/callback")
        answer = authorize(session, MEMBER)
        same(MEMBER.browser.get(answer["authorization_response"]).status_code, 200)
        session.fetch_token(**{**answer, "authorization_response": server.received})
    read(session, "/me")
    done("code flow of a public client at a loopback port")
    first = session.token["refresh_token"]
    session.token["expires_at"] = int(time.time()) - 1
    read(session, "/me")
    second = session.token["refresh_token"]
    assert second != first
    third = session.refresh_token()["refresh_token"]
    assert third not in (first, second)
    read(session, "/me")
    done("a public client's refresh token rotates")
    refused("invalid_grant", session.refresh_token, refresh_token=first)
    dead(session)
    done("a rotated token that comes back ends the family")
    session.fetch_token(**authorize(session, MEMBER))
    revoked = session.revoke_token(METADATA["revocation_endpoint"], token_type_hint="refresh_token")
    same((revoked.status_code, revoked.json()), (200, {}))
    dead(session)
    done("a public client revokes")
    refused("unauthorized_client", session.fetch_token, grant_type="client_credentials", installation="ins_0")
    done("a public client has no token of its own")


def revoke(session):
    revoked = session.revoke_token(METADATA["revocation_endpoint"], token=session.token["access_token"])
    same((revoked.status_code, revoked.json()), (200, {}))
    same(session.revoke_token(METADATA["revocation_endpoint"], token="not a token").status_code, 200)
    dead(session)
    same(introspect(session), {"active": False})
    done("revokes")


def withdrawn(session, app, picture):
    """The person changes their mind, on their own page."""
    read(session, "/me")
    same(requests.get(picture).status_code, 200)
    ADMIN.withdraw(app["client_id"])
    dead(session)
    gone = requests.get(picture)
    same((gone.status_code, gone.headers["content-type"]), (404, "application/problem+json"), gone.text)
    same(introspect(session, session.token["access_token"]), {"active": False})
    same(introspect(session, session.token["refresh_token"]), {"active": False})
    done("a withdrawal ends everything at once")


def main():
    app = CONFIG["apps"]["confidential"]
    wrong_passwords_and_refusals(app)
    session, group, name, picture = confidential(app)
    installation(app, group, name)
    rich = narrow(app, group)
    codes(app)
    public(CONFIG["apps"]["public"])
    revoke(rich)
    withdrawn(session, app, picture)


main()
