"""Whether what is served is what its description says, for everybody who may ask and nobody else.

Three passes over every operation that the description names: strangers are refused; of two peers, neither sees nor touches
what is the other's, by requests that do work for their owner; and schemathesis asks whatever it can think of.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import requests

CONFIG = json.load(sys.stdin)
ORIGIN = CONFIG["origin"]
METHODS = ("get", "post", "put", "patch", "delete")
# Texts shorter than this are words and not somebody's.
MARKER_CHARACTERS_MIN = 5
# When an answer was made.
OF_THE_MOMENT = ("dct:created",)
# These change what whoever asks has chosen, and nobody else's choice: they may name what is not theirs.
OF_WHOEVER_ASKS = ("opt-out", "set-group", "set-app")


def done(step):
    print(step, flush=True)


class Caller:
    """Somebody with whatever lets them in."""

    def __init__(self, given):
        self.name = given["name"]
        self.headers = dict(given.get("headers", {}))
        if "session" in given:
            body = {"login": given["login"], "password": given["password"]}
            answer = requests.post(ORIGIN + given["session"], json=body, timeout=60)
            assert answer.status_code == 200, answer.text
            pair = answer.headers["set-cookie"].split(";")[0]
            self.headers = {"Cookie": pair, "X-CSRF-Token": answer.json()["csrf"]}

    def send(self, request):
        method, path, query, body = request
        return requests.request(
            method, ORIGIN + path, params=query, json=body, headers=self.headers, timeout=60, allow_redirects=False
        )


class Document:
    def __init__(self, path):
        self.url = ORIGIN + path
        self.root = requests.get(self.url, timeout=60).json()
        self.base = next((one["url"] for one in self.root.get("servers", [])), "")
        self.operations = [
            (method, path, operation)
            for path, item in self.root["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        ]

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def sample(self, schema, name, values):
        """The plainest value of a schema, out of `values` where its name says of which kind it is."""
        schema = self.resolve(schema)
        for known in (name, name + "s"):
            if values.get(known):
                found = values[known]
                return list(found[:1]) if "array" in str(schema.get("type")) else found[0]
        for variants in ("oneOf", "anyOf", "allOf"):
            if variants in schema:
                kinds = [one for one in schema[variants] if self.resolve(one).get("type") != "null"]
                return self.sample(kinds[0], name, values)
        if "enum" in schema or "const" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        kind = schema.get("type")
        kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
        if kind == "object" or "properties" in schema:
            needed = schema.get("required", [])
            properties = schema.get("properties", {})
            wanted = [one for one in properties if one in needed or values.get(one) or values.get(one + "s")]
            return {one: self.sample(properties[one], one, values) for one in wanted or list(properties)[:1]}
        if kind == "array":
            return [self.sample(schema.get("items", {}), name.removesuffix("s"), values)]
        return {"integer": max(schema.get("minimum", 1), 1), "number": 1, "boolean": False}.get(kind, "text")

    def request(self, method, path, operation, values):
        """A request that works for whoever has these values, and whether it names any of them."""
        filled, query = path, {}
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path":
                # `/groups/{id}`: what an `id` is of, the segment before it says.
                before = path.split("{" + name + "}")[0].rstrip("/").rsplit("/", 1)[-1]
                known = values.get(name + "s") or values.get(before)
                filled = filled.replace("{" + name + "}", quote(known[0] if known else "nothing", safe=""))
            elif parameter["in"] == "query" and values.get(name + "s") and not query:
                # Where several say what is asked for, one is enough.
                query[name] = values[name + "s"][0]
        body = None
        if "requestBody" in operation:
            body = self.sample(operation["requestBody"]["content"]["application/json"]["schema"], "", values)
        return method.upper(), self.base + filled, query, body


def texts(value):
    """Every text in a JSON value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str) and len(value) >= MARKER_CHARACTERS_MIN:
        yield value


def told(answer):
    try:
        return set(texts(answer.json()))
    except ValueError:
        return set()


def complain(problem, caller, request, answer):
    sys.exit(f"{problem}: {caller.name}: {request}: {answer.status_code} {answer.text[:2000]}")


def order(entry):
    """Reading first; what ends something last."""
    method, path, operation = entry
    ends = method == "delete" or path.endswith(("/end", "/status")) or "cut-off" in path
    return (method != "get", ends, path)


def is_session(path):
    return path.endswith("/session")


def strangers_are_refused(document, strangers, values):
    tried = 0
    for method, path, operation in document.operations:
        if not operation.get("security"):
            continue
        request = document.request(method, path, operation, values)
        for stranger in strangers:
            answer = stranger.send(request)
            if answer.status_code != 401:
                complain("somebody else is let in", stranger, request, answer)
            tried += 1
    done(f"{tried} requests of strangers refused")


def own_answers(document, caller, values):
    """What somebody can read of their own."""
    found = {}
    for method, path, operation in document.operations:
        if method == "get" and not is_session(path):
            request = document.request(method, path, operation, values)
            answer = caller.send(request)
            if answer.status_code == 200:
                found[request[1]] = answer
    return found


def lasting(value):
    """A JSON value without what says only when it was asked for."""
    if isinstance(value, dict):
        return {name: lasting(one) for name, one in value.items() if name not in OF_THE_MOMENT}
    return [lasting(one) for one in value] if isinstance(value, list) else value


def peers_stay_apart(document, owner, stranger, own, theirs, translated, common):
    """`stranger` asks for what is `owner`'s, with the very requests that then work for `owner`."""
    mine = own_answers(document, owner, {**common, **own})
    assert mine, f"{owner.name} can read nothing"
    public = set(texts(document.root))
    shared = set().union(*(told(one) for one in own_answers(document, stranger, {**common, **theirs}).values()))
    markers = set().union(*(told(one) for one in mine.values())) - shared - public
    assert len(markers) >= 3, f"{owner.name} has nothing of their own: {markers}"
    everything = sorted((one for one in document.operations if not is_session(one[1])), key=order)
    nothing = {kind: ["none"] for kind in own}
    refused = 0
    named = []
    for method, path, operation in everything:
        names_own = len({str(document.request(method, path, operation, {**common, **one})) for one in (own, nothing)}) > 1
        if names_own:
            named.append((method, path, operation))
        for values in [own, translated] if translated else [own]:
            request = document.request(method, path, operation, {**common, **values})
            answer = stranger.send(request)
            leaked = {one for one in told(answer) & markers if one not in json.dumps(request)}
            if leaked:
                complain(f"{leaked} of {owner.name} is shown", stranger, request, answer)
            if names_own and operation["operationId"] not in OF_WHOEVER_ASKS:
                if not 400 <= answer.status_code < 500:
                    complain(f"what is {owner.name}'s can be touched", stranger, request, answer)
                refused += 1
    after = own_answers(document, owner, {**common, **own})
    if CONFIG.get("stays"):
        for path, answer in mine.items():
            assert lasting(after[path].json()) == lasting(answer.json()), f"{stranger.name} changed {path}: {answer.text} {after[path].text}"
    for method, path, operation in named:
        works = document.request(method, path, operation, {**common, **own})
        answer = owner.send(works)
        if answer.status_code >= 300:
            complain("does not work for its owner", owner, works, answer)
    done(f"{stranger.name}: {refused} requests for what is {owner.name}'s refused; {len(named)} work for {owner.name}")


def toml(value):
    """JSON is TOML where texts and lists of them are concerned."""
    return json.dumps(value)


def asks_everything(document, peers, known, directory):
    """schemathesis with a dictionary of every id there is, whoever's."""
    auth = {"auth": [
        {"name": one.name, "fixedHeaders": [{"name": name, "value": text} for name, text in one.headers.items()]}
        for one in peers
    ]}
    (directory / "auth.json").write_text(json.dumps(auth))
    everything = sorted({one for values in known for kind in values.values() for one in kind})
    lines = [
        "continue-on-failure = true",
        "[auth.wfc]",
        f"path = {toml(str(directory / 'auth.json'))}",
        *([f"peers = {toml([one.name for one in peers])}"] if len(peers) > 1 else []),
        "[dictionaries.known]",
        f"values = {toml(everything)}",
        "[generation.dictionaries.string]",
        'dictionary = "known"',
        "probability = 0.5",
    ]
    for number, (_, path, operation) in enumerate(document.operations):
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] != "path":
                continue
            before = path.split("{" + name + "}")[0].rstrip("/").rsplit("/", 1)[-1]
            values = [one for kinds in known for one in kinds.get(name + "s", []) or kinds.get(before, [])]
            if values:
                lines += [f"[dictionaries.known{number}{name}]", f"values = {toml(values)}"]
    for number, (method, path, operation) in enumerate(document.operations):
        bound = [
            f'{toml("path." + parameter["name"])} = {{ dictionary = "known{number}{parameter["name"]}", probability = 0.8 }}'
            for parameter in operation.get("parameters", [])
            if parameter["in"] == "path" and f"[dictionaries.known{number}{parameter['name']}]" in lines
        ]
        if bound:
            lines += ["[[operations]]", f"include-name = {toml(method.upper() + ' ' + path)}", "[operations.parameters]", *bound]
    (directory / "schemathesis.toml").write_text("\n".join(lines) + "\n")
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file", directory / "schemathesis.toml",
        "run", document.url,
        "--origin", ORIGIN,
        "--checks", "all",
        # Whether somebody may is no part of a description, and neither is what an id must be to be one.
        "--exclude-checks", "positive_data_acceptance",
        "--seed", CONFIG["seed"],
        "--max-examples", CONFIG["examples"],
        # Signing out is tried below, where nobody has to go on.
        "--exclude-operation-id", "sign-out",
        "--exclude-operation-id", "staff-sign-out",
        "--generation-database", "none",
        "--suppress-health-check", "all",
        "--request-timeout", "60",
        "--no-color",
        "--warnings", "off",
    ]
    ended = subprocess.run([str(one) for one in command], capture_output=True, text=True, cwd=directory)
    if ended.returncode != 0:
        sys.exit(f"schemathesis ({ended.returncode}):\n{ended.stdout}\n{ended.stderr}")
    done(" ".join(ended.stdout.split("SUMMARY")[-1].replace("=", " ").split())[:400])


def signing_out_ends_it(document, given):
    for method, path, operation in document.operations:
        if method == "delete" and is_session(path) and "session" in given:
            caller = Caller(given)
            request = document.request(method, path, operation, {})
            assert caller.send(request).status_code == 204
            assert caller.send(request).status_code == 401
            done("signs out")


def main():
    document = Document(CONFIG["document"])
    assert document.operations
    peers = [Caller(given) for given in CONFIG["peers"]]
    strangers = [Caller(given) for given in CONFIG["strangers"]] + [Caller({"name": "nobody"})]
    common = CONFIG.get("common", {})
    objects = {name: dict(values) for name, values in CONFIG["objects"].items()}
    translated = {name: values.pop("translated", None) for name, values in objects.items()}
    strangers_are_refused(document, strangers, {**common, **objects[peers[0].name]})
    if len(peers) > 1:
        one, other = peers
        peers_stay_apart(document, one, other, objects[one.name], objects[other.name], translated[one.name], common)
    known = [common, *objects.values(), *(one for one in translated.values() if one)]
    with tempfile.TemporaryDirectory() as directory:
        asks_everything(document, peers, known, Path(directory))
    signing_out_ends_it(document, CONFIG["peers"][0])
    done("conforms")


main()
