"""Templates: Jinja with everything escaped, words translated, and what every page shows at its top."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import i18n
from markupsafe import escape

from web.language import LANGUAGES, own_words, words
from web.page import NavEntry
from web.roles import ROLES
from web.static_files import static_url

if TYPE_CHECKING:
    from web.visit import Visit


class Renderer:
    """Draws templates of `web/templates` in every language."""

    def __init__(self, nav: tuple[NavEntry, ...]) -> None:
        self._nav = nav
        self._by_language = {language: _environment(language) for language in LANGUAGES}

    def draw(self, visit: Visit, template: str, facts: Mapping[str, Any]) -> str:
        """Return HTML."""
        return self._by_language[visit.language].get_template(template).render(**self._around(visit), **facts)

    def _around(self, visit: Visit) -> dict[str, Any]:
        site, url = visit.site, visit.request.url
        here = url.path + (f"?{url.query}" if url.query else "")
        return {
            "visit": visit,
            "site": site,
            "figures": visit.figures,
            "here": here,
            "path": url.path,
            "nav": [entry for entry in self._nav if visit.may(entry.right)],
            "loss": site.loss if visit.caller is not None else None,
            "kiosk": "kiosk" in visit.request.query_params,
        }


def _environment(language: str) -> Environment:
    made = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, extensions=[i18n],
    )  # fmt: skip
    made.install_gettext_callables(_guarded(language), words(language).ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals["named"] = words(language).gettext
    made.globals |= {"role_words": ROLES, "static": static_url, "LANGUAGES": LANGUAGES, "language": language}
    return made


def _guarded(language: str) -> Callable[[str], str]:
    """Return gettext for templates, in which only our own words are HTML.

    Jinja takes what gettext returns for HTML and fills in its placeholders: a plant's name would come out as
    it was written, and one with a per cent sign would break the page.
    """
    ours, translate = own_words(), words(language).gettext

    def gettext(text: str) -> str:
        return translate(text) if text in ours else str(escape(text)).replace("%", "%%")

    return gettext
