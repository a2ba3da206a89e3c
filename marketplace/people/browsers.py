"""What a browser calls itself, in words that its owner recognises. Pure."""

from __future__ import annotations

BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
"""In this order: those of one family also carry the names that come after them."""
SYSTEMS = {
    "Windows": "Windows",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Mac OS": "Mac",
    "CrOS": "Chromebook",
    "Linux": "Linux",
}


def described(user_agent: str) -> str:
    """Firefox on Windows, as far as the User-Agent header says; "Another program" when it says neither."""
    browser = next((words for mark, words in BROWSERS.items() if f"{mark}/" in user_agent), None)
    system = next((words for mark, words in SYSTEMS.items() if mark in user_agent), None)
    if browser is None:
        return "Another program" if system is None else f"A browser on {system}"
    return browser if system is None else f"{browser} on {system}"
