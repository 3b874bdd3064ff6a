"""A plant's names in templates: text wherever they stand, and a per cent sign breaks nothing."""

from __future__ import annotations

import pytest

from web.render import _environment

EVIL = '<img src=x onerror="alert(1)"> 100% %(who)s'


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize(
    "template",
    [
        "{{ gettext(name) }}",
        "{{ named(name) }}",
        "{{ name }}",
        "{% trans since=gettext(name) %}silent since {{ since }}{% endtrans %}",
        "{% trans since=name %}silent since {{ since }}{% endtrans %}",
    ],
)
def test_a_name_is_text_however_a_template_writes_it(language: str, template: str) -> None:
    text = _environment(language).from_string(template).render(name=EVIL)
    assert "<img" not in text
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt; 100% %(who)s" in text


def test_our_own_words_are_translated() -> None:
    made = _environment("vi")
    assert made.from_string("{{ gettext(name) }}").render(name="Log in") == "Đăng nhập"
    assert made.from_string("{% trans %}Log in{% endtrans %}").render() == "Đăng nhập"
