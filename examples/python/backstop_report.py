"""Reports failed operations to Backstop: one file, to copy into your project.

It needs Python 3.9 and the standard library. boto3 puts the event on the bus, unless you pass your own `put`.
It reads the errors of urllib, requests, httpx and botocore, without importing them.
"""

import errno
import hashlib
import json
import os
import re
import time
import uuid
from datetime import datetime, timezone

DETAIL_TYPE = "Operation Failed"
MAX_BYTES = 255 * 1024
MAX_INLINE_BYTES = 64 * 1024
MAX_CLAIMED_BYTES = 5 * 1024 * 1024
MAX_PUTS = 3
MAX_SAFE = 2**53 - 1

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TENANT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CORRELATION_ID = re.compile(r"[!-~]{1,128}")
_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH")
_CHARACTER = r"[A-Za-z0-9_.~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}"
_PATH = re.compile(rf"/(?:(?:{_CHARACTER})(?:{_CHARACTER}|/)*)?")
_UNSAFE_PATH = re.compile(
    r"^/%2F|(?:/|%2F)[.]+(?![A-Za-z0-9_~.-])|%2E|%5C|%25[0-9A-F]{2}|%[01][0-9A-F]|%7F", re.IGNORECASE
)
_TOKEN = re.compile(r"[A-Za-z0-9_!#$%&'*+.^`|~-]+")
_PRINTABLE = re.compile(r"[ -~]*")
_OPERATION = (
    "method", "path", "query", "headers", "body", "bodyClaim", "resourceId", "ifMatch", "base", "checkpoint"
)
_RESPONSE_HEADERS = re.compile(r"retry-after|ratelimit|rate-limit|^(?:date|etag|last-modified|x-request-id)$")

# The headers that Backstop refuses, as in docs/events.md#headers.
_NAMES = """
    alt-used auth authorisation connection content-length disguised-host early-data expect front-end-https host
    http2-settings job-token keep-alive max-forwards private-token request-uri secret sudo te token trailer
    trailers transfer-encoding upgrade via x-auth x-backend-host x-base-url x-forward x-github-token
    x-gitlab-token x-host x-host-name x-hostname x-method x-request-uri x-rewriteurl x-scheme x-secret
    x-server-name x-sudo x-token x-uri x-url x-url-scheme
""".split()
_PREFIXES = """
    akamai- cf- dapr- fastly- fly- http- impersonate- incap- l5d- oidc- remote- ssl- tailscale- wl- x-accel-
    x-akamai- x-amz- x-amzn-ava- x-amzn-mtls- x-amzn-oidc- x-appengine- x-arr- x-auth- x-authenticated-
    x-authentik- x-azure- x-consumer- x-credential- x-envoy- x-goog-authenticated- x-goog-iap- x-hasura- x-http-
    x-impersonate- x-middleware- x-ms-client-principal x-ms-token- x-nf- x-oauth- x-original- x-originating-
    x-override- x-pomerium- x-remote- x-replit- x-rewrite- x-sendfile x-spiffe- x-ssl- x-vercel- x-webauth-
""".split()
_WORDS = """
    access-token act-as admin-secret api-key api-secret api-token apikey auth-key auth-token authentication
    authorization client-address client-cert client-certificate client-dn client-host client-ip client-principal
    client-secret client-verify clientip connecting-ip connection-ip cookie cookie2 forward-for forwarded
    forwardedfor forwarder forwarding functions-key host-ip host-override id-token jwt master-key
    method-override on-behalf-of origin-host origin-ip originating-ip override-ip path-override peer-ip proxy
    proxyuser-ip real-ip remote-addr remote-address remote-ip remote-user run-as security-token session-token
    shared-secret source-ip src-ip subscription-key switch-user uri-override url-override user-ip userinfo
    vault-token
""".split()
_ONE_SPELLING = """
    accept accept-encoding backstop-checkpoint content-type idempotency-key if-match user-agent x-correlation-id
""".split()


class InvalidReport(ValueError):
    """Backstop would reject the report. `mistakes` has all of them."""

    def __init__(self, mistakes):
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


class NotReported(Exception):
    """The bus took no report. Fail, so that your caller tries again; the same id is the same failure."""

    def __init__(self, id):
        super().__init__(f"failure {id} is not reported")
        self.id = id


def report_failure(
    error, *, dependency, id, operation, bus=None, source=None, put=None, keep=None, store=None, kind=None, **options
):
    """Reports an exception, and the call that failed with it. Returns the id.

    `id` must come from your data: the same failure has the same id. `operation` is the call to repeat, with the
    fields of docs/events.md: method, path, query, headers, body and so on. `options` are those of `detail_of`.

    In a function that `pipeline.reportsFrom` has connected, BACKSTOP_REPORTS names the bus, the source and the queue
    that keeps the report while the bus takes none. Otherwise pass `bus`, or set BACKSTOP_BUS: name or ARN of the bus.
    It also names the bucket for large bodies, if the pipeline has `largeBodies`.
    `put` takes the entry for PutEvents, `keep` the URL of the queue and the detail, `store` bucket, key and content.
    All use boto3 by default.
    Raises InvalidReport with all mistakes, or NotReported.
    """
    settings = json.loads(os.environ.get("BACKSTOP_REPORTS") or "{}")
    known = settings.get("dependencies", {}).get(dependency, {}) if isinstance(dependency, str) else {}
    kind = kind or known.get("kind", "http")
    bucket, bodies = settings.get("bucket"), {}
    if bucket:
        options["bodies"] = bodies
    detail = detail_of(error, dependency=dependency, id=id, operation=operation, kind=kind, **options)
    bus = bus or settings.get("bus") or os.environ.get("BACKSTOP_BUS")
    if not bus:
        raise InvalidReport(["bus is missing: pass it, or set BACKSTOP_BUS"])
    source = source or known.get("source", "backstop.report")
    entry = {"EventBusName": bus, "Source": source, "DetailType": DETAIL_TYPE, "Detail": json.dumps(detail)}
    try:
        for key, content in bodies.items():
            (store or _store_with_boto3)(bucket, key, content)
        _put_or_keep(entry, known.get("queue"), put or _put_with_boto3, keep or _keep_with_boto3)
    except Exception as cause:
        raise NotReported(id) from cause
    return id


def _put_or_keep(entry, queue, put, keep):
    try:
        put(entry)
    except Exception:
        if not queue:
            raise
        keep(queue, entry["Detail"])


def detail_of(
    error, *, dependency, id, operation, correlation_id=None, tenant=None, priority=None, undo=None, fallback=None,
    occurred_at=None, kind="http", bodies=None, attempts=None,
):
    """Builds the detail of the event, and checks it. Sends nothing.

    `kind` is that of the dependency: `http`, `lambda`, `queue` or `state-machine`. Only HTTP calls have headers.
    `undo` lists completed steps: dicts with name, dependency, operation, and optionally undoes and kind.
    `occurred_at` is an aware datetime, by default now. Raises InvalidReport with all mistakes.
    `attempts` says how often your client made the call, redirects included. With 1, a refused connection proves that
    nothing happened. By default, it is what the exception tells.
    `bodies` is a dict that gets the content of each large body by its key. Put them into the bucket before the event.
    """
    now = occurred_at or datetime.now(timezone.utc)
    detail = _without_none(
        version=1,
        id=id,
        correlationId=correlation_id if correlation_id is not None else id,
        dependency=dependency,
        tenant=tenant,
        priority=priority,
        occurredAt=now.isoformat(timespec="milliseconds"),
        operation=_sent(operation, kind),
        error={**error_facts(error), **_without_none(attempts=attempts)},
        undo=[_sent_step(step) for step in undo] if isinstance(undo, (list, tuple)) and undo else undo or None,
        fallback=fallback,
    )
    mistakes = list(_mistakes(detail, now))
    if not mistakes:
        mistakes.extend(_claim_large(detail, bodies))
    if not mistakes or bodies is None:
        mistakes.extend(_size_mistakes(detail, takes_bodies=bodies is not None))
    if mistakes:
        raise InvalidReport(mistakes)
    return detail


def error_facts(error, depth=6):
    """What the rules of Backstop read of an exception. Response bodies stay here: they may quote personal data."""
    facts = {"name": type(error).__name__}
    try:
        facts.update(_read_facts(error))
        cause = _cause_of(error)
    except Exception:  # No odd exception keeps the operation from being reported.
        return facts
    return _without_none(**facts, cause=error_facts(cause, depth - 1) if cause is not None and depth > 1 else None)


def _read_facts(error):
    response = getattr(error, "response", None)
    code, status, attempts = None, getattr(error, "code", None), None  # urllib
    headers = getattr(response if response is not None else error, "headers", None)
    if isinstance(response, dict):  # botocore
        answer = response.get("ResponseMetadata", {})
        code, status, headers = response["Error"].get("Code"), answer.get("HTTPStatusCode"), answer.get("HTTPHeaders")
        attempts = 1 + answer["RetryAttempts"] if "RetryAttempts" in answer else None
    elif response is not None:  # requests, httpx
        status = getattr(response, "status_code", None)
        tries = getattr(getattr(getattr(response, "raw", None), "retries", None), "history", None) or ()
        further = len(getattr(response, "history", None) or ()) + len(tries)  # Redirects are calls, too.
        attempts = 1 + further if further else None
    elif callable(status):  # grpc
        code = status().name
    elif isinstance(error, OSError):
        code = errno.errorcode.get(error.errno)
    items = headers.items() if hasattr(headers, "items") else ()
    kept = {name.lower(): str(value) for name, value in items if _RESPONSE_HEADERS.search(name.lower())}
    return {
        "message": _well_formed(str(error))[:1000],
        "code": code,
        "statusCode": status if isinstance(status, int) and 100 <= status <= 999 else None,
        "headers": kept or None,
        "attempts": attempts,
    }


def is_refused_header(name):
    """Whether Backstop refuses every event with this header."""
    form = re.sub(r"[^a-z0-9]", "-", name.lower())
    if form in _NAMES or form.startswith(tuple(_PREFIXES)) or any(f"-{word}-" in f"-{form}-" for word in _WORDS):
        return True
    return name.lower() != form and form in _ONE_SPELLING


def _sent_step(step):
    if not isinstance(step, dict):
        return step
    told = {name: value for name, value in step.items() if name != "kind"}
    return {**told, "operation": _sent(step.get("operation"), step.get("kind", "http"))}


def _sent(operation, kind):
    """The operation as the event carries it: without refused headers, and with a body that no parser changes."""
    if not isinstance(operation, dict):
        return operation
    sent = _without_none(**{"method": "POST", "path": "/", **operation})
    body = sent.get("body")
    if kind == "http" and isinstance(sent.get("headers"), dict):
        sent["headers"] = {name: value for name, value in sent["headers"].items() if not is_refused_header(str(name))}
    if kind == "lambda" or body is None:
        return sent
    given = body
    if not isinstance(body, str) and _may_change(body):
        sent["body"] = json.dumps(body)
    if kind == "http" and isinstance(sent["body"], str):
        headers = sent.get("headers") or {}
        if isinstance(headers, dict) and not any(str(name).lower() == "content-type" for name in headers):
            type_ = "text/plain;charset=UTF-8" if isinstance(given, str) else "application/json"
            sent["headers"] = {**headers, "content-type": type_}
    return sent


def _may_change(value):
    """Whether a parser of another language could round a number of it."""
    if isinstance(value, dict):
        return any(_may_change(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return any(_may_change(each) for each in value)
    return isinstance(value, int) and abs(value) > MAX_SAFE


def _mistakes(detail, now):
    yield from _misfit(detail, "id", _ID, '1 to 64 letters, digits, ".", "_" or "-", the first a letter or a digit')
    yield from _misfit(detail, "correlationId", _CORRELATION_ID, "1 to 128 printable ASCII characters without spaces")
    yield from _bad_text(detail, "dependency", 128, required=True)
    if "tenant" in detail:
        yield from _misfit(detail, "tenant", _TENANT, '1 to 64 letters, digits, ".", "_" or "-"')
    if detail.get("priority", "P1") not in ("P1", "P2", "P3"):
        yield "priority must be P1, P2 or P3"
    if now.tzinfo is None:
        yield "occurredAt must be a time with its offset from UTC"
    yield from _operation_mistakes(detail["operation"], "operation")
    yield from _undo_mistakes(detail.get("undo", []))
    yield from _bad_text(detail, "fallback", 1024)


def _undo_mistakes(undo):
    if not isinstance(undo, list):
        yield "undo must be an array"
        return
    if len(undo) > 50:
        yield "undo must have at most 50 steps"
    for index, step in enumerate(undo):
        if not isinstance(step, dict):
            yield f"undo.{index} must be an object"
            continue
        yield from _bad_text(step, "name", 128, f"undo.{index}.", required=True)
        yield from _bad_text(step, "dependency", 128, f"undo.{index}.", required=True)
        yield from _operation_mistakes(step["operation"], f"undo.{index}.operation")
        if step.get("undoes") not in (None, "completed-step", "operation"):
            yield f"undo.{index}.undoes must be one of completed-step, operation"
    if sum(isinstance(step, dict) and step.get("undoes") == "operation" for step in undo) > 1:
        yield "undo must have at most one step that undoes the operation"


def _claim_large(detail, bodies):
    """Replaces each large body by a claim, and keeps its content."""
    if bodies is None:
        return
    calls = [(detail["dependency"], detail["operation"], "operation")]
    for index, step in enumerate(detail.get("undo", [])):
        calls.append((step["dependency"], step["operation"], f"undo.{index}.operation"))
    for dependency, operation, at in calls:
        try:
            content = json.dumps(operation.get("body"), allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            continue  # A mistake of its own.
        if len(content) > MAX_CLAIMED_BYTES:
            yield f"{at}.body must have at most {MAX_CLAIMED_BYTES} bytes as JSON"
        elif len(content) > MAX_INLINE_BYTES:
            owner = f"t-{detail['tenant']}" if "tenant" in detail else "-"
            key = f"bodies/{dependency}/{owner}/{uuid.uuid4()}"
            bodies[key] = content
            del operation["body"]
            sha256 = hashlib.sha256(content).hexdigest()
            # A Backstop from before claims would call without the body. It rejects this version.
            detail["version"] = 2
            operation["bodyClaim"] = {"key": key, "sha256": sha256, "bytes": len(content)}


def _size_mistakes(detail, takes_bodies):
    try:
        if len(json.dumps(detail, allow_nan=False)) > MAX_BYTES:
            remedy = "" if takes_bodies else " (with largeBodies of the pipeline, a body may have 5 MiB)"
            yield f"the event must have at most {MAX_BYTES} bytes{remedy}"
    except (TypeError, ValueError, RecursionError):
        yield "body and base must be values that JSON can hold"


def _operation_mistakes(operation, at):
    if not isinstance(operation, dict):
        yield f"{at} must be an object" if operation is not None else f"{at} is missing"
        return
    for name in operation:
        if name not in _OPERATION:
            yield f"{at}.{name} is unknown; fields: {', '.join(_OPERATION)}"
    if operation["method"] not in _METHODS:
        yield f"{at}.method must be one of {', '.join(_METHODS)}"
    path = operation["path"]
    if not isinstance(path, str) or len(path) > 2000 or not _PATH.fullmatch(path) or _UNSAFE_PATH.search(path):
        yield f"{at}.path must be at most 2000 characters of a safe path, percent-encoded, from one slash on"
    yield from _map_mistakes(operation.get("query"), f"{at}.query", 100)
    yield from _map_mistakes(operation.get("headers"), f"{at}.headers", 50)
    yield from _header_mistakes(operation.get("headers"), f"{at}.headers")
    body = operation.get("body")
    if body is not None and operation["method"] in ("GET", "HEAD"):
        yield f"{at}.body must be absent with GET and HEAD"
    elif isinstance(body, str) and body != _well_formed(body):
        yield f"{at}.body must not be a text with half of a surrogate pair"
    yield from _bad_text(operation, "resourceId", 1024, f"{at}.")
    yield from _bad_text(operation, "checkpoint", 4096, f"{at}.")
    yield from _bad_text(operation, "ifMatch", 1024, f"{at}.")
    version = operation.get("ifMatch")
    if isinstance(version, str) and not _PRINTABLE.fullmatch(version):
        yield f"{at}.ifMatch must be printable ASCII characters"


def _map_mistakes(given, at, most):
    if given is None:
        return
    items = given.items() if isinstance(given, dict) else [(None, None)]
    if not all(isinstance(name, str) and isinstance(value, str) for name, value in items):
        yield f"{at} must be an object of strings"
    elif len(given) > most or sum(_units(name) + _units(value) for name, value in items) > 8192:
        yield f"{at} must have at most {most} entries and 8192 characters"
    elif any(each != _well_formed(each) for item in items for each in item):
        yield f"{at} must not contain half of a surrogate pair"


def _header_mistakes(headers, at):
    if not isinstance(headers, dict) or not all(isinstance(each, str) for item in headers.items() for each in item):
        return
    if not all(_TOKEN.fullmatch(name) and _PRINTABLE.fullmatch(value) for name, value in headers.items()):
        yield f"{at} must have names that are tokens, and values of printable ASCII characters"
    if len({re.sub(r"[^a-z0-9]", "-", name.lower()) for name in headers}) < len(headers):
        yield f"{at} must not name a header twice"


def _misfit(detail, name, pattern, expected):
    value = detail.get(name)
    if value is None:
        yield f"{name} is missing"
    elif not isinstance(value, str) or not pattern.fullmatch(value):
        yield f"{name} must be {expected}"


def _bad_text(values, name, most, at="", required=False):
    value = values.get(name)
    if value is None:
        if required:
            yield f"{at}{name} is missing"
    elif not isinstance(value, str) or not 1 <= _units(value) <= most or value != _well_formed(value):
        yield f"{at}{name} must be a string of 1 to {most} characters"


def _units(text):
    """Length in UTF-16 units, as Backstop counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _well_formed(text):
    return text.encode("utf-8", "replace").decode("utf-8")


def _cause_of(error):
    """The exception below. urllib and requests keep it in `reason` or in the arguments."""
    below = [error.__cause__, getattr(error, "reason", None), *error.args]
    if not error.__suppress_context__:
        below.append(error.__context__)
    return next((each for each in below if isinstance(each, BaseException) and each is not error), None)


def _without_none(**fields):
    return {name: value for name, value in fields.items() if value is not None}


def _put_with_boto3(entry):
    import boto3

    events = boto3.client("events")
    for attempt in range(MAX_PUTS):
        # The bus answers 200 even for an entry that it refused.
        answer = events.put_events(Entries=[entry])
        if answer["FailedEntryCount"] == 0:
            return
        time.sleep(0.1 * 2**attempt)
    raise RuntimeError(answer["Entries"][0].get("ErrorCode", "refused"))


def _keep_with_boto3(queue, detail):
    import boto3

    boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=detail)


def _store_with_boto3(bucket, key, content):
    import boto3

    try:
        boto3.client("s3").put_object(
            Bucket=bucket, Key=key, Body=content, ContentType="application/json", IfNoneMatch="*"
        )
    except Exception as error:
        # The key is random, so an object that is there is this one: the answer to an earlier request was lost.
        if getattr(error, "response", {}).get("Error", {}).get("Code") != "PreconditionFailed":
            raise
