"""A real OpenID provider on the loopback, in a process of its own: `python -m tests.accounts.provider PORT`.

It is oidc-provider-mock, which asks nobody for a password. `PUT /lie` lets it lie: `{"claims": {…}}` signs others,
`{"userinfo": {…}}` tells others, `{"token": "none" | "unsigned" | "shared" | "foreign"}` breaks the ID token, and `{}`
ends it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

ROOT = __file__.rpartition("/tests/")[0]
CALLBACK = "/accounts/oidc/google/login/callback/"


def serve(port: int) -> None:
    """Serve until the process is ended."""
    import flask
    import oidc_provider_mock
    from werkzeug.serving import run_simple

    app = oidc_provider_mock.app(require_nonce=True)
    lie: dict[str, Any] = {}

    @app.put("/lie")
    def begin() -> Any:
        lie.clear()
        lie.update(flask.request.get_json())
        return "", 204

    @app.after_request
    def keep_state(response: Any) -> Any:
        # It forgets on a refusal the state that it was given (RFC 6749, 4.1.2.1).
        address = response.headers.get("Location", "")
        if "error=" in address and "state=" not in address and "state" in flask.request.args:
            response.headers["Location"] = f"{address}&state={flask.request.args['state']}"
        return response

    @app.after_request
    def tell(response: Any) -> Any:
        if (
            flask.request.path == "/oauth2/token"
            and response.status_code == 200
            and ("claims" in lie or "token" in lie)
        ):
            response.set_data(json.dumps(_other_token(response.get_json(), lie)))
        if flask.request.path == "/userinfo" and "userinfo" in lie:
            response.set_data(json.dumps(response.get_json() | lie["userinfo"]))
        return response

    run_simple("127.0.0.1", port, app, threaded=True)


def _other_token(answer: dict[str, Any], lie: dict[str, Any]) -> dict[str, Any]:
    import flask
    import jwt
    from authlib import jose
    from cryptography.hazmat.primitives.asymmetric import rsa

    raw = answer.pop("id_token")
    claims = jwt.decode(raw, options={"verify_signature": False}) | lie.get("claims", {})
    kid = jwt.get_unverified_header(raw).get("kid")
    match lie.get("token"):
        case "none":
            return answer
        case "unsigned":
            token = jwt.encode(claims, None, algorithm="none", headers={"kid": kid})
        case "shared":
            token = jwt.encode(claims, "not secret" * 4, algorithm="HS256", headers={"kid": kid})
        case "foreign":
            token = jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256", headers={"kid": kid})
        case _:
            key = flask.g.oidc_provider_mock_storage.jwk
            token = jose.jwt.encode({"alg": "RS256", "kid": kid}, claims, key).decode()
    return answer | {"id_token": token}


@dataclass
class Provider:
    """The running provider."""

    url: str

    def knows(self, sub: str, **claims: Any) -> None:
        """Let somebody have an account there."""
        self._put(f"/users/{sub}", claims)

    def lies(self, **lie: Any) -> None:
        """Let it lie from now on; without arguments, no more."""
        self._put("/lie", lie)

    def allow(self, address: str, sub: str) -> str:
        """Log in there as its page asks, and return where it sends the browser: path and query."""
        import requests

        answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
        return str(answer.headers["Location"]).removeprefix("http://127.0.0.1:8000")

    def refuse(self, address: str) -> str:
        """Turn back there."""
        import requests

        answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10)
        return str(answer.headers["Location"]).removeprefix("http://127.0.0.1:8000")

    def _put(self, path: str, body: Any) -> None:
        import requests

        assert requests.put(self.url + path, json=body, timeout=10).status_code == 204


@contextmanager
def running() -> Iterator[Provider]:
    """Run the provider on a free port of the loopback."""
    import os
    import time

    import requests

    from tests.config.stacks import free_port

    port = free_port()
    environment = os.environ | {"AUTHLIB_INSECURE_TRANSPORT": "1"}
    command = [sys.executable, "-W", "ignore", "-m", "tests.accounts.provider", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)
    provider = Provider(f"http://127.0.0.1:{port}")
    try:
        for _attempt in range(200):
            try:
                requests.get(f"{provider.url}/.well-known/openid-configuration", timeout=1)
                break
            except requests.ConnectionError:
                assert process.poll() is None, "the provider ended"
                time.sleep(0.1)
        yield provider
    finally:
        process.terminate()
        process.wait(10)


def app_of(url: str) -> dict[str, Any]:
    """Return the settings with which the site knows the provider, under the name of Google."""
    return {
        "provider_id": "google",
        "name": "Google",
        "client_id": "plumbline",
        "secret": "not secret",
        "settings": {"server_url": url, "oauth_pkce_enabled": True},
    }


if __name__ == "__main__":
    serve(int(sys.argv[1]))
