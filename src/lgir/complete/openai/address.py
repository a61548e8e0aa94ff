"""Where a server is, how the model is called there, and the key to it."""

import os
import urllib.request
from urllib.parse import urlsplit

from pydantic import SecretStr

from lgir.core.errors import BadConfig

BASE_URL_VARIABLE = "LGIR_LLM_BASE_URL"
MODEL_VARIABLE = "LGIR_LLM_MODEL"
KEY_VARIABLE = "LGIR_LLM_KEY"


def setting(given: str | None, option: str, variable: str, example: str) -> str:
    """An option from the configuration or, where that is silent, from the environment.

    Raises:
        BadConfig: neither has it.
    """
    value = (given or os.environ.get(variable, "")).strip()
    if not value:
        raise BadConfig(
            f"{option} is not named: set it under [complete.openai], or the environment variable {variable}, such as"
            f" {example}"
        )
    return value


def check_base_url(url: str) -> str:
    """The address without a slash at its end, if it is one and holds no secret.

    Raises:
        BadConfig: it is not http(s), or holds a user name, password or query; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not (usable and url.isprintable() and " " not in url):
        raise BadConfig("openai.base_url is not a web address; expected something like http://localhost:8000/v1")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise BadConfig(
            "openai.base_url holds a user name, password or query; give the plain address, and the key in the"
            f" environment variable {KEY_VARIABLE}"
        )
    return url.rstrip("/")


def key_from_environment() -> SecretStr:
    """The key; servers that want none get a placeholder, so that no other key of the environment is ever sent.

    Raises:
        BadConfig: it cannot stand in a header.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip() or "none"
    if not (key.isascii() and key.isprintable()):
        raise BadConfig(f"the environment variable {KEY_VARIABLE} holds characters no key has; set it again")
    return SecretStr(key)


def proxy_from_environment(base_url: str) -> str | None:
    """The proxy that the environment names for this address.

    Raises:
        BadConfig: it is no HTTP proxy; the message does not repeat it.
    """
    parts = urlsplit(base_url)
    if parts.hostname is None or urllib.request.proxy_bypass(parts.hostname):
        return None
    found = urllib.request.getproxies().get(parts.scheme)
    if not found:
        return None
    proxy = found if "://" in found else f"http://{found}"
    if urlsplit(proxy).scheme not in {"http", "https"}:
        raise BadConfig(
            f"the {parts.scheme} proxy of the environment is no HTTP proxy; name another in"
            f" {parts.scheme.upper()}_PROXY, or set openai.use_proxy = false"
        )
    return proxy
